"""What a file of bulk check-ins may look like, and what is said about a row that cannot be used."""

import csv
import io
import random
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from api.check_ins.bulk.files import HEAD
from core.clock import to_instant
from db.loading.bulk import is_plain
from db.models import CheckIn, Gym, JobProblem, Role
from tests.api.check_ins.bulk.uploads import URL, Bulk, InGym, counts, write_csv
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient, SignInAs

AddMembers = Callable[[Gym, int], None]
AT = "2026-11-16T08:00:00Z"

BAD = {
    "no_member": (("", AT, "", ""), None, "who came"),
    "unknown": (("99", AT, "", ""), "number", "no member with this number"),
    "missing": (("1", "", "", ""), "check_in", "missing"),
    "words": (("1", "yesterday", "", ""), "check_in", "cannot be read"),
    "day_only": (("1", "2026-11-16", "", ""), "check_in", "cannot be read"),
    "day_first": (("1", "16/11/2026 08:00", "", ""), "check_in", "cannot be read"),
    "month_13": (("1", "2026-13-16T08:00:00", "", ""), "check_in", "cannot be read"),
    "february": (("1", "2026-02-29T08:00:00", "", ""), "check_in", "cannot be read"),
    "hour_25": (("1", "2026-11-16T25:00:00", "", ""), "check_in", "cannot be read"),
    "hour_24": (("1", "2026-11-15T24:00:00", "", ""), "check_in", "cannot be read"),
    "year_0": (("1", "0000-11-16T08:00:00", "", ""), "check_in", "cannot be read"),
    "offset": (("1", "2026-11-16T08:00:00+15:30", "", ""), "check_in", "cannot be read"),
    "zone": (("1", "2026-11-16T08:00:00 PST", "", ""), "check_in", "cannot be read"),
    "infinity": (("1", "infinity", "", ""), "check_in", "cannot be read"),
    "future": (("1", "2026-11-18T12:11:00Z", "", ""), "check_in", "future"),
    "far_future": (("1", "9999-12-31T23:59:59", "", ""), "check_in", "future"),
    "old": (("1", "1989-12-31T10:00:00", "", ""), "check_in", "before 1990"),
    "ancient": (("1", "0001-01-01T00:00:00", "", ""), "check_in", "before 1990"),
    "out_words": (("1", AT, "later", ""), "check_out", "cannot be read"),
    "out_early": (("1", AT, "2026-11-16T07:59:59Z", ""), "check_out", "before the entry"),
    "out_late": (("1", AT, "2026-11-17T08:00:01Z", ""), "check_out", "24 hours"),
    "long_method": (("1", AT, "", "x" * 61), "method", "longer than 60"),
    "control": (("1", AT, "", "a\x07b"), "method", "control"),
    "narrow": (("1", AT), None, "2 cells, the header has 4"),
    "wide": (("1", AT, "", "", "x"), None, "5 cells, the header has 4"),
    "cut_off": (("1",), None, "1 cells"),
}


@pytest.fixture
def gym(make_gym: Callable[..., Gym], add_members: AddMembers) -> Gym:
    gym = make_gym(timezone="Europe/Lisbon")
    add_members(gym, 10)
    return gym


def read_errors(owner: ApiClient, job_id: int) -> list[dict[str, str]]:
    answer = owner.get(f"/api/v1/jobs/{job_id}/errors.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("read", [1, 50_000], ids=["each row alone", "all rows together"])
def test_each_unusable_row_says_line_field_and_remedy(
    owner: ApiClient, bulk: Bulk, read: int
) -> None:
    """Also beside good rows, and without keeping them from being used."""
    good = ("2", AT, "", "")
    rows = [row for bad in BAD.values() for row in (bad[0], good)]
    job = bulk.load(owner, write_csv(rows), read=read)
    assert counts(job) == (2 * len(BAD), 1, len(BAD) - 1, 0, len(BAD))
    found = read_errors(owner, job["job_id"])
    assert [int(row["import_line"]) for row in found] == [2 + 2 * n for n in range(len(BAD))]
    for row, (name, (cells, field, words)) in zip(found, BAD.items(), strict=True):
        assert row["import_field"] == (field or ""), name
        assert words in row["import_problem"], name
        assert row["number"] == cells[0], name


def test_problems_are_said_in_the_language_of_whoever_reads_them(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym
) -> None:
    job = bulk.load(owner, write_csv([BAD["narrow"][0], BAD["old"][0]]))

    def read(language: str) -> list[str]:
        answer = owner.get(
            f"/api/v1/jobs/{job['job_id']}/errors.csv", headers={"Accept-Language": language}
        )
        rows = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
        return [row["import_problem"] for row in rows]

    assert [text[:22] for text in read("en")] == [
        "The row has 2 cells, t",
        "The visit is said to b",
    ]
    assert [text[:23] for text in read("pt-BR")] == [
        "A linha tem 2 células, ",
        "A visita estaria antes ",
    ]
    with in_gym(gym.gym_id) as session:  # as rows that are older than the column
        session.execute(update(JobProblem).values(said=None))
    assert read("pt-BR") == read("en")


GOOD = {
    "2026-11-16T08:00:00": (8, 0),
    "2026-11-16 08:00:00": (8, 0),
    "2026-11-16T08:00": (8, 0),
    "2026-11-16t08:00:00z": (8, 0),
    "2026-11-16T08:00:00.123456Z": (8, 0),
    "2026-11-16T08:00:00.5": (8, 0),
    "2026-11-16T08:00:00+02:00": (6, 0),
    "2026-11-16 08:00:00 +0230": (5, 30),
    "2026-11-16T08:00-03": (11, 0),
    "2026-11-16T08:00Z": (8, 0),
    "  2026-11-16T08:00:00Z  ": (8, 0),
    "\ufeff2026-11-16T08:00:00\u00a0": (8, 0),
    "2026-11-18T12:09:00Z": (12, 9),
}


@pytest.mark.parametrize("text", GOOD)
def test_times_are_read_as_iso_8601(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym, text: str
) -> None:
    assert counts(bulk.load(owner, write_csv([("1", text, "", "")])))[1] == 1
    with in_gym(gym.gym_id) as session:
        found = session.scalars(select(CheckIn.check_in).where(CheckIn.gym_id == gym.gym_id)).one()
    assert (found.hour, found.minute) == GOOD[text]


@pytest.mark.parametrize("is_mixed", [False, True], ids=["plain", "mixed"])
@pytest.mark.parametrize(
    "zone", ["Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
def test_local_times_are_those_of_the_rest_of_the_platform(
    make_gym: Callable[..., Gym], add_members: AddMembers, sign_in_as: SignInAs, bulk: Bulk,
    in_gym: InGym, zone: str, is_mixed: bool,
) -> None:  # fmt: skip
    """Of an hour that comes twice the first is meant; one that is skipped moves forward."""
    gym = make_gym(timezone=zone)
    chance = random.Random(zone)
    days = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"]
    moments = [
        datetime.fromisoformat(day) + timedelta(minutes=15 * quarter)
        for day in days
        for quarter in range(16)
    ]
    moments += [
        datetime.fromisoformat("2000-01-01") + timedelta(minutes=chance.randrange(13_000_000))
        for _ in range(150)
    ]
    add_members(gym, len(moments))
    rows = [(n + 1, at.isoformat(), "", "") for n, at in enumerate(moments)]
    if is_mixed:  # one time with an offset, and all are read the careful way
        rows.append((1, "1999-01-01T10:00:00+01:00", "", ""))
    job = bulk.load(sign_in_as(Role.OWNER, gym=gym), write_csv(rows))
    assert counts(job)[1] == len(rows)
    with in_gym(gym.gym_id) as session:
        found = session.scalars(
            select(CheckIn.check_in)
            .where(
                CheckIn.gym_id == gym.gym_id, CheckIn.check_in > datetime(1999, 2, 1, tzinfo=UTC)
            )
            .order_by(CheckIn.member_id)
        ).all()
    assert [at.astimezone(UTC) for at in found] == [to_instant(at, zone) for at in moments]


def test_only_what_sql_reads_alike_passes_as_plain() -> None:
    assert is_plain(["", "2026-11-16T08:00:00", "2026-11-16 08:00:00Z", "2026-11-16T08:00:00.5"])
    for (_, at, *_), _, words in [bad for bad in BAD.values() if bad[2] == "cannot be read"]:
        assert at == AT or not is_plain([at]), words
    for text in ("20\n26-11-16T08:00:00", "2026-11-16T08:00:00\n2026-11-16T08:00:00", "२०२६-11-16"):
        assert not is_plain([text]), text


WRITINGS = {
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "windows-1252": lambda text: text.encode("cp1252"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "sep line": lambda text: b"sep=;\r\n" + text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "old Mac": lambda text: text.replace("\r\n", "\r").encode(),
    "unix": lambda text: text.replace("\r\n", "\n").encode(),
    "no end of line": lambda text: text.rstrip().encode(),
    "blank lines": lambda text: text.replace("\r\n", "\r\n\r\n").encode(),
    "all quoted": lambda text: "\r\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()
    ).encode(),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_however_the_file_is_written(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym, writing: str
) -> None:
    text = write_csv([("1", AT, "", "réception"), ("99", AT, "", ""), ("2", AT, "", "")])
    job = bulk.load(owner, WRITINGS[writing](text))
    assert counts(job) == (3, 2, 0, 0, 1), job["error"]
    line = {"blank lines": 5, "sep line": 4}.get(writing, 3)
    assert [int(row["import_line"]) for row in read_errors(owner, job["job_id"])] == [line]
    with in_gym(gym.gym_id) as session:
        methods = session.scalars(select(CheckIn.method).where(CheckIn.gym_id == gym.gym_id)).all()
    assert set(methods) == {"réception", "bulk"}


def test_a_cell_of_several_lines_moves_the_lines_on(owner: ApiClient, bulk: Bulk) -> None:
    content = 'number,check_in,note\n1,2026-11-16T08:00:00,"a\nb\nc"\n99,2026-11-16T08:00:00,\n'
    job = bulk.load(owner, content)
    assert counts(job) == (2, 1, 0, 0, 1)
    assert read_errors(owner, job["job_id"])[0]["import_line"] == "5"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_large_file_may_be_in_utf_16(owner: ApiClient, bulk: Bulk, encoding: str) -> None:
    """Excel writes it as "Unicode text". Its beginning alone is looked at before it is accepted."""
    row = f"1\t{AT}\tréception\n"
    content = "number\tcheck_in\tmethod\n" + row * (HEAD // (2 * len(row)) + 1)
    job_id = bulk.send(owner, content.encode(encoding))
    assert bulk.work(owner.gym_id, job_id).error is None


def test_a_quotation_mark_that_is_never_closed_hides_no_rows(owner: ApiClient, bulk: Bulk) -> None:
    job = bulk.load(owner, f'number,check_in\n1,{AT}\n2,"{AT}\n3,{AT}\n')
    assert (job["state"], counts(job)) == ("failed", (0, 0, 0, 0, 0))
    assert "Line 3: a quotation mark is opened and not closed" in job["error"]


def test_long_rows_are_read_a_few_at_a_time(
    owner: ApiClient, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python takes thirty times the room of a small cell: 200 MB of them would be 5 GB at once."""
    monkeypatch.setattr("api.check_ins.bulk.jobs.READ_BYTES", 200_000)
    wide = "ab," * 3_000 + "\n"
    job_id = bulk.send(owner, "number,check_in\n" + wide * 100 + f"1,{AT}\n")
    job = bulk.work(owner.gym_id, job_id)
    assert (job.progress["step"], job.progress["errors"], job.progress["loaded"]) == (4, 100, 1)


def test_a_row_that_goes_on_over_all_lines_is_no_row(owner: ApiClient, bulk: Bulk) -> None:
    """It would be held as a whole."""
    job = bulk.load(owner, "number,check_in\n" + '"a\nb",' * 60_000)
    assert job["state"] == "failed"
    assert "longer than 256 kB" in job["error"]


@pytest.mark.parametrize(
    "header",
    ["Card no,Entered at", "Medlemsnr;Indgang", "CUSTOMER_ID,check in time", "Member ID,timestamp"],
)
def test_columns_are_known_by_many_names(owner: ApiClient, bulk: Bulk, header: str) -> None:
    mark = ";" if ";" in header else ","
    assert counts(bulk.load(owner, f"{header}\n1{mark}{AT}\n"))[1] == 1


def test_date_and_time_may_be_two_columns(owner: ApiClient, bulk: Bulk) -> None:
    job = bulk.load(owner, "number,date,time\n1,2026-11-16,08:00:00\n2,2026-11-16,\n")
    assert counts(job) == (2, 1, 0, 0, 1)


def test_member_id_is_the_platforms_and_number_the_gyms(
    owner: ApiClient, gym: Gym, other_gym: Gym, bulk: Bulk, in_gym: InGym
) -> None:
    """Of another gym's member nothing is said or changed."""
    with in_gym(gym.gym_id) as session:
        mine = create_member(session, gym=gym).member_id
    with in_gym(other_gym.gym_id) as session:
        theirs = create_member(session, gym=other_gym, number="other").member_id
    rows = [(mine, "", AT), ("", "3", AT), (theirs, "", AT), ("", "other", AT), ("x", "", AT)]
    job = bulk.load(owner, write_csv(rows, header=("member_id", "number", "check_in")))
    assert counts(job) == (5, 2, 0, 0, 3)
    problems = [row["import_problem"] for row in read_errors(owner, job["job_id"])]
    assert "no member with this member_id" in problems[0]
    assert "no member with this number" in problems[1]
    assert "not a whole number" in problems[2]
    with in_gym(other_gym.gym_id) as session:
        assert (
            session.scalars(select(CheckIn).where(CheckIn.gym_id == other_gym.gym_id)).all() == []
        )


def test_what_a_spreadsheet_does_to_numbers_is_undone(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        for number in ("+351", "7.0", "007"):
            create_member(session, gym=gym, number=number)
    rows = [("3.0", AT), ("'+351", AT), ("7.0", AT), ("007", AT), (" 5 ", AT), ("8,00", AT)]
    job = bulk.load(owner, write_csv(rows, header=("number", "check_in")))
    assert counts(job) == (6, 6, 0, 0, 0)


def test_the_error_file_is_safe_in_a_spreadsheet_and_can_be_sent_again(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym
) -> None:
    formula = '=HYPERLINK("http://x","y")'
    job = bulk.load(owner, write_csv([(formula, AT, "", "@x"), ("1", AT, "", "")]))
    text = owner.get(f"/api/v1/jobs/{job['job_id']}/errors.csv").text
    assert f'"\'{formula.replace(chr(34), chr(34) * 2)}"' in text
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, number=formula)
    assert counts(bulk.load(owner, text)) == (1, 1, 0, 0, 0)
    with in_gym(gym.gym_id) as session:
        methods = session.scalars(select(CheckIn.method).where(CheckIn.gym_id == gym.gym_id)).all()
    assert sorted(methods) == ["@x", "bulk"]


def test_problems_are_counted_beyond_what_is_kept(
    owner: ApiClient, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.check_ins.bulk.jobs.STORED_PROBLEMS", 5)
    job = bulk.load(owner, write_csv([("99", AT, "", "")] * 12), read=4)
    assert counts(job) == (12, 0, 0, 0, 12)
    assert job["state"] == "done"
    assert len(read_errors(owner, job["job_id"])) == 5


AT_ONCE = {
    "empty_file": b"",
    "not_a_table": b"PK\x03\x04" + b"x" * 100,
    "binary_file": b"number,check_in\n1,\x002026\n",
    "no_matching_column": b"number,amount\n1,2\n",
}


@pytest.mark.parametrize("code", AT_ONCE)
def test_what_is_no_such_file_is_refused_at_once(
    owner: ApiClient, gym: Gym, bulk: Bulk, code: str
) -> None:
    answer = owner.post(URL, files={"file": ("door.csv", AT_ONCE[code])})
    assert answer.status_code == 422
    assert answer.json()["code"] == "file_refused"
    assert answer.json()["errors"][0]["code"] == code
    assert bulk.files(gym.gym_id) == []
    assert owner.get("/api/v1/jobs").json()["total"] == 0


@pytest.mark.parametrize(
    ("tail", "words"),
    [(b"1,\x002026\n", "not text"), (b'1,"2026\n', "quotation mark"), (b"", "no rows")],
)
def test_a_file_that_breaks_further_down_changes_nothing(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym, tail: bytes, words: str
) -> None:
    """All of it is read before any of it is stored."""
    row = b"1,2026-11-16T08:00:00Z\n"
    body = row * (HEAD // len(row) + 1000) + tail + (row * 10_000 if b'"' in tail else b"")
    job = bulk.load(owner, b"number,check_in\n" + (body if tail else b""), read=10_000)
    assert job["state"] == "failed"
    assert words in job["error"]
    assert bulk.files(gym.gym_id) == []
    with in_gym(gym.gym_id) as session:
        assert session.scalars(select(CheckIn).where(CheckIn.gym_id == gym.gym_id)).all() == []
        left = session.connection().exec_driver_sql("select count(*) from job_parts").scalar()
    assert left == 0


def test_a_number_typed_in_two_characters_a_letter_is_the_members(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, number="É-1")
    rows = [(unicodedata.normalize("NFD", "É-1"), AT, "", "")]
    assert counts(bulk.load(owner, write_csv(rows)))[1] == 1
