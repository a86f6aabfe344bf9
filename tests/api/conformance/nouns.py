"""How a test gets rows of each list: the one place that a new noun adds itself to.

Rows of different index differ in whatever the list sorts or filters by, and of five rows some lack
what may be empty.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import sessionmaker

from core.text import fold
from db.member_facts import write_freely
from db.models import Base, Gym, Location
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.every_table import row_values
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
)
from tests.fixtures.api import NOON, ApiClient

Body = dict[str, Any]
Item = dict[str, Any]
DAY = NOON.date()
MANY = 5
NAMES = ["Özil Beck", "anna Cruz", "Bo Dahl", "Éva Egri", "Cy Fox"]


@dataclass
class World:
    """A gym of its own, its owner as a caller, and sessions that see every gym."""

    gym: Gym
    owner: ApiClient
    sessions: sessionmaker[GymSession]
    parents: dict[str, int] = field(default_factory=dict)
    """What stands in the path of a list that belongs to a row of another."""
    plan_ids: list[int] = field(default_factory=list)
    is_prepared: bool = False

    def post(self, path: str, **body: Any) -> Item:
        answer = self.owner.post(f"/api/v1{path}", json=body)
        assert answer.status_code == 201, answer.text
        made: Item = answer.json()
        return made

    def insert(self, table: str, **values: Any) -> Any:
        """A row with the values, and in its other columns whatever the table takes."""
        described = Base.metadata.tables[table]
        own = {"gym_id": self.gym.gym_id}
        known = {"gyms": own, "users": own | {"user_id": self.owner.user.user_id}}
        mark = f"{self.gym.gym_id}-{values.pop('mark', '')}"
        row = row_values(described, known, mark) | values
        key = next(iter(described.primary_key))
        with session_scope(self.sessions) as session:
            write_freely(session)
            return session.execute(described.insert().values(row).returning(key)).scalar_one()


@dataclass(frozen=True)
class Noun:
    """A list of the API, by the path it is served at."""

    body: Callable[[World, int], Body] | None = None
    """What is posted for the row of an index. Rows 0 and 1 fill every field that can be empty."""
    make: Callable[[World, int], Any] | None = None
    """Makes a row that is not posted, or that needs more than that."""
    prepare: Callable[[World], Any] | None = None
    """What must be there before, such as the row that the list belongs to."""
    filters: Mapping[str, Callable[[Item, Any], bool]] = field(default_factory=dict)
    """Whether a value of a parameter asks for an item, unless it asks for the field of its name."""
    values: Mapping[str, Callable[[World], list[Any]]] = field(default_factory=dict)
    """Values of a parameter to try, unless those that items have are tried."""
    sort_keys: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """What a column is compared by, where that is not the value itself."""
    unsorted: frozenset[str] = frozenset()
    """Orders by what no item shows; they have tests of their own."""
    derived: frozenset[str] = frozenset()
    """What a row shows that follows from its fields, and from the day."""
    begins_with: int = 0
    """Rows of it that every gym has, before any is made."""
    only_written: frozenset[str] = frozenset()
    """Fields of a body that an item shows otherwise, or not; they have tests of their own."""
    widens: frozenset[str] = frozenset()
    """Filters that ask for rows which are not listed unasked; they have tests of their own."""
    only_hides: bool = False
    """Deleting hides a row, and one that is hidden can be hidden again."""
    changed_together: frozenset[str] = frozenset()
    """Fields that no row can change alone; they have tests of their own."""


# --- members


def member_body(world: World, index: int) -> Body:
    body: Body = {
        "name": NAMES[index],
        "number": f"N{index}",
        "join_date": str(DAY - timedelta(days=90 + 7 * (index * 3 % MANY))),
    }
    if index < 2:
        trainer_id = world.insert("trainers", name=f"Trainer {index}")
        body |= {
            "email": f"person{index}@example.com",
            "phone": f"+351 21{index} 333 44{index}",
            "birth_date": f"199{index}-05-17",
            "gender": ["female", "male"][index],
            "address": f"Rua {index}",
            "emergency_contact": f"Tia {index}",
            "emergency_phone": f"+351 21{index} 555 66{index}",
            "emergency_relation": ["aunt", "uncle"][index],
            "trainer_id": trainer_id,
        }
    return body


def make_member(world: World, index: int) -> Item:
    """Of five two have a plan that runs, one has had one, one has never come, one drifts, the
    first owes, and the last pays for a household."""
    body = member_body(world, index)
    if index != 3:
        months = 1 if index == 1 else 12
        name = f"Plan {index}"
        plan = world.post(
            "/membership-plans", name=name, duration_months=months, price=100 + 7 * index
        )
        body["plan_id"] = plan["plan_id"]
    item = world.post("/members", **body)
    if index == 2:
        path = f"/api/v1/members/{item['member_id']}/tags"
        assert world.owner.put(path, json={"tags": ["VIP"]}).status_code == 200
    if index == 0:
        [membership] = item["memberships"]
        path = f"/api/v1/memberships/{membership['membership_id']}/unpaid"
        assert world.owner.post(path, json={}).status_code == 200
    if index == 4:
        world.post("/households", payer_id=item["member_id"])
    for visit in range([2, 0, 3, 1, 4][index]):
        away = 24 if index == 3 else 1 + index
        moment = NOON - timedelta(days=away + visit)
        world.post("/check-ins", member_id=item["member_id"], check_in=moment.isoformat())
    if index < 3:
        segment = ["Loyalist", "At Risk", "Loyalist"][index]
        run_id = world.insert("analytics_runs")
        world.insert("rfm", customer_id=item["member_id"], run_id=run_id, customer_segment=segment)
    return item


def add_somebody(world: World) -> None:
    world.parents["member_id"] = world.post("/members", name="Mia")["member_id"]


def note_body(world: World, index: int) -> Body:
    return {"text": f"Note {index}"}


def number_body(world: World, index: int) -> Body:
    return {"kind": ["card", "barcode", "vendor"][index % 3], "value": f"A-{index}"}


def make_duplicate(world: World, index: int) -> None:
    for _ in range(2):
        world.post("/members", name="Mia Twin", email=f"twin{index}@example.com")


def make_distinct(world: World, index: int) -> None:
    ids = [world.post("/members", name=f"Mia {index}")["member_id"] for _ in range(2)]
    said = {"member_id": ids[0], "other_id": ids[1]}
    assert world.owner.post("/api/v1/member-merges/distinct", json=said).status_code == 204


def make_merge(world: World, index: int) -> None:
    ids = [world.post("/members", name=f"Mia {index}")["member_id"] for _ in range(2)]
    world.post("/member-merges", member_id=ids[0], into_id=ids[1])


def make_document(world: World, index: int) -> None:
    path = f"/api/v1/members/{world.parents['member_id']}/documents"
    sent = world.owner.post(path, files={"file": (f"{index}.pdf", f"%PDF-{index}".encode())})
    assert sent.status_code == 201, sent.text


def make_payment(world: World, index: int) -> None:
    world.insert(
        "payments",
        customer_id=world.parents["member_id"],
        amount=4990 + index,
        currency="EUR",
        state=["paid", "failed", "pending"][index % 3],
        due_on=DAY - timedelta(days=index % 3),
    )


def household_body(world: World, index: int) -> Body:
    ids = [world.post("/members", name=f"{name} {index}")["member_id"] for name in ("Ana", "Rui")]
    world.parents["of household"] = ids[1]
    return {"payer_id": ids[0], "member_ids": ids[1:]}


def tag_body(world: World, index: int) -> Body:
    return {"name": ["Morning crew", "épée", "VIP", "back pain", "Crew 2"][index]}


def make_tag(world: World, index: int) -> Item:
    """The one of an index is on that many members."""
    tag = world.post("/tags", **tag_body(world, index))
    for other in range(index):
        member = world.post("/members", name=f"Mia {other}")
        path = f"/api/v1/members/{member['member_id']}/tags"
        assert world.owner.put(path, json={"tags": [tag["name"]]}).status_code == 200
    return tag


def is_found(item: Item, searched: str) -> bool:
    """Each word begins one of the item's."""
    text = fold(" ".join(str(item[one] or "") for one in ("name", "number", "email", "phone")))
    words = text.replace("@", " ").split()
    return all(any(word.startswith(typed) for word in words) for typed in fold(searched).split())


# --- plans, memberships, visits


def plan_body(world: World, index: int) -> Body:
    body: Body = {
        "name": ["Gold", "silver", "Épée", "day", "Bronze"][index],
        "kind": ["recurring", "recurring", "pack", "day_pass", "trial"][index],
        "price": 10.5 * (index + 1),
        "description": f"Plan {index}" if index < 2 else None,
    }
    if index < 3:
        body["duration_months"] = 1 + index
    else:
        body["duration_days"] = index
    if index == 2:
        body["visits"] = 10
    if index < 2:
        body |= {
            "renews_automatically": index == 0,
            "notice_days": 30 + index,
            "freeze_days_a_year": 60 + index,
            "freezes_a_year": 2 + index,
            "shortest_freeze_days": 7 + index,
            "features": [["Sauna", "Classes"], ["Gym"]][index],
            "capacity": 100 + index,
        }
    return body


def price_rule_body(world: World, index: int) -> Body:
    body: Body = {"name": f"Rule {index}", "combines": index % 2 == 0, "max_age": 30 + index}
    body["further_only"] = index == 2
    body |= {"price": 5.5 + index} if index % 2 else {"percent_off": 10 * (index + 1)}
    if index < 2:
        body |= {
            "joins_from": str(DAY + timedelta(days=index)),
            "joins_until": str(DAY + timedelta(days=30 + index)),
            "min_age": 18 + index,
        }
    return body


def promotion_body(world: World, index: int) -> Body:
    body: Body = {
        "code": ["SPRING", "été", "Ten", "half", "ZERO"][index],
        "name": f"Promotion {index}",
        "terms": index + 1,
        "new_members_only": index % 2 == 0,
    }
    body |= {"amount_off": 5.5 + index} if index % 2 else {"percent_off": 10 * (index + 1)}
    if index < 2:
        plan = world.post("/membership-plans", name=f"P{index}", duration_months=1, price=9)
        body |= {
            "valid_from": str(DAY + timedelta(days=index)),
            "valid_until": str(DAY + timedelta(days=30 + index)),
            "max_uses": 10 + index,
            "plan_ids": [plan["plan_id"]],
        }
    return body


def make_promotion(world: World, index: int) -> Item:
    """One of five is over."""
    item = world.post("/promotions", **promotion_body(world, index))
    if index == 3:
        path = f"/api/v1/promotions/{item['promotion_id']}"
        item = world.owner.patch(path, json={"is_active": False}).json()
    return item


def make_plan(world: World, index: int) -> Item:
    """One of five is not sold any more."""
    item = world.post("/membership-plans", **plan_body(world, index))
    if index == 3:
        path = f"/api/v1/membership-plans/{item['plan_id']}"
        assert world.owner.patch(path, json={"is_active": False}).status_code == 200
    return item


def make_price_history(world: World) -> None:
    """Before its first change a plan has none; the change brings what the plan cost until then."""
    plan = world.post("/membership-plans", name="Gold", duration_months=1, price=9)
    world.parents["plan_id"] = plan["plan_id"]
    world.post(f"/membership-plans/{plan['plan_id']}/prices", starts_on="2026-11-20", price=10)


def price_body(world: World, index: int) -> Body:
    return {"starts_on": f"2027-0{index + 1}-01", "price": 10.5 + index}


def membership_body(world: World, index: int) -> Body:
    """The first two are of one member, one after the other."""
    if index != 1:
        world.parents["of membership"] = world.post("/members", name=f"Mia {index}")["member_id"]
        plan = world.post("/membership-plans", name=f"P{index}", duration_months=1, price=9)
        world.parents["on plan"] = plan["plan_id"]
    return {
        "member_id": world.parents["of membership"],
        "plan_id": world.parents["on plan"],
        "starts_on": f"2026-0{index + 1}-01",
        "ends_on": f"2026-0{index + 1}-20",
    }


def check_in_body(world: World, index: int) -> Body:
    """The first two are of one member."""
    if index != 1:
        world.parents["of visit"] = world.post("/members", name=f"Mia {index}")["member_id"]
    moment = NOON - (timedelta(days=index + 1) if index else timedelta(hours=1))
    return {
        "member_id": world.parents["of visit"],
        "check_in": moment.isoformat(),
        "method": ["qr", "card"][index % 2],
    }


# --- locations


def remove_own_location(world: World) -> None:
    """A gym has one from the beginning: without it the list is empty."""
    with session_scope(world.sessions) as session:
        first = select(func.min(Location.location_id)).where(Location.in_gym(world.gym.gym_id))
        session.execute(delete(Location).where(Location.location_id == first.scalar_subquery()))


def location_body(world: World, index: int) -> Body:
    body: Body = {"name": ["Harbour", "old town", "Évora", "Beach", "annex"][index]}
    if index < 2:
        body |= {"address": f"Street {index}", "phone": f"+351 21{index}", "capacity": 40 + index}
    return body


def make_location(world: World, index: int) -> Item:
    """The third is given up."""
    item = world.post("/locations", **location_body(world, index))
    if index == 2:
        path = f"/api/v1/locations/{item['location_id']}"
        assert world.owner.patch(path, json={"is_active": False}).status_code == 200
    return item


def kiosk_body(world: World, index: int) -> Body:
    """The first two are of one location."""
    if index != 1:
        world.parents["of kiosk"] = world.post("/locations", name=f"Place {index}")["location_id"]
    return {"name": f"Door {index}", "location_id": world.parents["of kiosk"]}


def closure_body(world: World, index: int) -> Body:
    """The first two are of a location each."""
    starts_on = DAY + timedelta(days=10 * index)
    body: Body = {"starts_on": str(starts_on), "ends_on": str(starts_on + timedelta(days=index))}
    if index < 2:
        location = world.post("/locations", name=f"Place {index}")
        body |= {"location_id": location["location_id"], "reason": f"Reason {index}"}
    return body


# --- equipment


def equipment_body(world: World, index: int) -> Body:
    body: Body = {
        "name": ["Ergometer", "bank 1", "Épée stand", "Bank 2", "rower"][index],
        "category": ["cardio", "strength", "other", "strength", "cardio"][index],
        "status": ["working", "retired", "working", "out_of_order", "in_repair"][index],
    }
    if index < 2:
        body |= {
            "location": f"Room {index}",
            "serial_number": f"SN-{index}-Ä",
            "purchased_on": f"2025-0{index + 1}-14",
            "notes": f"Note {index}",
        }
    return body


# --- the team


def make_teammate(world: World, index: int) -> None:
    world.insert(
        "users",
        mark=str(index),
        name=NAMES[index],
        role=["admin", "trainer", "receptionist"][index % 3],
        is_active=index != 1,
        last_used_at=NOON - timedelta(days=index) if index != 2 else None,
    )


def invitation_body(world: World, index: int) -> Body:
    role = ["admin", "member", "trainer"][index % 3]
    member = world.post("/members", name=f"Mia {index}") if role == "member" else {}
    return {
        "email": f"new{index}-{world.gym.gym_id}@example.com",
        "role": role,
        "member_id": member.get("member_id"),
    }


# --- what fills by other means


def make_report(world: World, index: int) -> None:
    world.insert(
        "attendance_reports", mark=str(index), day=DAY - timedelta(days=index + 1), details={}
    )


def make_model(world: World, index: int) -> None:
    world.insert(
        "churn_models",
        label=["lapse", "cancel"][index % 2],
        is_current=index in (1, 2),
        metrics={},
        drift={},
        created_at=NOON - timedelta(days=index % 3),
        **({"promoted_at": NOON} if index in (1, 2) else {}),
    )


def let_somebody_come(world: World) -> None:
    """While nobody comes, a gym's figures are as of its newest visit."""
    member = world.post("/members", name="Rita Regular")
    world.post("/check-ins", member_id=member["member_id"])


def make_at_risk(world: World, index: int) -> None:
    """Away for 20 to 60 days, or never come."""
    with session_scope(world.sessions, GymId(world.gym.gym_id)) as session:
        member = create_member(
            session,
            gym=world.gym,
            name=NAMES[index],
            number=f"N{index}",
            email=f"person{index}@example.com",
            join_date=DAY - timedelta(days=20 if index == 3 else 300),
        )
        if index != 4:
            plan = create_plan(session, gym=world.gym, price=Decimal(100 + 7 * index))
            plan.name = f"Plan {plan.plan_id}"
            world.plan_ids.append(plan.plan_id)
            create_membership(session, gym=world.gym, member=member, plan=plan)
        if index != 3:
            create_regular_visits(
                session,
                gym=world.gym,
                member=member,
                last=NOON - timedelta(days=20 + 10 * index),
                every_days=3,
                count=20,
            )


def make_import(world: World, index: int) -> None:
    world.insert("imports", mark=str(index), mapping={}, created_at=NOON - timedelta(index % 3))


def make_job(world: World, index: int) -> None:
    world.insert(
        "job_runs",
        mark=str(index),
        job=["scores", "check_ins"][index % 2],
        state=["done", "failed", "pending"][index % 3],
        progress={},
        created_at=NOON - timedelta(days=index % 3),
    )


def make_campaign(world: World, index: int) -> int:
    campaign_id: int = world.insert(
        "campaigns", mark=str(index), skipped={}, created_at=NOON - timedelta(days=index % 3)
    )
    return campaign_id


def make_message_of_campaign(world: World, index: int) -> None:
    member_id = world.post("/members", name=f"Mia {index}")["member_id"]
    _make_message(world, index, world.parents["campaign_id"], member_id)


def make_message_of_member(world: World, index: int) -> None:
    _make_message(world, index, make_campaign(world, index), world.parents["member_id"])


def _make_message(world: World, index: int, campaign_id: int, member_id: int) -> None:
    world.insert(
        "notifications",
        mark=str(index),
        kind="campaign",
        payload={"subject": "We miss you", "body": "See you?"},
        campaign_id=campaign_id,
        customer_id=member_id,
        state=["sent", "failed", "queued"][index % 3],
        created_at=NOON - timedelta(days=index % 3),
    )


def make_audit_entry(world: World, index: int) -> None:
    world.insert(
        "audit_log",
        mark=str(index),
        at=NOON - timedelta(days=index),
        action=["created", "changed", "deleted"][index % 3],
        row_table=["packages", "equipment"][index % 2],
        row_key=str(index % 2),
        customer_id=None if index == 2 else index % 2 + 1,
        user_id=None if index == 2 else index % 2 + 1,
        changes={"price": [49.9, 59.9], "notes": None},
    )


def begins_at(field_: str) -> Callable[[Item, Any], bool]:
    return lambda item, value: _moment(item[field_]) >= _moment(value)


def ends_before(field_: str) -> Callable[[Item, Any], bool]:
    return lambda item, value: _moment(item[field_]) < _moment(value)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SEARCHES = ["ozil", "beck", "n2", "person1"]
NOUNS: dict[str, Noun] = {
    "/members": Noun(
        member_body,
        make_member,
        filters={
            "search": is_found,
            "tag": lambda item, value: value in item["tags"],
            "at_risk": lambda item, value: item["tab"] == value,
            "last_visit_from": lambda item, day: (item["last_visit"] or "") >= day,
            "last_visit_until": lambda item, day: "" < (item["last_visit"] or "") <= day,
            "never_came": lambda item, value: (item["last_visit"] is None) == (value == "true"),
            "joined_from": lambda item, day: item["join_date"] >= day,
            "joined_until": lambda item, day: item["join_date"] <= day,
            "owes": lambda item, value: (item["name"] == NAMES[0]) == (value == "true"),
            "pays_for_household": lambda item, value: (
                (item["name"] == NAMES[4]) == (value == "true")
            ),
            "birth_month": lambda item, value: (item["birth_date"] or "")[5:7] == f"{value:02}",
        },
        values={
            "search": lambda _: SEARCHES,
            "tag": lambda _: ["VIP"],
            "at_risk": lambda _: ["drifting"],
            "never_came": lambda _: ["true", "false"],
            "pays_for_household": lambda _: ["true", "false"],
            "owes": lambda _: ["true", "false"],
            "birth_month": lambda _: [5],
            **dict.fromkeys(
                ("last_visit_from", "last_visit_until"), lambda _: ["2026-11-15", "2026-11-16"]
            ),
            **dict.fromkeys(
                ("joined_from", "joined_until"), lambda _: [str(DAY - timedelta(days=100))]
            ),
        },
        sort_keys={"name": fold},
        derived=frozenset({"tab", "reasons", "inactive_days", "phone_e164"}),
        only_written=frozenset(
            {"first_name", "last_name", "email_consent", "sms_consent", "plan_id", "standing"}
        ),
        widens=frozenset({"standing"}),
        only_hides=True,
    ),
    "/members/{member_id}/messages": Noun(
        make=make_message_of_member,
        prepare=add_somebody,
    ),
    "/members/{member_id}/notes": Noun(
        note_body, prepare=add_somebody, derived=frozenset({"edited_at"})
    ),
    "/member-merges": Noun(make=make_merge),
    "/member-merges/duplicates": Noun(make=make_duplicate),
    "/member-merges/distinct": Noun(make=make_distinct),
    "/members/{member_id}/documents": Noun(make=make_document, prepare=add_somebody),
    "/members/{member_id}/numbers": Noun(number_body, prepare=add_somebody),
    "/members/{member_id}/medical-notes/reads": Noun(
        make=lambda world, _: world.owner.get(
            f"/api/v1/members/{world.parents['member_id']}/medical-notes"
        ),
        prepare=add_somebody,
    ),
    "/members/{member_id}/payments": Noun(make=make_payment, prepare=add_somebody),
    "/households": Noun(
        household_body,
        filters={
            "member_id": lambda item, value: value in {one["member_id"] for one in item["people"]}
        },
        values={"member_id": lambda world: [world.parents["of household"]]},
        only_written=frozenset({"member_ids"}),
    ),
    "/audiences": Noun(
        lambda world, index: {"name": NAMES[index], "filter": {"birth_month": index + 1}},
        sort_keys={"name": fold},
        derived=frozenset({"updated_at"}),
        only_written=frozenset({"filter"}),
    ),
    "/tags": Noun(
        tag_body,
        make_tag,
        filters={"search": lambda item, value: fold(value) in fold(item["name"])},
        values={"search": lambda _: ["CREW", "epee"]},
        sort_keys={"name": fold},
        derived=frozenset({"members"}),
    ),
    "/membership-plans": Noun(
        plan_body,
        make_plan,
        values={"is_active": lambda _: [True, False]},
        changed_together=frozenset({"kind", "duration_days", "visits"}),
    ),
    "/membership-plans/{plan_id}/prices": Noun(
        price_body,
        prepare=make_price_history,
        begins_with=2,
    ),
    "/membership-plans/{plan_id}/price-rules": Noun(
        price_rule_body,
        prepare=lambda world: world.parents.update(
            plan_id=world.post("/membership-plans", name="Iron", duration_months=1, price=9)[
                "plan_id"
            ]
        ),
    ),
    "/promotions": Noun(
        promotion_body,
        make_promotion,
        values={"is_active": lambda _: [True, False]},
        changed_together=frozenset({"percent_off", "amount_off"}),
    ),
    "/memberships": Noun(membership_body),
    "/check-ins": Noun(
        check_in_body,
        filters={
            "from": begins_at("check_in"),
            "to": ends_before("check_in"),
            "inside": lambda item, _: item["check_in"] >= "2026-11-18T09",
        },
        values=dict.fromkeys(("from", "to"), lambda _: ["2026-11-15T12:00Z", "2026-11-16T12:01Z"])
        | {"inside": lambda _: [True]},
    ),
    "/locations": Noun(
        location_body,
        make_location,
        prepare=remove_own_location,
        values={"is_active": lambda _: [True, False]},
        derived=frozenset({"is_open"}),
        changed_together=frozenset({"is_active"}),
    ),
    "/locations/closures": Noun(
        closure_body,
        filters={"ends_from": lambda item, value: item["ends_on"] >= value},
        values={"ends_from": lambda _: [str(DAY + timedelta(days=11))]},
    ),
    "/kiosks": Noun(kiosk_body),
    "/equipment": Noun(
        equipment_body,
        filters={"search": lambda item, value: fold(value) in fold(item["name"])},
        values={"search": lambda _: ["ERG", "bank", "epee"]},
        sort_keys={"name": fold},
        derived=frozenset({"updated_at"}),
    ),
    "/auth/sessions": Noun(
        make=lambda world, index: world.insert(
            "sessions", mark=str(index), expires_at=NOON + timedelta(days=1)
        )
    ),
    "/team": Noun(make=make_teammate, begins_with=1, only_written=frozenset({"name", "role"})),
    "/invitations": Noun(invitation_body),
    "/attendance-reports": Noun(
        make=make_report,
        filters={
            "from": lambda item, value: item["day"] >= value,
            "to": lambda item, value: item["day"] <= value,
        },
        values=dict.fromkeys(("from", "to"), lambda _: ["2026-11-15", "2026-11-16"]),
    ),
    "/analytics/at-risk": Noun(
        make=make_at_risk,
        prepare=let_somebody_come,
        filters={
            "search": lambda item, value: is_found({"phone": None, **item}, value),
            "plan_id": lambda item, value: item["plan_name"] == f"Plan {value}",
            "reason": lambda item, value: value in {one["code"] for one in item["reasons"]},
        },
        values={
            "search": lambda _: SEARCHES,
            "reason": lambda _: ["no_visit", "not_started"],
            "plan_id": lambda world: world.plan_ids,
        },
        sort_keys={"name": fold},
        unsorted=frozenset({"saveable"}),
    ),
    "/analytics/churn-models": Noun(
        make=make_model,
        filters={"current": lambda item, value: item["is_current"] or value == "false"},
        values={"current": lambda _: ["true"]},
    ),
    "/campaigns": Noun(make=make_campaign),
    "/campaigns/{campaign_id}/messages": Noun(
        make=make_message_of_campaign,
        prepare=lambda world: world.parents.update(campaign_id=make_campaign(world, 0)),
    ),
    "/audit-log": Noun(
        make=make_audit_entry,
        filters={
            "from": lambda item, value: item["at"][:10] >= value,
            "to": lambda item, value: item["at"][:10] <= value,
        },
        values=dict.fromkeys(("from", "to"), lambda _: ["2026-11-15", "2026-11-16"]),
    ),
    "/imports": Noun(make=make_import),
    "/jobs": Noun(make=make_job),
}
