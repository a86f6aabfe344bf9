"""A member list gives names, addresses and consent, and never takes a member's No away."""

import io
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from core.importing import ImportFile, Kind
from db.addresses import keep_address
from db.loading import ImportRunning, LawfulBasis, LoadResult, imports, load_import
from db.models import Gym, Import, Member, Membership, MembershipFreeze, MemberStats, User
from db.session import GymSession, session_scope
from db.types import GymId
from tests.db.loading.test_visits import counts, snapshot
from tests.factories.members import create_member, create_plan, create_visits

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)
InGym = Callable[[int], AbstractContextManager[GymSession]]


def load(session: GymSession, gym: Gym, content: str, **over: Any) -> LoadResult:
    source = ImportFile(
        io.BytesIO(content.encode()),
        kind=Kind.MEMBERS,
        filename="members.csv",
        timezone=gym.timezone,
        now=NOW,
        keep_address=keep_address,
    )
    owner_id = owner_of(session, gym)
    if isinstance(over.get("lawful_basis"), str):
        over["lawful_basis"] = LawfulBasis(over["lawful_basis"], owner_id)
    return load_import(session, gym, source, created_by=owner_id, now=NOW, **over)


def owner_of(session: GymSession, gym: Gym) -> int:
    return session.scalars(select(User.user_id).where(User.gym_id == gym.gym_id)).one()


def members(session: GymSession, gym: Gym) -> list[Member]:
    return list(
        session.scalars(
            select(Member)
            .where(Member.gym_id == gym.gym_id)
            .order_by(Member.number, Member.member_id)
            .execution_options(populate_existing=True)
        )
    )


def test_a_plan_is_found_however_a_file_spells_it(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, name="Matinée Žena")
        load(session, gym, "Name,Plan\nAna,MATINÉE ŽENA\nBea,Matine\u0301e z\u030cena\n")
        found = session.scalars(select(Membership.plan_id).where(Membership.in_gym(gym.gym_id)))
        assert list(found) == [plan.plan_id] * 2


def test_a_list_makes_members_with_all_that_it_says(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        result = load(
            session,
            gym,
            "Nr;Fornavn;Efternavn;E-mail;Telefon;Fødselsdato;Køn;Indmeldt;Samtykke\n"
            "12;Anna;Sørensen;anna@example.com;+45 12 34 56;31.12.1990;kvinde;01.02.2024;ja\n"
            "13;Bo;;;;;;;\n",
        )
        assert counts(result) == (2, 2, 0, 0, 0)
        anna, bo = members(session, gym)
    assert (anna.number, anna.name, anna.email) == ("12", "Anna Sørensen", "anna@example.com")
    assert (anna.phone, anna.gender) == ("+45 12 34 56", "kvinde")
    assert (anna.birth_date, anna.join_date) == (date(1990, 12, 31), date(2024, 2, 1))
    assert (anna.email_consent, anna.email_consent_source) == ("given", "file: members.csv")
    assert anna.email_consent_at == NOW
    assert (bo.name, bo.email_consent, bo.join_date) == ("Bo", "unknown", TODAY)


def test_three_numbers_of_a_door_log_get_address_and_consent(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        for number in ("3587", "3588", "3589", "3590"):
            create_member(
                session, gym=gym, number=number, name=f"Member {number}", email=None,
                email_consent="unknown", email_consent_source=None,
            )  # fmt: skip
        result = load(
            session,
            gym,
            "member,name,email,email_consent\n3587,Anna,anna@example.com,yes\n"
            "3588,Bo,bo@example.com,yes\n3589,Ida,ida@example.com,yes\n",
        )
        assert counts(result) == (3, 3, 0, 0, 0)
        assert [(m.name, m.email_consent) for m in members(session, gym)] == [
            ("Anna", "given"),
            ("Bo", "given"),
            ("Ida", "given"),
            ("Member 3590", "unknown"),
        ]


LIST = (
    "number,name,email,phone,plan,join_date,consent\n"
    "1,Anna,anna@example.com,123,Gold,2024-01-01,yes\n"
    ",Bo,bo@example.com,,Gold,2024-01-01,\n"
    ",Family A,home@example.com,,,,\n"
    ",Family B,home@example.com,,,,no\n"
    ",Nameless Phone,,555,,,\n"
    ",Only Name,,,,,\n"
    "2,,,,,,\n"
)


def test_a_name_is_the_same_in_any_case_and_spelling(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        first = "name,phone\nŽaneta Nováková,12345\n\u0301,\n"
        assert counts(load(session, gym, first)) == (2, 2, 0, 0, 0)
        again = "name,phone\nŽANETA NOVÁKOVÁ,12345\nzaneta novakova,12345\n\u0301,\n"
        assert counts(load(session, gym, again)) == (3, 1, 1, 1, 0)
        found = sorted(members(session, gym), key=lambda member: member.name)
        assert [member.name for member in found] == ["ŽANETA NOVÁKOVÁ", "\u0301"]
        assert [member.name_key for member in found] == ["zaneta novakova", ""]


def test_a_second_run_changes_nothing(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_plan(session, gym=gym, name="gold")
        assert counts(load(session, gym, LIST)) == (7, 7, 0, 0, 0)
        before = snapshot(session, gym)
        assert len(members(session, gym)) == 7
    with in_gym(gym.gym_id) as session:
        assert counts(load(session, gym, LIST)) == (7, 0, 0, 7, 0)
        assert snapshot(session, gym) == before


def test_an_empty_cell_erases_nothing_and_a_full_one_corrects(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, number="1", name="Ana", email="a@example.com", phone="123")
        load(session, gym, "number,name,email,phone\n1,Anna,,\n")
        (anna,) = members(session, gym)
        assert (anna.name, anna.email, anna.phone) == ("Anna", "a@example.com", "123")


def test_a_row_without_a_number_finds_its_member_by_address(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, number="1", name="Ana", email="Anna@Example.com")
        load(session, gym, "name,email,phone\nAnna Jensen,anna@example.com,12345\n")
        (anna,) = members(session, gym)
        assert (anna.number, anna.name, anna.phone) == ("1", "Anna Jensen", "12345")


def test_a_card_number_joins_the_record_made_by_hand(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="Anna", email="anna@example.com")
        load(session, gym, "number,name,email\n44,anna,anna@example.com\n")
        (anna,) = members(session, gym)
        assert anna.number == "44"


def test_a_family_that_shares_an_address_stays_several_people(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="Mum", email="home@example.com")
        load(session, gym, "number,name,email\n1,Son,home@example.com\n,Mum,home@example.com\n"
             ",Dad,home@example.com\n")  # fmt: skip
        assert sorted(m.name for m in members(session, gym)) == ["Dad", "Mum", "Son"]


def test_two_cards_never_become_one_member(gym: Gym, in_gym: InGym) -> None:
    rows = "number,name,email\n1,Anna,anna@example.com\n2,Anna,anna@example.com\n"
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="Anna", email="anna@example.com")
        load(session, gym, rows)
        assert [m.number for m in members(session, gym)] == ["1", "2"]
        assert counts(load(session, gym, rows)) == (2, 0, 0, 2, 0)


def test_a_member_twice_in_a_file_counts_once_and_it_is_said(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        result = load(session, gym, "number,name\n1,Anna\n1,Anne\n")
        assert counts(result) == (2, 1, 1, 0, 0)
        assert "(line 3)" in str(result.notes[0])
        assert [m.name for m in members(session, gym)] == ["Anna"]


CONSENT_CASES = [
    # stored, source, in the file, owner's statement, afterwards
    ("unknown", None, "", False, "unknown"),
    ("unknown", None, "yes", False, "given"),
    ("unknown", None, "no", False, "refused"),
    ("unknown", None, "", True, "lawful_basis"),
    ("unknown", None, "no", True, "refused"),
    ("unknown", None, "yes", True, "given"),
    ("given", "form", "", True, "given"),
    ("given", "form", "no", False, "refused"),
    ("lawful_basis", "x", "yes", False, "given"),
    ("lawful_basis", "x", "no", False, "refused"),
    ("refused", "form", "yes", True, "refused"),
    ("refused", "form", "", True, "refused"),
    ("refused", "file: a.csv", "yes", False, "given"),
    ("refused", "file: a.csv", "", True, "refused"),
    ("unsubscribed", "unsubscribe link", "yes", True, "unsubscribed"),
    ("unsubscribed", "unsubscribe link", "", True, "unsubscribed"),
    ("unsubscribed", "unsubscribe link", "no", True, "unsubscribed"),
]


@pytest.mark.parametrize(("stored", "source", "said", "basis", "after"), CONSENT_CASES)
def test_consent_after_a_file(
    gym: Gym, in_gym: InGym, stored: str, source: str | None, said: str, basis: bool, after: str
) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(
            session, gym=gym, number="1", email_consent=stored, email_consent_source=source
        )
        statement = "They are customers and were told when they joined." if basis else None
        load(session, gym, f"number,consent\n1,{said}\n", lawful_basis=statement)
        (member,) = members(session, gym)
        assert member.email_consent == after
        if after == stored:
            assert member.email_consent_source == source
        elif after == "lawful_basis":
            assert member.email_consent_source == "owner's statement with file: members.csv"
        else:
            assert member.email_consent_source == "file: members.csv"


def test_whoever_unsubscribed_an_address_is_not_written_to_under_another_number(
    gym: Gym, other_gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, number="1", name="Anna", email="Anna@example.com",
                      email_consent="unsubscribed")  # fmt: skip
        load(session, gym, "number,name,email,consent\n2,Anna,anna@example.com,yes\n")
        assert [m.email_consent for m in members(session, gym)] == ["unsubscribed"] * 2
    with in_gym(other_gym.gym_id) as session:
        load(session, other_gym, "number,name,email,consent\n2,Anna,anna@example.com,yes\n")
        assert [m.email_consent for m in members(session, other_gym)] == ["given"]


def test_the_owners_statement_is_recorded_with_who_and_when(gym: Gym, in_gym: InGym) -> None:
    statement = "Existing customers, similar services, told at sign-up."
    with in_gym(gym.gym_id) as session:
        load(session, gym, "number,name,email\n1,A,a@example.com\n2,B,\n", lawful_basis=statement)
        record = session.scalars(select(Import).where(Import.gym_id == gym.gym_id)).one()
        assert (record.lawful_basis, record.lawful_basis_at) == (statement, NOW)
        assert record.lawful_basis_by == owner_of(session, gym)
        assert [m.email_consent for m in members(session, gym)] == ["lawful_basis", "unknown"]


def test_a_dry_run_states_and_changes_nothing(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, number="1", email_consent="unknown")
        before = snapshot(session, gym)
        result = load(session, gym, "number,name\n1,A\n2,B\n", dry_run=True, lawful_basis="Because")
        assert counts(result) == (2, 2, 0, 0, 0)
        assert result.record.lawful_basis is None
        assert snapshot(session, gym) == before


def test_an_opt_out_column_refuses_and_its_absence_is_no_consent(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        load(
            session, gym, "number,name,email,opt-out\n1,A,a@example.com,yes\n2,B,b@example.com,no\n"
        )
        assert [m.email_consent for m in members(session, gym)] == ["refused", "unknown"]


def test_a_plan_of_the_gym_begins_a_membership_and_an_unknown_one_is_said(
    gym: Gym, in_gym: InGym
) -> None:
    rows = (
        "number,name,plan,join_date,end_date\n1,A,GOLD,2026-01-01,\n2,B,Platinum,2026-01-01,\n"
        "3,C,Gold,2025-01-01,2025-12-31\n"
    )
    with in_gym(gym.gym_id) as session:
        gold = create_plan(session, gym=gym, name="Gold", price=Decimal("99.99"), duration_months=3)
        result = load(session, gym, rows)
        assert "Platinum" in str(result.notes[0])
        assert [(m.status, m.plan_id) for m in members(session, gym)] == [
            ("active", gold.plan_id),
            ("active", None),
            ("expired", gold.plan_id),
        ]
        first = session.scalars(
            select(Membership).where(Membership.gym_id == gym.gym_id).order_by(Membership.starts_on)
        ).all()[-1]
        assert (first.starts_on, first.ends_on, first.yearly_price) == (
            date(2026, 1, 1),
            None,
            39_996,
        )
        create_plan(session, gym=gym, name="Platinum")
        again = load(session, gym, rows)
        assert counts(again) == (3, 1, 0, 2, 0)
        assert again.notes == []


def test_who_has_left_is_no_longer_at_risk(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_plan(session, gym=gym, name="Gold")
        member = create_member(session, gym=gym, number="1", join_date=date(2026, 1, 1))
        create_visits(session, gym=gym, member=member, at=[datetime(2026, 5, 6, 18, tzinfo=UTC)])
        result = load(session, gym, "number,name,plan,status\n1,A,Gold,cancelled\n2,B,,inactive\n")
        ended, unknown = members(session, gym)
        assert (ended.status, unknown.status) == ("cancelled", "active")
        membership = session.scalars(
            select(Membership).where(Membership.gym_id == gym.gym_id)
        ).one()
        assert (membership.ends_on, membership.cancelled_on) == (date(2026, 5, 6),) * 2
        assert "1 member is said to have left" in str(result.notes[0])


def test_who_is_frozen_in_the_file_is_frozen_here_until_a_file_says_active(
    gym: Gym, in_gym: InGym
) -> None:
    header = "number,name,email,plan,join_date,status,consent\n"
    rows = header + "1,A,a@example.com,Gold,2026-01-01,{},yes\n"
    with in_gym(gym.gym_id) as session:
        create_plan(session, gym=gym, name="Gold")
        member = create_member(session, gym=gym, number="1", join_date=date(2026, 1, 1))
        create_visits(session, gym=gym, member=member, at=[datetime(2026, 5, 6, 18, tzinfo=UTC)])
        result = load(session, gym, rows.format("On hold"))
        (frozen,) = members(session, gym)
        assert (frozen.status, frozen.email_consent) == ("frozen", "given")
        assert "1 member is frozen" in str(result.notes[0])
        freeze = session.scalars(select(MembershipFreeze)).one()
        assert freeze.starts_on == date(2026, 5, 7)
        assert counts(load(session, gym, rows.format("On hold"))) == (1, 0, 0, 1, 0)
        load(session, gym, rows.format(""))
        assert [m.status for m in members(session, gym)] == ["frozen"]
        load(session, gym, rows.format("active"))
        assert [m.status for m in members(session, gym)] == ["active"]
        assert session.scalars(
            select(MembershipFreeze).execution_options(populate_existing=True)
        ).one().ends_on == date(2026, 11, 17)  # fmt: skip


@pytest.mark.parametrize(
    "away", ["cancelled,", "frozen,", "On hold,", "active,2026-11-17", ",2026-11-17"]
)
@pytest.mark.parametrize("basis", [None, "Told when they joined."])
def test_who_left_or_rests_and_has_no_membership_here_is_not_written_to(
    gym: Gym, in_gym: InGym, away: str, basis: str | None
) -> None:
    header = "number,name,email,plan,status,end_date" + ("" if basis else ",consent")
    consent = "" if basis else ",yes"

    def row(state: str) -> str:
        return f"{header}\n1,A,a@example.com,Platinum,{state}{consent}\n"

    with in_gym(gym.gym_id) as session:
        result = load(session, gym, row(away), lawful_basis=basis)
        assert "get no mail until" in str(result.notes[-1])
        assert [m.email_consent for m in members(session, gym)] == ["unknown"]
        load(session, gym, row("active,"), lawful_basis=basis)
        assert members(session, gym)[0].email_consent == ("lawful_basis" if basis else "given")
        load(session, gym, row(away), lawful_basis=basis)
        assert members(session, gym)[0].email_consent == "unknown"


def test_refused_rows_say_line_field_and_remedy(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        result = load(
            session,
            gym,
            "number,name,email,birth_date,join_date,end_date,consent\n"
            "1,A,not an address,,,,\n2,B,,2030-01-01,,,\n3,C,,,2024-01-01,2023-01-01,\n"
            "4,D,,,,,perhaps\n,,e@example.com,,,,\n6,F,,,,,\n7,G,,0985-03-01,,,\n",
        )
        assert counts(result) == (7, 1, 0, 0, 6)
        assert [(p["line"], p["field"]) for p in result.problems] == [
            (2, "email"),
            (3, "birth_date"),
            (4, "end_date"),
            (5, "email_consent"),
            (6, "name"),
            (8, "birth_date"),
        ]


def test_every_member_of_a_list_has_statistics(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        load(session, gym, LIST)
        known = session.scalars(
            select(MemberStats.member_id).where(MemberStats.gym_id == gym.gym_id)
        ).all()
        assert sorted(known) == sorted(m.member_id for m in members(session, gym))


def test_d_ff_7_a_list_of_one_gym_never_touches_another(
    gym: Gym, other_gym: Gym, in_gym: InGym, ops_session: GymSession
) -> None:
    with in_gym(other_gym.gym_id) as session:
        create_plan(session, gym=other_gym, name="Gold")
        create_member(session, gym=other_gym, number="1", email="anna@example.com")
        create_member(session, gym=other_gym, name="Bo", email="bo@example.com")
    before = snapshot(ops_session, other_gym)
    with in_gym(gym.gym_id) as session:
        load(session, gym, LIST, lawful_basis="Told when they joined.")
    # Also as the command does it, whose role row-level security does not bind.
    load(ops_session, gym, LIST.replace("Anna", "Annika"), lawful_basis="Told at sign-up.")
    ops_session.commit()
    assert snapshot(ops_session, other_gym) == before
    plans = ops_session.scalars(select(Member.plan_id).where(Member.gym_id == gym.gym_id)).all()
    assert set(plans) == {None}


def test_two_lists_at_once_make_each_member_once(
    gym: Gym, app_sessions: sessionmaker[GymSession]
) -> None:
    rows = "name,email\n" + "".join(f"M{n},m{n}@example.com\n" for n in range(300))
    start = threading.Barrier(4)
    loaded: list[int] = []

    def run() -> None:
        start.wait()
        try:
            with session_scope(app_sessions, GymId(gym.gym_id)) as session:
                loaded.append(load(session, gym, rows).record.loaded)
        except ImportRunning:  # told at once, to come again
            loaded.append(0)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(loaded) == [0, 0, 0, 300]
    with session_scope(app_sessions, GymId(gym.gym_id)) as session:
        assert len(members(session, gym)) == 300


def test_a_long_list_is_quick_in_a_gym_that_postgresql_takes_for_empty(
    gym: Gym, other_gym: Gym, in_gym: InGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once looked up for each row anew, those who unsubscribed took an import its ten minutes."""
    rows = "name,email\n" + "".join(f"M{n},m{n}@example.com\n" for n in range(8_000))
    with in_gym(other_gym.gym_id) as session:
        load(session, other_gym, rows)
    monkeypatch.setattr(imports, "_STATEMENT_TIMEOUT", "15s")
    with in_gym(gym.gym_id) as session:
        assert counts(load(session, gym, rows)) == (8_000, 8_000, 0, 0, 0)
