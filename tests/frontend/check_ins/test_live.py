"""The Desk is told what others record, and does without where it cannot be told."""

import json
import queue
from collections.abc import Iterator

from frontend.check_ins.live import Follower, read_events
from frontend.kit.client import ApiDown
from tests.fixtures.processes import wait_for
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi

ENTRY = '{"check_in_id": 7, "alerts": [{"kind": "birthday", "text": "Birthday today"}]}'
END = object()


def test_events_are_read_from_lines_and_signs_of_life_are_none() -> None:
    lines = [": ping", "", "event: check_in", f"data: {ENTRY}", "id: 7", "", "event: reload"]
    events = list(read_events([*lines, "data: {}", ""]))
    assert [(event, event_id) for event, _, event_id in events] == [
        ("", None), ("check_in", "7"), ("reload", None),
    ]  # fmt: skip


def test_after_a_cut_it_asks_for_what_it_was_not_told() -> None:
    asked: list[str | None] = []
    lines: queue.Queue[object] = queue.Queue()

    def open_stream(last_id: str | None) -> Iterator[str]:
        asked.append(last_id)
        while (line := lines.get()) is not END:
            if isinstance(line, Exception):
                raise line
            yield str(line)

    follower = Follower(open_stream)
    for line in ("event: check_in", f"data: {ENTRY}", "id: 7", ""):
        lines.put(line)
    wait_for(lambda: follower.news == 1 and follower.is_connected)
    assert [alert["text"] for alert in follower.find_alerts(7)] == ["Birthday today"]
    told = {"inside": 2, "locations": []}
    for line in ("event: occupancy", f"data: {json.dumps(told)}", ""):
        lines.put(line)
    wait_for(lambda: follower.occupancy == told)
    lines.put(ApiDown("cut off"))
    wait_for(lambda: not follower.is_connected)
    wait_for(lambda: len(asked) == 2)
    assert asked == [None, "7"]
    lines.put(END)


def test_what_another_desk_was_told_stands_beside_the_name(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.alerts = [
        {"kind": "long_away", "text": "First visit in 19 days", "is_denial": False}
    ]
    member = signed_in.gym.members[4]
    app = open_page("desk")
    assert "Inside now 0" in words(app)
    app.text_input(key="desk_search").set_value(member["number"])
    next(button for button in app.button if button.label == "Find").click().run()
    for state in ("_desk_entry", "_desk_inside"):  # as on the screen of somebody else
        del app.session_state[state]
    follower = app.session_state["_desk_live"]
    wait_for(lambda: follower.find_alerts(1) != [])
    shown = words(app.run())
    assert member["name"] in shown
    assert "First visit in 19 days" in shown
