"""An owner brings their files in over HTTP: sees what will happen, does it, gets the rest back."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import func, select, text

from db.models import Gym, Import, Job, Member, Role
from db.session import GymSession
from tests.etl.door_log import ZONE, count_visits, find_real_log, simulate_taps, write_log
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient, SignInAs

URL = "/api/v1/imports"


@pytest.fixture
def gym(make_gym: Callable[..., Gym]) -> Gym:
    return make_gym(timezone=ZONE)


def send(
    caller: ApiClient, content: str | bytes, kind: str = "members", name: str = "x.csv", **form: Any
) -> Any:
    return caller.post(URL, data={"kind": kind, **form}, files={"file": (name, content)})


def count_members(session: GymSession, gym: Gym) -> int:
    return session.scalar(
        select(func.count()).select_from(Member).where(Member.gym_id == gym.gym_id)
    ) or 0  # fmt: skip


def test_a_door_log_is_checked_and_then_brought_in(owner: ApiClient) -> None:
    taps = simulate_taps(seed=1)
    visits = sum(map(len, count_visits(taps).values()))
    checked = send(owner, write_log(taps), "visits", "door.csv", dry_run="true")
    assert checked.status_code == 201, checked.text
    assert (checked.json()["state"], checked.json()["dry_run"]) == ("checked", True)
    assert owner.get("/api/v1/members").json()["total"] == 0
    done = send(owner, write_log(taps), "visits", "door.csv").json()
    assert done["state"] == "done"
    for answer in (checked.json(), done):
        assert answer["filename"] == "door.csv"
        assert answer["columns"] == ["member", "entered_at", "token_type"]
        assert (
            answer["mapping"]
            == answer["guess"]
            == {
                "number": "member",
                "check_in": "entered_at",
                "method": "token_type",
            }
        )
        assert (answer["rows"], answer["loaded"]) == (len(taps), visits)
        assert (answer["duplicates"], answer["errors"]) == (len(taps) - visits, 0)
    again = send(owner, write_log(taps), "visits").json()
    assert (again["loaded"], again["unchanged"]) == (0, visits)
    assert owner.get("/api/v1/members").json()["total"] == len(count_visits(taps))


def test_who_sends_a_file_while_another_is_read_is_told_so_at_once(
    owner: ApiClient,
    gym: Gym,
    in_gym: Callable[[int], AbstractContextManager[GymSession]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit in ("_LOCK_TIMEOUT", "_STATEMENT_TIMEOUT"):
        monkeypatch.setattr(f"db.loading.imports.{limit}", "0")  # whoever waits, waits for ever
    with in_gym(gym.gym_id) as session, ThreadPoolExecutor(45) as pool:
        session.execute(
            text("select pg_advisory_xact_lock(hashtextextended('import ' || :gym, 0))"),
            {"gym": str(gym.gym_id)},
        )
        sent = [pool.submit(send, owner, "number,name\n1,Ana\n") for _ in range(45)]
        _done, waiting = wait(sent, timeout=120)
        session.rollback()  # so that those who wait come to an end
    assert not waiting
    for one in sent:
        assert (one.result().status_code, one.result().json()["code"]) == (409, "import_running")
        assert one.result().headers["Retry-After"]
    assert send(owner, "number,name\n1,Ana\n").status_code == 201


@pytest.mark.parametrize(("rows", "status"), [(10, 201), (11, 422)])
def test_a_file_of_members_has_no_more_rows_than_can_be_waited_for(
    owner: ApiClient, monkeypatch: pytest.MonkeyPatch, rows: int, status: int
) -> None:
    monkeypatch.setattr("api.imports.service.MAX_MEMBERS", 10)
    answer = send(owner, "number,name\n" + "".join(f"{n},Ana {n}\n" for n in range(rows)))
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["errors"][0]["code"] == "too_many_rows"
        assert owner.get("/api/v1/members").json()["total"] == 0


def test_what_was_brought_in_is_computed_soon_and_a_dry_run_is_not(
    owner: ApiClient, gym: Gym, in_gym: Any
) -> None:
    def find_jobs() -> list[str]:
        with in_gym(gym.gym_id) as session:
            return list(session.scalars(select(Job.key).where(Job.name == "scores")))

    taps = write_log(simulate_taps(seed=1))
    send(owner, taps, "visits", dry_run="true")
    assert find_jobs() == []
    loaded = send(owner, taps, "visits").json()
    assert find_jobs() == [f"import-{loaded['import_id']}"]


def test_a_member_list_gives_consent_and_the_overview_follows(owner: ApiClient, gym: Gym) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in (8, 9, 10) for day in range(1, 29, 3)]
    log = "member,entered_at\n8,2026-11-17 10:00\n" + "".join(f"9,{day} 18:00\n" for day in days)
    send(owner, log, "visits")
    answer = send(owner, "number,name,email,consent\n9,Anna,anna@example.com,yes\n").json()
    assert answer["loaded"] == 1
    (anna,) = owner.get("/api/v1/members", params={"search": "Anna"}).json()["items"]
    assert (anna["name"], anna["email"]) == ("Anna", "anna@example.com")
    assert anna["email_consent"] == "given"
    risk = owner.get("/api/v1/analytics/at-risk").json()
    assert [(item["name"], item["can_email"]) for item in risk["items"]] == [("Anna", True)]


def test_refused_rows_come_back_as_a_file_that_can_be_corrected(owner: ApiClient) -> None:
    answer = send(
        owner,
        'Nr;Navn;E-mail;Note\n1;Anna;nonsense;"=1+1"\n2;Bo;bo@example.com;\n',
        name="liste.csv",
    ).json()
    assert (answer["loaded"], answer["errors"]) == (1, 1)
    sample = answer["sample_errors"][0]
    assert (sample["line"], sample["field"]) == (2, "email")
    assert "anna@example.com" in sample["problem"]
    file = owner.get(f"{URL}/{answer['import_id']}/errors.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in file.headers["content-disposition"]
    text = file.content.decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text))
    assert header[:3] == ["import_line", "import_field", "import_problem"]
    assert dict(zip(header, row, strict=True))["Note"] == "'=1+1"
    again = send(owner, text.replace("nonsense", "anna@example.com")).json()
    assert (again["loaded"], again["errors"]) == (1, 0)


def test_columns_can_be_chosen_by_hand(owner: ApiClient) -> None:
    content = "A,B,C\n12,Anna,anna@example.com\n"
    refused = send(owner, content)
    assert refused.status_code == 422
    assert refused.json()["code"] == "file_refused"
    assert refused.json()["errors"][0]["code"] == "no_matching_column"
    assert refused.json()["errors"][0]["columns"] == ["A", "B", "C"]
    mapping = {"number": "A", "name": "B", "email": "C"}
    answer = send(owner, content, mapping=json.dumps(mapping)).json()
    assert (answer["loaded"], answer["mapping"]) == (1, mapping)


def test_the_order_of_day_and_month_can_be_chosen(owner: ApiClient) -> None:
    log = "member,time\n1,03/04/2026 10:00\n"
    assumed = send(owner, log, "visits", dry_run="true").json()
    assert assumed["date_order"] == "day_first"
    assert "day first" in assumed["notes"][0]
    chosen = send(owner, log, "visits", date_order="month_first").json()
    assert (chosen["date_order"], chosen["notes"]) == ("month_first", [])


def test_the_owners_statement_makes_members_of_the_file_mailable(
    owner: ApiClient, gym: Gym, ops_session: GymSession
) -> None:
    rows = "number,name,email\n1,Anna,anna@example.com\n"
    assert send(owner, rows).json()["lawful_basis"] is None
    (anna,) = owner.get("/api/v1/members").json()["items"]
    assert anna["email_consent"] == "unknown"
    statement = "Existing customers, told when they joined."
    answer = send(owner, rows, lawful_basis=statement).json()
    assert (answer["loaded"], answer["lawful_basis"]) == (1, statement)
    (anna,) = owner.get("/api/v1/members").json()["items"]
    assert anna["email_consent"] == "lawful_basis"
    record = ops_session.get(Import, answer["import_id"])
    assert record is not None
    assert record.lawful_basis_by == owner.user.user_id
    for nothing in (" ", "ok"):
        assert send(owner, rows, lawful_basis=nothing).status_code == 422
    assert send(owner, "member,time\n1,2026-01-01 10:00\n", "visits",
                lawful_basis=statement).status_code == 422  # fmt: skip


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"number,name\n", "no_rows"),
        (b"shoe,colour\n38,red\n", "no_matching_column"),
        (random.Random(1).randbytes(3000), "binary_file"),
        (b"number,name\n1,a\x00b\n", "binary_file"),
        ("number,name\n1,a\x00b\n".encode("utf-16"), "not_a_table"),
        (_zip(), "not_a_table"),
        (b"number,name\n1," + b"x" * 10_000_000, "line_too_long"),
        (b'number,name\n1,"' + b"open\n" * 100_000, "broken_quotes"),
    ],
    ids=["empty", "header only", "no column", "random", "nul", "utf-16 nul", "zip", "10 MB line",
         "open quote"],
)  # fmt: skip
def test_a_bad_file_gets_a_clear_problem_and_leaves_nothing(
    owner: ApiClient, gym: Gym, ops_session: GymSession, content: bytes, code: str
) -> None:
    answer = send(owner, content)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["code"] == code
    assert len(answer.json()["detail"]) > 15
    assert count_members(ops_session, gym) == 0
    assert owner.get(URL).json()["total"] == 0


@pytest.mark.parametrize(
    "form",
    [
        {"mapping": "not json"},
        {"mapping": "[1]"},
        {"mapping": '{"name": 5}'},
        {"mapping": '{"name": "Nowhere"}'},
        {"mapping": '{"password": "name"}'},
        {"mapping": '{"name": "a\\u0000"}'},
        {"kind": "payments"},
        {"kind": ""},
        {"dry_run": "perhaps"},
        {"date_order": "year"},
        {"gym_id": "1"},
        {"lawful_basis": "short"},
        {"lawful_basis": "x" * 3000},
        {"mapping": "{" * 200_000},
    ],
    ids=lambda form: str(form)[:40],
)
def test_a_wrong_form_is_refused_in_words(owner: ApiClient, form: dict[str, str]) -> None:
    answer = send(owner, "number,name\n1,Anna\n", **form)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert owner.get(URL).json()["total"] == 0


def test_a_form_that_is_none_is_refused(owner: ApiClient) -> None:
    assert owner.post(URL, json={"kind": "members"}).status_code == 422
    assert owner.post(URL, data={"kind": "members"}).status_code == 422
    assert owner.post(URL).status_code == 422
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    assert owner.post(URL, content=b"garbage", headers=multipart).status_code == 422
    assert (
        owner.post(URL, content=b"", headers={"Content-Type": "multipart/form-data"}).status_code
        == 422
    )
    two = [("file", ("a.csv", b"number\n1\n")), ("file", ("b.csv", b"number\n1\n"))]
    assert owner.post(URL, data={"kind": "members"}, files=two).status_code == 422


def test_a_file_name_is_a_label_and_never_a_path(owner: ApiClient) -> None:
    rows = "number,name\n1,Anna\n"
    assert send(owner, rows, name="../../etc/passwd.csv").json()["filename"] == "passwd.csv"
    assert send(owner, rows, name="C:\\lists\\a.csv").json()["filename"] == "a.csv"
    assert len(send(owner, rows, name="x" * 1000 + ".csv").json()["filename"]) == 200


def test_imports_are_listed_newest_first_and_read_again(owner: ApiClient) -> None:
    first = send(owner, "number,name\n1,Anna\n", name="first.csv").json()
    second = send(owner, "number,name\n2,Bo\n,\n3,\n,x\n5,y,z\n", name="second.csv").json()
    page = owner.get(URL, params={"size": 1}).json()
    assert (page["total"], [item["filename"] for item in page["items"]]) == (2, ["second.csv"])
    read = owner.get(f"{URL}/{second['import_id']}").json()
    assert read == {key: second[key] for key in read}
    assert read["errors"] == len(read["sample_errors"]) == 1
    assert owner.get(f"{URL}/{first['import_id']}").json()["sample_errors"] == []


def test_a_file_of_unusable_rows_fails_and_its_rows_can_be_fetched(owner: ApiClient) -> None:
    answer = send(owner, "number,name,email\n1,Anna,nonsense\n").json()
    assert (answer["state"], answer["loaded"], answer["errors"]) == ("failed", 0, 1)
    assert answer["problem"]
    assert owner.get("/api/v1/members").json()["total"] == 0
    assert "nonsense" in owner.get(f"{URL}/{answer['import_id']}/errors.csv").text


def test_d_ff_7_another_gyms_imports_and_members_are_out_of_reach(
    owner: ApiClient, other_owner: ApiClient, gym: Gym, other_gym: Gym,
    in_gym: Callable[[int], Any],
) -> None:  # fmt: skip
    with in_gym(other_gym.gym_id) as session:
        theirs = create_member(session, gym=other_gym, number="1", name="Theirs",
                               email="anna@example.com")  # fmt: skip
    answer = send(other_owner, "number,name,email\n7,x,nonsense\n8,Y,\n").json()
    for path in ("", "/errors.csv"):
        assert owner.get(f"{URL}/{answer['import_id']}{path}").status_code == 404
        assert other_owner.get(f"{URL}/{answer['import_id']}{path}").status_code == 200
    assert owner.get(URL).json()["total"] == 0
    send(owner, "number,name,email,consent\n1,Mine,anna@example.com,no\n")
    seen = other_owner.get(f"/api/v1/members/{theirs.member_id}").json()
    assert (seen["name"], seen["email_consent"]) == ("Theirs", "given")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMIN, 201), (Role.TRAINER, 403), (Role.RECEPTIONIST, 403), (Role.MEMBER, 403)],
)
def test_owners_and_admins_import_nobody_else(
    sign_in_as: SignInAs, role: Role, status: int
) -> None:
    caller = sign_in_as(role)
    assert send(caller, "number,name\n1,Anna\n").status_code == status
    assert caller.get(URL).status_code == (200 if status == 201 else 403)


def test_the_same_number_as_text_and_excel_float_is_one_member(owner: ApiClient) -> None:
    send(owner, "number,name\n12,Anna\n")
    send(owner, "member,time\n12.0,2026-01-01 10:00\n", "visits")
    assert owner.get("/api/v1/members").json()["total"] == 1


def test_the_real_log_takes_seconds(owner: ApiClient) -> None:
    path = find_real_log()
    if path is None:
        pytest.skip("no real door log here: COMEBACK_DATA names the folder of door_log.csv")
    answer = send(owner, path.read_bytes(), "visits").json()
    assert (answer["rows"], answer["errors"]) == (25_169, 0)
    overview = owner.get("/api/v1/analytics/overview").json()
    assert overview["as_of_is_live"] is False
    assert overview["as_of"].startswith("2024-06-30")
    assert overview["at_risk"] > 100


def test_a_visit_after_now_is_refused_by_the_apis_clock(owner: ApiClient) -> None:
    future = send(owner, "member,time\n1,2026-12-24 10:00\n2,2026-11-17 10:00\n", "visits").json()
    assert (future["loaded"], future["errors"]) == (1, 1)
