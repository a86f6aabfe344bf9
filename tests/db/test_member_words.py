"""The words by which a member is found are theirs as they now are, and find nobody else's."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from db.member_facts import write_freely
from db.member_words import (
    MAX_WORD_LENGTH,
    MAX_WORDS,
    Texts,
    is_found,
    list_words,
    refresh_member_words,
)
from db.models import Gym, Member, MemberNumber, MemberWord
from db.session import GymSession
from tests.factories.members import create_member, create_numbered_members
from tests.fixtures.api import ApiClient

InGym = Callable[[int], AbstractContextManager[GymSession]]
URL = "/api/v1/members"


def words_of(name: str = "Ana", **over: str) -> list[str]:
    texts: dict[str, str | None] = {"email": None, "phone": None, "number": None}
    return list_words(Texts(1, 1, name, **(texts | over)))


def find(session: Session, gym: Gym, typed: str) -> list[str]:
    query = select(Member.name).where(
        Member.in_gym(gym.gym_id), is_found(Member.member_id, gym.gym_id, typed)
    )
    return sorted(session.scalars(query))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"name": "Žaneta Nováková"}, {"zaneta", "novakova", "zanetanovakova"}),
        ({"name": "Seán O'Brien"}, {"sean", "obrien", "o", "brien", "seanobrien"}),
        ({"email": "Ana.Souza@Gym.example"}, {"anasouzagymexample", "gymexample", "souza"}),
        ({"phone": "+55 (11) 98765-4321"}, {"5511987654321", "11987654321", "987654321", "4321"}),
        ({"phone": "5511987654321"}, {"5511987654321", "4321"}),
        ({"number": "A-0017"}, {"a0017", "0017"}),
        ({"number": "0017"}, {"0017", "17"}),
        ({"name": "100 % (Ana)"}, {"100", "%", "ana", "(ana)", "100ana"}),
        ({"name": "हिन्दी"}, {"हिन्दी"}),
    ],
)
def test_the_words_of_a_member(texts: dict[str, str], words: set[str]) -> None:
    assert words <= set(words_of(**texts))


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200)


@given(TEXTS, TEXTS, st.text("+-() 0123456789", max_size=40), TEXTS)
def test_words_are_few_and_short_whatever_a_member_is_called(
    name: str, email: str, phone: str, number: str
) -> None:
    words = words_of(name, email=email, phone=phone, number=number)
    assert len(words) <= MAX_WORDS
    assert all(0 < len(word) <= MAX_WORD_LENGTH and word.split() == [word] for word in words)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_each_beginning_of_each_word_finds_the_member_and_no_other_gyms(
    gym: Gym, other_gym: Gym, in_gym: InGym, form: str
) -> None:
    drawn = random.Random(form)
    letters = "aeinoAZžŽçÇßŁłøØœİıIñἈςΣдЙकिह한글ﬁ'’.-%_(@17"

    def draw_word() -> str:
        return "".join(drawn.choices(letters, k=drawn.randint(1, 8)))

    texts = [
        {
            "name": " ".join(draw_word() for _ in range(drawn.randint(1, 4))),
            "email": drawn.choice([None, f"{draw_word()}@example{n}.com"]),
            "number": drawn.choice([None, f"{draw_word()}{n}"]),
            "phone": drawn.choice(
                [None, f"+{n} {drawn.randrange(10**8)}-{drawn.randrange(10**4)}"]
            ),
        }
        for n in range(30)
    ]
    with in_gym(other_gym.gym_id) as session:
        theirs = {create_member(session, gym=other_gym, **values).member_id for values in texts}
    with in_gym(gym.gym_id) as session:
        ours = [create_member(session, gym=gym, **values) for values in texts]
        for member in ours:
            typed = [member.name, *member.name.split()]
            typed += [text for text in (member.email, member.number, member.phone) if text]
            for word in typed:
                changed = normalize(form, drawn.choice([word.upper(), word.lower(), word]))
                beginning = changed[: drawn.randint(1, len(changed))].strip()
                if beginning == "+":
                    continue  # says nothing of a phone number
                found = set(
                    session.scalars(
                        select(Member.member_id).where(
                            is_found(Member.member_id, gym.gym_id, beginning)
                        )
                    )
                )
                assert member.member_id in found, (beginning, word)
                assert not found & theirs


def test_who_is_renamed_or_erased_is_not_found_by_what_they_were(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    values = {"name": "Žaneta Nováková", "email": "zaneta@example.com", "phone": "+420 601 123 456"}
    member = owner.post(URL, json=values).json()
    renamed = {"name": "Erased", "email": None, "phone": None, "number": None}
    assert owner.patch(f"{URL}/{member['member_id']}", json=renamed).status_code == 200
    with in_gym(gym.gym_id) as session:
        assert session.scalars(select(MemberWord.word)).all() == ["erased"]
        write_freely(session)
        session.execute(delete(Member).where(Member.member_id == member["member_id"]))
        assert session.scalars(select(MemberWord.word)).all() == []


def test_a_change_that_no_word_depends_on_writes_none(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        seen: list[str] = []
        event.listen(
            session.connection(), "before_cursor_execute", lambda *call: seen.append(call[2])
        )
        write_freely(session)
        member.address = "12 Mill Lane"
        session.flush()
        assert seen
        assert not any("member_words" in statement for statement in seen)


def read_words(session: Session, gym_id: int) -> list[tuple[int, str]]:
    query = select(MemberWord.member_id, MemberWord.word).where(MemberWord.gym_id == gym_id)
    return [tuple(row) for row in session.execute(query.order_by(*query.selected_columns))]


def expect_words(session: Session, gym_id: int) -> list[tuple[int, str]]:
    columns = (getattr(Member, field) for field in Texts._fields if field != "other_numbers")
    rows = session.execute(select(*columns).where(Member.in_gym(gym_id)))
    others = session.execute(
        select(MemberNumber.member_id, MemberNumber.value).where(MemberNumber.in_gym(gym_id))
    ).all()
    members = [
        Texts(*row, other_numbers=[value for key, value in others if key == row.member_id])
        for row in rows
    ]
    return sorted((member.member_id, word) for member in members for word in list_words(member))


def test_a_rebuild_writes_what_edits_and_files_left(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    drawn = random.Random(7)
    with in_gym(gym.gym_id) as session:
        create_numbered_members(session, gym=gym, count=40)
    listed = owner.get(URL, params={"size": 100}).json()["items"]
    for member in drawn.sample(listed, 15):
        change = drawn.choice(
            [{"name": "José Łukasz"}, {"email": "É@example.com"}, {"phone": "1 2345"},
             {"number": None}, {"address": "12 Mill Lane"}]
        )  # fmt: skip
        assert owner.patch(f"{URL}/{member['member_id']}", json=change).status_code == 200
    lists = "number,name,email,phone\n3,Nova Nováková,n@example.com,\n7,,,+1 555 1234\n99,New,,\n"
    taps = "member,entered_at\n4,2026-10-01 10:00\nNr-200,2026-10-02 10:00\n"
    for kind, content in (("members", lists), ("visits", taps)):
        file = {"file": ("list.csv", content)}
        answer = owner.post("/api/v1/imports", data={"kind": kind}, files=file)
        assert answer.json()["state"] == "done", answer.text
    with in_gym(gym.gym_id) as session:
        kept = read_words(session, gym.gym_id)
        assert kept == expect_words(session, gym.gym_id)
        assert find(session, gym, "nr200") == ["Member Nr-200"]
        session.execute(delete(MemberWord).where(MemberWord.member_id % 3 == 0))
        stale = MemberWord(gym_id=gym.gym_id, word="stale", member_id=kept[0][0])
        session.add(stale)
        refresh_member_words(session, gym.gym_id)
        assert read_words(session, gym.gym_id) == kept
