"""A code opens one door, of one gym, for half a minute, and nobody else can make one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.door_codes import AHEAD, CodeProblem, DoorCode, find_step, read_door_code

NOW = datetime(2026, 11, 30, 12, 0, 10, tzinfo=UTC)
SECRET = "the platform's secret"
CODE = DoorCode(gym_id=4, member_id=70_001, version=3, step=find_step(NOW))
TEXT = CODE.write(SECRET)


def read(text: str, *, gym_id: int = 4, at: datetime = NOW, secrets: tuple[str, ...] = (SECRET,)):
    return read_door_code(text, secrets, gym_id=gym_id, now=at)


def test_what_was_written_is_read() -> None:
    assert read(TEXT) == CODE
    assert read(f" {TEXT.lower()}\n") == CODE, "as scanners type it"
    assert len(TEXT) < 50, "a QR code of it stays small"


@pytest.mark.parametrize(
    ("late", "found"),
    [
        (timedelta(seconds=-41), CodeProblem.TOO_EARLY),
        (timedelta(seconds=-40), CODE),
        (timedelta(seconds=49), CODE),
        (timedelta(seconds=50), CodeProblem.EXPIRED),
        (timedelta(days=1), CodeProblem.EXPIRED),
    ],
)
def test_it_counts_for_its_half_minute_and_one_either_side(
    late: timedelta, found: DoorCode | CodeProblem
) -> None:
    assert read(TEXT, at=NOW + late) == found


def test_a_code_of_another_gym_opens_nothing() -> None:
    assert read(TEXT, gym_id=5) == CodeProblem.OTHER_GYM


@pytest.mark.parametrize("part", ["gym_id", "member_id", "version", "step"])
def test_a_part_that_was_changed_is_a_forgery(part: str) -> None:
    changed = replace(CODE, **{part: getattr(CODE, part) + 1})
    signature = TEXT.rpartition(".")[2]
    forged = changed.write("guessed").rpartition(".")[0] + "." + signature
    assert read(forged, gym_id=changed.gym_id) == CodeProblem.FORGED
    assert read(changed.write("guessed"), gym_id=changed.gym_id) == CodeProblem.FORGED


def test_a_new_secret_lets_the_codes_of_the_one_before_count() -> None:
    assert read(TEXT, secrets=("new", SECRET)) == CODE
    assert read(TEXT, secrets=("new",)) == CodeProblem.FORGED


def test_a_phone_without_network_has_the_codes_of_two_minutes() -> None:
    later = NOW + timedelta(minutes=1, seconds=59)
    ahead = [replace(CODE, step=CODE.step + n).write(SECRET) for n in range(AHEAD)]
    assert read(ahead[-1], at=later) == replace(CODE, step=CODE.step + 3)
    assert replace(CODE, step=CODE.step + 3).ends_at == datetime(2026, 11, 30, 12, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CB1",
        TEXT + ".X",
        TEXT.replace("CB1", "CB2"),
        "CB1.-1.7.3.1.A",
        "CB1.4..3.1.A",
        "CB1.٤.7.3.1.A",
        "CB1.4.7.3.ZZZZZZZZZZZZZZ.A",
        "x" * 10_000,
        "\0",
    ],
)
def test_what_is_no_code_is_unreadable(text: str) -> None:
    assert read(text) == CodeProblem.UNREADABLE


@given(st.text() | st.from_regex(r"CB1(\.[0-9A-Z]{0,14}){5}", fullmatch=True))
def test_nothing_that_a_scanner_reads_is_taken_or_breaks_anything(text: str) -> None:
    assert isinstance(read(text), CodeProblem)


numbers = st.integers(0, 2**63 - 1)


@given(numbers, numbers, numbers)
def test_every_member_of_every_gym_has_a_code(gym_id: int, member_id: int, version: int) -> None:
    code = DoorCode(gym_id, member_id, version, find_step(NOW))
    assert read(code.write(SECRET), gym_id=gym_id) == code
