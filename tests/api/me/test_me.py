"""A member sees and does what is their own, by the gym's rules, and nothing of anybody else."""

from collections.abc import Callable
from typing import Any

import pytest

from db.models import Member, MemberAccount, Role
from tests.fixtures.api import ApiClient, SignInAs

URL = "/api/v1/me"

AddMember = Callable[..., Member]


@pytest.fixture
def mia(add_member: AddMember) -> Member:
    return add_member()


@pytest.fixture
def me(sign_in_as: SignInAs, in_gym: Any, mia: Member) -> ApiClient:
    """Mia, as she signs in."""
    caller = sign_in_as(Role.MEMBER)
    with in_gym(caller.gym_id) as session:
        session.add(
            MemberAccount(
                gym_id=caller.gym_id, member_id=mia.member_id, user_id=caller.user.user_id
            )
        )
    return caller


@pytest.fixture
def plan_id(owner: ApiClient) -> int:
    plan = {"name": "Year", "duration_months": 12, "price": 480, "notice_days": 30}
    return owner.post("/api/v1/membership-plans", json=plan).json()["plan_id"]


def assign(owner: ApiClient, member: Member, plan_id: int) -> int:
    body = {"member_id": member.member_id, "plan_id": plan_id}
    made = owner.post("/api/v1/memberships", json=body)
    assert made.status_code == 201, made.text
    return made.json()["membership_id"]


def do(caller: ApiClient, membership_id: int, what: str, **body: Any) -> Any:
    return caller.post(f"{URL}/memberships/{membership_id}/{what}", json=body)


def test_a_member_reads_themselves_as_the_gym_does(
    me: ApiClient, owner: ApiClient, mia: Member, plan_id: int
) -> None:
    membership_id = assign(owner, mia, plan_id)
    owner.post("/api/v1/check-ins", json={"member_id": mia.member_id})
    own = me.get(URL).json()
    assert (own["member_id"], own["name"], own["visits"]) == (mia.member_id, mia.name, 1)
    [held] = own["memberships"]
    detail = owner.get(f"/api/v1/memberships/{membership_id}").json()
    assert held == {
        **{name: detail[name] for name in held},
        "possible_moves": ["freeze", "cancel"],
    }
    assert "history" not in held, "what the staff wrote is the staff's"
    [visit] = me.get(f"{URL}/check-ins").json()["items"]
    assert set(visit) == {"check_in_id", "check_in", "check_out"}


def test_they_freeze_and_train_again(
    me: ApiClient, owner: ApiClient, mia: Member, plan_id: int
) -> None:
    membership_id = assign(owner, mia, plan_id)
    frozen = do(me, membership_id, "freeze", ends_on="2026-12-01", reason="Knee").json()
    assert frozen["state"] == "frozen"
    assert do(me, membership_id, "unfreeze").json()["state"] == "active"
    history = owner.get(f"/api/v1/memberships/{membership_id}").json()["history"]
    assert [one["by"] for one in history[:2]] == [me.user.name] * 2


def test_they_give_notice_by_the_plans_rule_and_take_it_back(
    me: ApiClient, owner: ApiClient, mia: Member, plan_id: int
) -> None:
    membership_id = assign(owner, mia, plan_id)
    rule = owner.get(f"/api/v1/memberships/{membership_id}").json()["ends_if_cancelled"]
    early = do(me, membership_id, "cancel", reason="moving", last_day="2026-11-18")
    assert early.status_code == 422, "another last day is agreed at the desk"
    ending = do(me, membership_id, "cancel", reason="moving").json()
    assert (ending["state"], ending["ends_on"]) == ("ending", rule)
    assert ending["possible_moves"] == ["withdraw_cancellation"]
    assert do(me, membership_id, "withdraw-cancellation").json()["state"] == "active"


def test_a_notice_of_the_gym_is_not_theirs_to_take_back(
    me: ApiClient, owner: ApiClient, mia: Member, plan_id: int
) -> None:
    membership_id = assign(owner, mia, plan_id)
    owner.post(f"/api/v1/memberships/{membership_id}/cancel", json={"reason": "other"})
    [held] = me.get(URL).json()["memberships"]
    assert held["possible_moves"] == []
    refused = do(me, membership_id, "withdraw-cancellation")
    assert (refused.status_code, refused.json()["code"]) == (409, "notice_of_the_gym")


@pytest.mark.parametrize("what", ["freeze", "unfreeze", "cancel", "withdraw-cancellation"])
def test_another_members_membership_is_not_found(
    me: ApiClient, owner: ApiClient, add_member: AddMember, plan_id: int, what: str
) -> None:
    membership_id = assign(owner, add_member(), plan_id)
    bodies: dict[str, dict[str, str]] = {
        "freeze": {"ends_on": "2026-12-01"},
        "cancel": {"reason": "moving"},
    }
    before = owner.get(f"/api/v1/memberships/{membership_id}").json()
    assert do(me, membership_id, what, **bodies.get(what, {})).status_code == 404
    assert owner.get(f"/api/v1/memberships/{membership_id}").json() == before


def test_a_foreign_gyms_membership_is_not_found(me: ApiClient, other_owner: ApiClient) -> None:
    tom = other_owner.post("/api/v1/members", json={"name": "Tom"}).json()
    plan = {"name": "Year", "duration_months": 12, "price": 480}
    plan_id = other_owner.post("/api/v1/membership-plans", json=plan).json()["plan_id"]
    body = {"member_id": tom["member_id"], "plan_id": plan_id}
    foreign = other_owner.post("/api/v1/memberships", json=body).json()["membership_id"]
    assert do(me, foreign, "cancel", reason="moving").status_code == 404


def test_who_is_linked_to_no_member_is_told_whom_to_ask(sign_in_as: SignInAs) -> None:
    nobody = sign_in_as(Role.MEMBER)
    for path in (URL, f"{URL}/check-ins"):
        refused = nobody.get(path)
        assert (refused.status_code, refused.json()["code"]) == (404, "no_member")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.MEMBER, Role.SUPER_ADMIN}))
def test_the_staff_has_no_such_page(sign_in_as: SignInAs, role: Role) -> None:
    assert sign_in_as(role).get(URL).status_code == 403


def test_a_member_reads_nothing_of_the_gym(me: ApiClient, mia: Member) -> None:
    for path in ("members", f"members/{mia.member_id}", "check-ins", "memberships"):
        assert me.get(f"/api/v1/{path}").status_code == 403
    assert me.get(f"/api/v1/members/{mia.member_id}/door-code").status_code == 200
