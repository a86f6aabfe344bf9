"""What the relay hands out, in which order, and how much of it; the broker is a folder here."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from db.queue.catalogue import CATALOGUE
from db.queue.dispatch import SOURCES
from db.queue.relay import BrokerUnavailable, Relay
from tests.db.queue.conftest import Rows

MakeRelay = Callable[..., Relay]
MOST_MAILS, MOST_OF_A_GYM = SOURCES[0].max_waiting, SOURCES[0].max_per_gym


@pytest.fixture
def broker(tmp_path: Path) -> str:
    return f"filesystem://{tmp_path}"


@pytest.fixture
def read_waiting(tmp_path: Path) -> Callable[..., list[list[int]]]:
    """The arguments of the messages in a queue, in their order."""

    def read(queue: str = "notifications") -> list[list[int]]:
        files = sorted((tmp_path / "messages" / queue).glob("[!.]*"))
        bodies = [json.loads(path.read_text()) for path in files]
        return [_read_arguments(body) for body in bodies]

    return read


def _read_arguments(message: dict[str, Any]) -> list[int]:
    arguments: list[int] = json.loads(b64decode(message["body"]))[0]
    return arguments


def step_until_idle(relay: Relay) -> int:
    total = 0
    while handed_out := relay.step():
        total += handed_out
    return total


def test_a_large_campaign_delays_no_other_gyms_mail(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any
) -> None:
    large, small = rows.add_gym(), rows.add_gym()
    rows.add_mails(large, 10_000)
    rows.add_mails(small, 1)
    make_relay(broker).step()
    assert small.gym_id in [gym_id for _, gym_id in read_waiting()[:2]]


def test_gyms_take_turns(rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any) -> None:
    gyms = [rows.add_gym() for _ in range(3)]
    for gym in gyms:
        rows.add_mails(gym, 5)
    make_relay(broker).step()
    order = [gym_id for _, gym_id in read_waiting()]
    assert [set(order[n : n + 3]) for n in range(0, 15, 3)] == [{gym.gym_id for gym in gyms}] * 5


def test_however_much_is_due_the_broker_holds_little_of_it(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any
) -> None:
    relay = make_relay(broker)
    rows.add_mails(rows.add_gym(), 200)
    assert step_until_idle(relay) == MOST_OF_A_GYM
    for _ in range(6):
        rows.add_mails(rows.add_gym(), 100)
    step_until_idle(relay)
    held = Counter(gym_id for _, gym_id in read_waiting())
    assert held.total() == MOST_MAILS
    assert max(held.values()) == MOST_OF_A_GYM


def test_a_slow_broker_gets_no_flood_of_repeats(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any
) -> None:
    gym = rows.add_gym()
    rows.add_mails(gym, 40)
    relay = make_relay(broker, repeat_after=0.001)  # each row is due again at once
    for _ in range(30):
        relay.step()
    assert len(read_waiting()) <= MOST_MAILS


def test_what_nobody_claimed_is_handed_out_again(
    rows: Rows, make_relay: MakeRelay, broker: str, tmp_path: Path, read_waiting: Any
) -> None:
    rows.add_mails(rows.add_gym(), 3)
    relay = make_relay(broker)
    assert relay.step() == 3
    first = read_waiting()
    for path in (tmp_path / "messages" / "notifications").iterdir():  # a disk lost them
        path.unlink()
    assert relay.step() == 0, "not before its time"
    rows.query("update outbox set next_at = now()")  # 30 seconds later
    assert relay.step() == 3
    assert sorted(read_waiting()) == sorted(first)


@pytest.mark.parametrize("state", ["sending", "queued", "pending"])
def test_a_lease_that_ended_is_handed_out_again_and_one_that_runs_is_not(
    rows: Rows, make_relay: MakeRelay, broker: str, state: str
) -> None:
    rows.add_mails(rows.add_gym(), 1)
    relay = make_relay(broker)
    rows.query("update outbox set state = :s, next_at = now() + interval '1 minute'", s=state)
    assert relay.step() == 0
    rows.query("update outbox set next_at = now() - interval '1 second'")
    assert relay.step() == 1
    assert rows.query("select state from outbox") == [("queued",)]


def test_what_is_done_is_never_handed_out(rows: Rows, make_relay: MakeRelay, broker: str) -> None:
    gym = rows.add_gym()
    rows.add_mails(gym, 1)
    rows.add_job(gym)
    for state in ("done", "failed"):
        rows.query("update outbox set state = :s", s=state)
        rows.query("update job_runs set state = :s", s=state)
        assert make_relay(broker).step() == 0


def test_each_job_goes_to_the_workers_that_know_it(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any
) -> None:
    gym = rows.add_gym()
    made = {kind: rows.add_job(gym, kind) for kind in CATALOGUE}
    relay = make_relay(broker)
    for _ in range(5):
        relay.step()
        rows.query("update job_runs set state = 'running' where state = 'queued'")
    found = {queue: sorted(job_id for job_id, _ in read_waiting(queue)) for queue in ("jobs", "ds")}
    assert found == {
        queue: sorted(made[kind] for kind in CATALOGUE if kind.queue == queue)
        for queue in ("jobs", "ds")
    }


def test_relays_side_by_side_hand_each_row_out_once(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any
) -> None:
    gyms = [rows.add_gym() for _ in range(4)]
    for gym in gyms:
        rows.add_mails(gym, 12)
    relays = [make_relay(broker) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(step_until_idle, relays))
    handed_out = [row_id for row_id, _ in read_waiting()]
    assert len(handed_out) == len(set(handed_out)) == 48
    assert rows.count(state="queued") == 48


def test_what_another_relay_handed_out_meanwhile_is_left_to_it(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any
) -> None:
    rows.add_mails(rows.add_gym(), 5)
    slow, fast = make_relay(broker), make_relay(broker)
    overtaken: list[int] = []

    def overtake(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "recursive busy" in statement and not overtaken:
            overtaken.append(0)
            overtaken.append(fast.step())

    event.listen(rows.factory.kw["bind"], "after_cursor_execute", overtake)
    assert (slow.step(), overtaken[1]) == (0, 5)
    assert len(read_waiting()) == 5


def test_what_the_broker_took_before_it_went_away_is_not_sent_again_and_the_rest_waits(
    rows: Rows, make_relay: MakeRelay, broker: str, read_waiting: Any, monkeypatch: Any
) -> None:
    rows.add_mails(rows.add_gym(), 5)
    relay = make_relay(broker)
    publish = relay._publish

    def go_away_after_three(source: Any, due: Any) -> None:
        if len(read_waiting()) == 3:
            raise BrokerUnavailable("gone")
        publish(source, due)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(relay, "_publish", go_away_after_three)
        with pytest.raises(BrokerUnavailable):
            relay.step()
    assert (rows.count(state="queued"), rows.count(state="pending")) == (3, 2)
    assert relay.step() == 2
    assert len(read_waiting()) == 5
