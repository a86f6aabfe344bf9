"""Reading reports, computing them anew, and what is refused."""

from typing import Any

import pytest

from db.models import Role
from tests.api.attendance_reports.conftest import URL


def make(caller: Any, day: str) -> Any:
    return caller.post(URL, json={"day": day})


def test_a_report_is_made_once_and_computed_anew_when_asked_again(owner, gym, visit, clock):
    visit(gym, "2026-11-17T10:00Z")
    first = make(owner, "2026-11-17")
    assert first.status_code == 201
    assert owner.get(f"{URL}/2026-11-17").json() == first.json()
    visit(gym, "2026-11-17T11:00Z")
    stale = owner.get(f"{URL}/2026-11-17").json()
    assert (stale["visits"], stale["is_outdated"]) == (1, True)
    [item] = owner.get(URL).json()["items"]
    assert item["is_outdated"]
    clock.advance(hours=1)
    second = make(owner, "2026-11-17")
    assert second.status_code == 200
    assert (second.json()["visits"], second.json()["is_outdated"]) == (2, False)
    assert second.json()["computed_at"] == "2026-11-18T13:00:00Z"
    assert owner.get(URL).json()["total"] == 1


def test_the_list_is_newest_first_in_pages_and_between_days(owner, gym):
    for day in ("2026-11-14", "2026-11-16", "2026-11-15"):
        make(owner, day)
    page = owner.get(URL, params={"size": 2}).json()
    assert [one["day"] for one in page["items"]] == ["2026-11-16", "2026-11-15"]
    assert (page["total"], page["page"], page["size"]) == (3, 1, 2)
    between = owner.get(URL, params={"from": "2026-11-14", "to": "2026-11-15"}).json()
    assert [one["day"] for one in between["items"]] == ["2026-11-15", "2026-11-14"]
    assert "hours" not in page["items"][0]


def test_today_is_what_it_is_so_far(owner, gym, visit):
    visit(gym, "2026-11-18T10:00Z")
    report = make(owner, "2026-11-18").json()
    assert (report["visits"], report["is_complete"]) == (1, False)


def test_today_is_the_gyms_today(sign_in_as, make_gym, clock):
    gym = make_gym(timezone="Pacific/Auckland")  # 1:00 of the 19th there
    assert make(sign_in_as(Role.OWNER, gym=gym), "2026-11-19").status_code == 201


@pytest.mark.parametrize("suffix", ["", ".csv", ".pdf"])
def test_what_is_not_there_says_what_to_do(owner, gym, suffix):
    missing = owner.get(f"{URL}/2026-11-17{suffix}")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["code"] == "report_not_found"
    assert "POST" in missing.json()["detail"]
    future = owner.get(f"{URL}/2026-11-19{suffix}")
    assert (future.status_code, future.json()["code"]) == (422, "day_in_future")
    for wrong in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "20261117"):
        assert owner.get(f"{URL}/{wrong}{suffix}").status_code == 422, wrong


@pytest.mark.parametrize("day", ["2026-11-19", "9999-12-31", "0001-01-01", "soon", None, 5])
def test_a_day_that_has_not_begun_or_is_none_is_not_computed(owner, gym, day):
    assert make(owner, day).status_code == 422
    assert owner.get(URL).json()["total"] == 0


def test_who_sees_members_reads_reports_and_owner_and_admin_make_them(
    owner, admin, receptionist, trainer, gym, visit
):
    visit(gym, "2026-11-17T10:00Z")
    assert make(receptionist, "2026-11-17").status_code == 403
    assert make(trainer, "2026-11-17").status_code == 403
    assert make(admin, "2026-11-17").status_code == 201
    for caller in (owner, admin, receptionist, trainer):
        assert caller.get(URL).json()["total"] == 1
        assert caller.get(f"{URL}/2026-11-17.pdf").status_code == 200


def test_the_owner_switches_the_mail_on_and_off(owner, receptionist, gym):
    me = "/api/v1/organizations/me"
    assert owner.get(me).json()["mails_daily_report"] is False
    assert owner.patch(me, json={"mails_daily_report": True}).json()["mails_daily_report"] is True
    assert owner.patch(me, json={"phone": "1"}).json()["mails_daily_report"] is True
    assert owner.patch(me, json={"mails_daily_report": None}).status_code == 422
    assert receptionist.patch(me, json={"mails_daily_report": False}).status_code == 403
    assert owner.get(me).json()["mails_daily_report"] is True
