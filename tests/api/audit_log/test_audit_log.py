"""Who changed what: read by owner and admin, narrowed, and taken along as a file."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from db.models import Member
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import ApiClient

LOG = "/api/v1/audit-log"
PLAN = {"name": "Gold", "duration_months": 1, "price": 49.9}


def read_file(client: ApiClient, **params: Any) -> list[list[str]]:
    answer = client.get(f"{LOG}/export.csv", params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_write_is_told_in_the_words_of_the_api(owner: ApiClient) -> None:
    made = owner.post("/api/v1/membership-plans", json=PLAN).json()
    path = f"/api/v1/membership-plans/{made['plan_id']}"
    answer = owner.patch(path, json={"price": 59.9}, headers={"X-Request-ID": "request-12345"})
    assert answer.status_code == 200
    [item] = owner.get(LOG, params={"noun": "membership_plan", "action": "changed"}).json()["items"]
    assert item["changes"] == [{"field": "price", "old": 49.9, "new": 59.9, "is_hidden": False}]
    assert (item["key"], item["request_id"]) == (str(made["plan_id"]), "request-12345")
    assert (item["user_id"], item["actor"]) == (owner.user.user_id, owner.user.name)
    assert item["address"] == "testclient"
    assert item["member_id"] is None


def test_what_became_of_a_member_is_found_by_the_member(
    owner: ApiClient, receptionist: ApiClient, add_member: Callable[..., Member]
) -> None:
    member = add_member(name="Mia Berg")
    path = f"/api/v1/members/{member.member_id}"
    answer = receptionist.patch(path, json={"phone": "+49 30 901820"})
    assert answer.status_code == 200, answer.text
    assert receptionist.post(f"{path}/notes", json={"text": "A knee"}).status_code == 201
    found = owner.get(LOG, params={"member_id": member.member_id}).json()["items"]
    assert {item["member_name"] for item in found} == {"Mia Berg"}
    note, phone = found[:2]
    assert note["noun"] == "member_note"
    assert {"field": "text", "old": None, "new": None, "is_hidden": True} in note["changes"]
    assert "knee" not in str(found)
    assert (phone["noun"], phone["actor"]) == ("member", receptionist.user.name)
    [change] = [one for one in phone["changes"] if one["field"] == "phone"]
    assert (change["new"], change["is_hidden"]) == (answer.json()["phone"], False)


def test_d_ff_6_only_owner_and_admin_read_it(
    admin: ApiClient, receptionist: ApiClient, trainer: ApiClient
) -> None:
    assert admin.get(LOG).status_code == 200
    for path in (LOG, f"{LOG}/export.csv", f"{LOG}/choices"):
        assert receptionist.get(path).status_code == 403
        assert trainer.get(path).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_of_it_is_changed_by_the_api(owner: ApiClient, method: str) -> None:
    assert owner.request(method, LOG).status_code == 405


def test_the_file_has_a_line_for_each_field_and_runs_no_formula(owner: ApiClient) -> None:
    owner.post("/api/v1/membership-plans", json=PLAN | {"name": "=1+1"})
    head, *lines = read_file(owner, noun="membership_plan")
    assert head[:5] == ["at", "who", "address", "action", "what"]
    by_field = {line[7]: line for line in lines}
    assert by_field["name"][8:] == ["", "'=1+1"]
    assert by_field["name"][1:5] == [owner.user.name, "testclient", "created", "membership_plan"]


def test_the_file_is_narrowed_as_the_list_is(owner: ApiClient) -> None:
    owner.post("/api/v1/membership-plans", json=PLAN)
    assert len(read_file(owner, noun="equipment")) == 1
    assert len(read_file(owner, noun="nothing_known")) == 1
    assert len(read_file(owner, to="2020-01-01")) == 1
    assert len(read_file(owner, **{"from": "2020-01-01"})) > 1


def test_what_it_can_be_narrowed_to_is_what_it_has(owner: ApiClient, admin: ApiClient) -> None:
    owner.post("/api/v1/membership-plans", json=PLAN)
    admin.post("/api/v1/equipment", json={"name": "Rower", "category": "cardio"})
    choices = owner.get(f"{LOG}/choices").json()
    assert choices["nouns"] == ["equipment", "membership_plan"]
    assert choices["users"] == sorted(
        ({"user_id": one.user.user_id, "name": one.user.name} for one in (owner, admin)),
        key=lambda one: one["name"],
    )


def test_who_signed_in_and_from_where_is_in_it(owner: ApiClient) -> None:
    login = {"email": owner.user.email, "password": PASSWORD}
    assert owner.post("/api/v1/auth/login", json=login).status_code == 200
    [item] = owner.get(LOG, params={"action": "signed_in"}).json()["items"]
    assert item["noun"] == "user"
    assert (item["user_id"], item["actor"]) == (owner.user.user_id, owner.user.name)
    assert item["address"] == "testclient"
    told = {"noun": "user", "action": "changed"}
    assert owner.get(LOG, params=told).json()["total"] == 0, "that they were seen is no change"


def test_a_file_brought_in_is_one_entry(owner: ApiClient) -> None:
    file = "name,email\nMia,mia@example.com\nBo,bo@example.com\n"
    answer = owner.post(
        "/api/v1/imports", data={"kind": "members"}, files={"file": ("people.csv", file)}
    )
    assert answer.status_code == 201, answer.text
    items = owner.get(LOG).json()["items"]
    assert {item["noun"] for item in items} == {"import"}
    assert {item["key"] for item in items} == {str(answer.json()["import_id"])}
