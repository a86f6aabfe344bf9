"""A gym in which calls can succeed: rows in every table, people of every role, secrets that are
good, and by the API's names, what a call may say of them."""

import base64
import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from api.auth.refresh_tokens import issue_refresh_token
from api.auth.second_factor.codes import place_of_secret
from api.auth.sessions import open_session
from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.sealing import Seal
from api.kit.settings import Settings
from api.providers.email.links import hash_link_token
from core.door_codes import DoorCode, find_step
from db.member_facts import write_freely
from db.models import (
    AddressConfirmation,
    Base,
    Campaign,
    Channel,
    CheckIn,
    DashboardSession,
    File,
    FileContent,
    FileKind,
    Gym,
    Household,
    HouseholdMember,
    Invitation,
    Kiosk,
    Location,
    Member,
    MemberAccount,
    MemberMerge,
    MemberNote,
    Membership,
    MembershipEvent,
    MembershipEventKind,
    MembershipFreeze,
    MembershipTerm,
    Notification,
    NotificationState,
    PasswordReset,
    PlanPrice,
    PriceRule,
    Promotion,
    RefreshToken,
    Role,
    SecondFactor,
    Standing,
    User,
)
from db.session import GymSession, session_scope
from db.stats.member_changes import changing_members
from db.types import GymId
from tests.factories.every_table import fill_every_table
from tests.factories.gyms import PASSWORD, confirm_address, create_user, hash_of_password
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
)
from tests.fixtures.api import NOON, SECRET_KEY

MEMBERS = 8
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
)
"""One red pixel."""
FOREIGN_SHARE = 0.15
TODAY = NOON.date()
_MEMBERSHIP = "POST /api/v1/memberships/{membership_id}"
NOTE = "/api/v1/members/{member_id}/notes/{note_id}"
OWN_MEMBERSHIP = "/api/v1/me/memberships/{membership_id}"
OWN_MOVES = ("freeze", "unfreeze", "cancel", "withdraw-cancellation")
JSON, FILE = "application/json", "multipart/form-data"
MAIL = {"subject": "We miss you", "body": "See you?"}
BODIES: dict[str, list[Any]] = {
    f"POST /api/v1/auth/register {JSON}": [
        {"name": "River", "username": "river", "email": "r@example.com", "password": PASSWORD}
    ],
    f"POST /api/v1/auth/login {JSON}": [
        {"email": "", "password": ""},
        {"username": "", "password": ""},
    ],
    f"POST /api/v1/auth/session {JSON}": [{"username": "", "password": ""}],
    f"POST /api/v1/auth/refresh {JSON}": [{"refresh_token": ""}],
    f"POST /api/v1/auth/password/forgot {JSON}": [{"login": "nobody@example.com"}],
    f"POST /api/v1/auth/password/reset {JSON}": [{"token": "", "new_password": PASSWORD}],
    f"POST /api/v1/auth/second-factor {JSON}": [{"current_password": ""}],
    f"POST /api/v1/auth/second-factor/confirm {JSON}": [{"code": ""}],
    f"POST /api/v1/auth/second-factor/disable {JSON}": [{"current_password": "", "code": ""}],
    f"POST /api/v1/auth/password {JSON}": [{"current_password": "", "new_password": ""}],
    f"POST /api/v1/organizations {JSON}": [
        {"name": "River", "username": "river2", "email": "r2@example.com", "timezone": "UTC"}
    ],
    f"POST /api/v1/organizations/{{gym_id}}/suspend {JSON}": [{"reason": "The bill is open"}],
    f"PATCH /api/v1/team/{{user_id}} {JSON}": [{}, {"name": "Rita"}],
    f"POST /api/v1/team/hand-over {JSON}": [{"user_id": 1, "current_password": "wrong"}],
    f"POST /api/v1/invitations {JSON}": [
        {"email": "new@example.com", "role": "trainer"},
        {"email": "mia@example.com", "role": "member", "member_id": 1},
    ],
    f"POST /api/v1/invitations/preview {JSON}": [{"token": ""}],
    f"POST /api/v1/invitations/accept {JSON}": [
        {"token": "", "name": "Rita", "password": PASSWORD}
    ],
    f"POST /api/v1/members {JSON}": [{"name": "Mia"}, {"name": "Mia", "plan_id": 1}],
    f"POST /api/v1/member-merges {JSON}": [{"member_id": 1, "into_id": 2}],
    f"POST /api/v1/member-merges/preview {JSON}": [{"member_id": 1, "into_id": 2}],
    f"POST /api/v1/members/lookup {JSON}": [{"number": "1"}],
    f"POST /api/v1/members/{{member_id}}/erase {JSON}": [{"name": "Alike"}],
    f"POST /api/v1/membership-plans {JSON}": [
        {"name": "Gold", "duration_months": 12, "price": 480},
        {
            "name": "Day",
            "kind": "day_pass",
            "duration_days": 1,
            "price": 0.5,
            "features": ["Sauna"],
        },
        {"name": "Ten", "kind": "pack", "duration_months": 6, "visits": 10, "price": 90},
    ],
    f"POST /api/v1/locations {JSON}": [{"name": "Annex", "capacity": 40}],
    f"PUT /api/v1/membership-plans/{{plan_id}}/access {JSON}": [
        {"hours": [], "location_ids": [1]},
        {"hours": [{"weekday": 0, "opens": "06:00", "closes": "16:00"}], "location_ids": []},
    ],
    f"PUT /api/v1/locations/{{location_id}}/opening-hours {JSON}": [
        {"opening_hours": [{"weekday": 0, "opens": "06:00", "closes": "22:00"}]}
    ],
    f"POST /api/v1/locations/closures {JSON}": [
        {"starts_on": "2026-12-24", "ends_on": "2026-12-26"}
    ],
    f"POST /api/v1/memberships {JSON}": [
        {"member_id": 1, "plan_id": 1, "starts_on": "2020-01-01", "ends_on": "2020-01-31"}
    ],
    f"POST /api/v1/membership-plans/{{plan_id}}/prices {JSON}": [
        {"starts_on": "2027-01-01", "price": 500}
    ],
    f"POST /api/v1/membership-plans/{{plan_id}}/price-rules {JSON}": [
        {"name": "Young", "percent_off": 20, "max_age": 25},
        {"name": "January", "price": 9, "joins_from": "2027-01-01", "joins_until": "2027-01-31"},
    ],
    f"POST /api/v1/promotions {JSON}": [
        {"code": "SPRING", "name": "Spring", "percent_off": 50},
        {"code": "TEN", "name": "Ten", "amount_off": 10, "terms": 3, "plan_ids": [1]},
    ],
    f"PATCH /api/v1/promotions/{{promotion_id}} {JSON}": [{"name": "Summer"}, {"terms": 2}],
    f"{_MEMBERSHIP}/unfreeze {JSON}": [{}],
    f"{_MEMBERSHIP}/renew {JSON}": [{"term": 2}],
    f"{_MEMBERSHIP}/withdraw-cancellation {JSON}": [{}],
    f"POST {OWN_MEMBERSHIP}/freeze {JSON}": [{"ends_on": "2026-12-01"}],
    f"POST {OWN_MEMBERSHIP}/unfreeze {JSON}": [{}],
    f"POST {OWN_MEMBERSHIP}/cancel {JSON}": [{"reason": "moving"}],
    f"POST {OWN_MEMBERSHIP}/withdraw-cancellation {JSON}": [{}],
    f"PATCH {NOTE} {JSON}": [{"text": "Trains for October"}],
    f"POST /api/v1/check-ins {JSON}": [{"member_id": 1, "check_in": "2026-10-01T10:00:00"}],
    f"POST /api/v1/check-ins/scan {JSON}": [{"code": ""}],
    f"POST /api/v1/kiosk/check-ins {JSON}": [{"code": ""}],
    f"POST /api/v1/kiosks {JSON}": [{"name": "Front door", "location_id": 1}],
    f"POST /api/v1/check-ins/bulk {JSON}": [
        {"check_ins": [{"member_id": 1, "check_in": "2026-10-01T10:00:00"}]}
    ],
    f"POST /api/v1/check-ins/bulk {FILE}": [{"file": b""}],
    f"PUT /api/v1/members/{{member_id}}/photo {FILE}": [{"file": b""}],
    f"POST /api/v1/members/{{member_id}}/documents {FILE}": [{"file": b""}],
    f"POST /api/v1/imports {FILE}": [
        {"kind": "members", "file": b"", "dry_run": True},
        {"kind": "visits", "file": b""},
    ],
    f"POST /api/v1/attendance-reports {JSON}": [{"day": "2026-11-17"}],
    f"POST /api/v1/campaigns/preview {JSON}": [{**MAIL, "member_ids": [1]}],
    f"POST /api/v1/campaigns {JSON}": [{**MAIL, "member_ids": [1]}, {**MAIL, "filter": {}}],
    f"POST /api/v1/campaigns/{{campaign_id}}/retry {JSON}": [{}, {"message_ids": [1]}],
    f"POST /aluno/registro {JSON}": [{"nome": "Mia"}],
    f"POST /aluno/checkin {JSON}": [{"aluno_id": 1}],
}
"""Bodies that are taken once what exists stands in them: see `World.choose`."""
PORTUGUESE = {"id": "member_id", "aluno_id": "member_id", "plano_id": "plan_id"}
BY_KIOSK = {"/api/v1/kiosk/check-ins"}
KIOSK_KEY = "cbk_of-the-world-"
"""With the gym's number behind it."""
BY_SESSION = {"/api/v1/auth/token", "/api/v1/auth/session/revoke"}
"""Routes that ask for the dashboard's session instead of an access token."""


@dataclass(frozen=True)
class Canaries:
    """Another gym with a row in every table, of which nothing may ever be answered."""

    mark: str
    """Stands in each of its texts."""
    keys: dict[str, list[Any]]


@dataclass
class World:
    gym_id: int
    users: dict[Role, int]
    known: dict[str, list[Any]]
    """What exists, by the name of a path's part, of a query parameter or of a body's field."""
    sessions: sessionmaker[GymSession]
    canaries: Canaries
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def sign_in(self, role: Role | None, path: str) -> dict[str, str]:
        """The header for a call; made for each, since a call may end all that were given before."""
        if role is None:
            return {}
        if path in BY_KIOSK:
            return {"Kiosk-Key": f"{KIOSK_KEY}{self.gym_id}"}
        with session_scope(self.sessions) as session:
            user = session.get_one(User, self.users[role])
            if path in BY_SESSION:
                token = open_session(session, user, now=NOON)
            else:
                claims = AccessClaims(user.user_id, user.gym_id, user.token_version)
                token = issue_access_token(claims, SECRET_KEY, now=NOON)
        return {"Authorization": f"Bearer {token}"}

    def choose(self, path: str, name: str, generated: Any, *, share: float = 0.75) -> Any:
        """Mostly something that exists, where that is of the kind of what was generated; now and
        then what exists in the other gym."""
        known = self.known.get(f"{path} {name}", self.known.get(name, []))
        if share < 1 and name in self.canaries.keys and self.chance.random() < FOREIGN_SHARE:
            known = self.canaries.keys[name]
        fitting = [one for one in known if isinstance(generated, type(one))]
        return (
            self.chance.choice(fitting) if fitting and self.chance.random() < share else generated
        )

    def choose_body(self, operation: str, media_type: str | None) -> Any:
        """Every second time a body that the operation takes, as far as one is known."""
        bodies = self.known.get(f"{operation} {media_type}", [])
        return self.chance.choice(bodies) if bodies and self.chance.random() < 0.5 else None


def turn_second_factor_on(world: World) -> None:
    with session_scope(world.sessions) as session:
        session.get_one(SecondFactor, world.users[Role.OWNER]).confirmed_at = NOON


def plan_prices_to_come(world: World) -> None:
    """Several, since each can be withdrawn once."""
    with session_scope(world.sessions) as session:
        plan = create_plan(session, gym=session.get_one(Gym, world.gym_id))
        prices = [
            PlanPrice(
                gym_id=world.gym_id,
                plan_id=plan.plan_id,
                starts_on=TODAY + timedelta(days=30 * number),
                price=Decimal(500),
            )
            for number in range(1, 9)
        ]
        session.add_all(prices)
        session.flush()
        world.known["plan_id"] = [plan.plan_id]
        world.known["price_id"] = [price.price_id for price in prices]


def price_rules_to_delete(world: World) -> None:
    """Several, since each can be deleted once."""
    with session_scope(world.sessions) as session:
        plan = create_plan(session, gym=session.get_one(Gym, world.gym_id))
        rules = [
            PriceRule(
                gym_id=world.gym_id,
                plan_id=plan.plan_id,
                name=f"Rule {number}",
                percent_off=10,
                max_age=25,
            )
            for number in range(8)
        ]
        session.add_all(rules)
        session.flush()
        world.known["plan_id"] = [plan.plan_id]
        world.known["rule_id"] = [rule.rule_id for rule in rules]


def household_of_many(world: World) -> None:
    """Each of it can be taken out once, but for who pays."""
    with session_scope(world.sessions) as session:
        gym = session.get_one(Gym, world.gym_id)
        household = Household(gym_id=world.gym_id)
        session.add(household)
        session.flush()
        people = [create_member(session, gym=gym) for _ in range(8)]
        session.add_all(
            HouseholdMember(
                gym_id=world.gym_id,
                household_id=household.household_id,
                member_id=person.member_id,
                is_payer=person is people[0],
            )
            for person in people
        )
        world.known["household_id"] = [household.household_id]
        world.known["member_id"] = [person.member_id for person in people[1:]]


def freeze_all(world: World) -> None:
    with changing_memberships(world) as (session, rows):
        session.add_all(
            MembershipFreeze(
                gym_id=row.gym_id,
                membership_id=row.membership_id,
                member_id=row.member_id,
                starts_on=TODAY,
                ends_on=TODAY + timedelta(days=20),
            )
            for row in rows
        )


def give_terms(world: World) -> None:
    with changing_memberships(world) as (session, rows):
        for row in rows:
            row.months = 12
            row.starts_on, row.paid_until = TODAY, TODAY + timedelta(days=364)
            row.ends_on = row.paid_until
            session.add(
                MembershipTerm(
                    gym_id=row.gym_id,
                    membership_id=row.membership_id,
                    term=1,
                    price=48_000,
                    renewed_on=TODAY,
                )
            )


def give_notice(world: World) -> None:
    """As their members did: nobody takes the gym's notice back but the gym."""
    with changing_memberships(world) as (session, rows):
        for row in rows:
            row.cancelled_on = TODAY
            row.last_day = row.ends_on = TODAY + timedelta(days=30)
            session.add(
                MembershipEvent(
                    gym_id=row.gym_id,
                    membership_id=row.membership_id,
                    kind=MembershipEventKind.CANCELLED,
                    happened_at=NOON,
                    user_id=world.users[Role.MEMBER],
                )
            )


@contextmanager
def changing_memberships(world: World) -> Iterator[tuple[GymSession, Sequence[Membership]]]:
    """Of the members whom the world has made: `fill_every_table` has filled in all columns of its
    own."""
    with session_scope(world.sessions) as session:
        write_freely(session)
        ids = world.known["membership_id"] = world.known["membership_id"][1:]
        rows = session.scalars(
            select(Membership).where(
                Membership.gym_id == world.gym_id, Membership.membership_id.in_(ids)
            )
        )
        yield session, rows.all()


PREPARED = {
    "DELETE /api/v1/households/{household_id}/members/{member_id}": household_of_many,
    "POST /api/v1/auth/second-factor/disable": turn_second_factor_on,
    "DELETE /api/v1/membership-plans/{plan_id}/prices/{price_id}": plan_prices_to_come,
    "DELETE /api/v1/membership-plans/{plan_id}/price-rules/{rule_id}": price_rules_to_delete,
    f"{_MEMBERSHIP}/unfreeze": freeze_all,
    f"{_MEMBERSHIP}/renew": give_terms,
    f"{_MEMBERSHIP}/withdraw-cancellation": give_notice,
    f"POST {OWN_MEMBERSHIP}/unfreeze": freeze_all,
    f"POST {OWN_MEMBERSHIP}/withdraw-cancellation": give_notice,
}
"""What must be true before an operation can succeed, where it would stand in another one's way."""


def make_canaries(sessions: sessionmaker[GymSession]) -> Canaries:
    mark = f"canary{secrets.token_hex(6)}"
    with session_scope(sessions) as session:
        rows = fill_every_table(session.connection(), mark)
    keys = _name_rows(rows)
    return Canaries(mark, keys | {word: keys[name] for word, name in PORTUGUESE.items()})


def make_world(sessions: sessionmaker[GymSession], canaries: Canaries) -> World:
    with session_scope(sessions) as session:
        rows = fill_every_table(session.connection(), f"mark{secrets.token_hex(6)}")
        gym = session.get_one(Gym, rows["gyms"]["gym_id"])
        gym.username = f"owner_{gym.gym_id}"
        gym.hashed_password = hash_of_password()
        confirm_address(session, gym, gym.email)
        users = _add_users(session, gym)
        known = _name_rows(rows)
        _add_locations(session, gym, known)
        _add_promotions(session, gym, known)
        _add_members(session, gym, known, users[Role.MEMBER])
        _add_mail(session, gym, users[Role.OWNER], known)
        _add_secrets(session, gym, users, known)
        return World(gym.gym_id, users, known | BODIES, sessions, canaries)


def _add_users(session: GymSession, gym: Gym) -> dict[Role, int]:
    owner = User(
        gym_id=gym.gym_id,
        role=Role.OWNER,
        name="Ana",
        email=gym.email,
        username=gym.username,
        hashed_password=None,
    )
    session.add(owner)
    session.flush()
    others = {
        role: create_user(session, gym=None if role is Role.SUPER_ADMIN else gym, role=role)
        for role in Role
        if role is not Role.OWNER
    }
    return {role: user.user_id for role, user in {Role.OWNER: owner, **others}.items()}


def _name_rows(rows: Mapping[str, Any]) -> dict[str, list[Any]]:
    known = {}
    for mapper in Base.registry.mappers:
        keys = mapper.primary_key
        if len(keys) == 1:
            name = mapper.get_property_by_column(keys[0]).key
            known[name] = [rows[mapper.local_table.name][keys[0].name]]
    return known


def _add_locations(session: GymSession, gym: Gym, known: dict[str, list[Any]]) -> None:
    """Some that nothing refers to, so that they can be deleted."""
    spare = [Location(gym_id=gym.gym_id, name=f"Hall {number}") for number in range(4)]
    session.add_all(spare)
    session.flush()
    known["location_id"] += [location.location_id for location in spare]


def _add_promotions(session: GymSession, gym: Gym, known: dict[str, list[Any]]) -> None:
    """Some that nobody has used, so that they can be deleted."""
    spare = [
        Promotion(gym_id=gym.gym_id, code=f"CODE{number}", name="Spare", percent_off=10)
        for number in range(8)
    ]
    session.add_all(spare)
    session.flush()
    known["promotion_id"] += [promotion.promotion_id for promotion in spare]


def _add_members(
    session: GymSession, gym: Gym, known: dict[str, list[Any]], account_id: int
) -> None:
    plans = [create_plan(session, gym=gym) for _ in range(2)]
    members: list[Member] = []
    with changing_members(session, gym, [], now=NOON):
        for number in range(MEMBERS):
            member = create_member(session, gym=gym, number=str(number + 1))
            members.append(member)
            membership = create_membership(session, gym=gym, member=member, plan=plans[number % 2])
            known["membership_id"].append(membership.membership_id)
            last = NOON - timedelta(days=20 + number)
            create_regular_visits(session, gym=gym, member=member, last=last, every_days=7, count=8)
        outside = [create_member(session, gym=gym, name="Alike") for _ in range(MEMBERS)]
    known["check_in_id"] += _let_in(session, members)
    me = members[0]
    account = MemberAccount(gym_id=gym.gym_id, member_id=me.member_id, user_id=account_id)
    session.add(account)
    for what in OWN_MOVES:
        known[f"{OWN_MEMBERSHIP}/{what} membership_id"] = known["membership_id"][1:2]
    known[f"{NOTE} member_id"] = [members[0].member_id]
    known[f"{NOTE} note_id"] = _add_notes(session, members[0])
    known["member_id"] += [member.member_id for member in (*members, *outside)]
    codes = [
        DoorCode(gym.gym_id, member.member_id, 1, find_step(NOON)).write(SECRET_KEY)
        for member in outside
    ]
    known["/api/v1/check-ins/scan code"] = codes[::2]
    known["/api/v1/kiosk/check-ins code"] = codes[1::2]
    hashed = sha256(f"{KIOSK_KEY}{gym.gym_id}".encode()).hexdigest()
    location_id = known["location_id"][-1]  # the first has closed days
    session.add(Kiosk(gym_id=gym.gym_id, location_id=location_id, name="Door", key_hash=hashed))
    known["plan_id"] += [plan.plan_id for plan in plans]
    known |= {word: known[name] for word, name in PORTUGUESE.items()}
    known["number"] = [member.number for member in members]
    known["timezone"] = ["UTC", "Europe/Lisbon"]
    known["currency"] = ["EUR", "USD"]
    known["kind"] = ["members", "visits"]
    numbers = "/api/v1/members/{member_id}/numbers"
    known[f"{numbers} kind"] = ["card", "barcode"]
    known[f"{numbers}/{{number_id}}/end member_id"] = known["member_id"][:1]
    for path in ("/api/v1/member-merges", "/api/v1/member-merges/preview"):
        known[f"{path} member_id"] = [member.member_id for member in outside[:3]]
        known[f"{path} into_id"] = [member.member_id for member in outside[3:6]]
    known["merge_id"] = [_add_merge(session, outside[6], outside[7], known)]
    photo, documents = "/api/v1/members/{member_id}/photo", "/api/v1/members/{member_id}/documents"
    known["/api/v1/member-merges/distinct member_id"] = known["member_id"][:4]
    known["/api/v1/member-merges/distinct other_id"] = known["member_id"][4:]
    kept_apart = "/api/v1/member-merges/distinct/{member_id}/{other_id}"  # a member and themselves
    known[f"{kept_apart} member_id"] = known[f"{kept_apart} other_id"] = known["member_id"][:1]
    known["payer_id"] = [member.member_id for member in outside]
    known["/api/v1/households/{household_id}/payer member_id"] = known["member_id"][:1]
    known[f"{photo} file"] = [PNG]
    known[f"{documents} file"] = [PNG, b"%PDF-1.4"]
    known[f"{documents}/{{file_id}} member_id"] = known["member_id"][:1]
    known[f"{photo} member_id"] = [_add_photo(session, member, known) for member in members]
    known["/api/v1/organizations/me/logo file"] = [PNG]
    _add_picture(session, members[0].gym_id, FileKind.GYM_LOGO, "image/png", known)
    known["search"] = [members[0].name, members[0].email]
    header = "number,check_in,check_out\n"
    visits = [f"{number},2026-11-1{number}T10:00:00,\n" for number in range(1, 8)]
    known["file"] = [
        (header + "".join(visits)).encode(),
        (header + "1,yesterday,\n").encode(),
        b"number,name,email\n1,Mia,mia@example.com\n2,Tom,not an address\n",
        b"name\nZo\xc3\xab\n",
    ]
    known["day"] = known["from"] = known["to"] = known["de"] = known["ate"] = ["2026-11-18"]
    known["starts_on"] = known["on"] = ["2026-11-18"]
    known["/api/v1/memberships starts_on"] = ["2020-01-01"]
    known["/api/v1/membership-plans/{plan_id}/prices starts_on"] = ["2027-01-01", "2027-02-01"]
    known["check_in"] = known["check_in_time"] = ["2026-11-18T11:00:00", "2026-11-17T10:00:00Z"]
    known["check_out"] = ["2026-11-18T12:00:00", "2026-11-18T11:59:00Z"]


def _let_in(session: GymSession, members: Sequence[Member]) -> list[int]:
    """Visits that go on, of which no figure knows: the members stay at risk."""
    visits = [
        CheckIn(gym_id=one.gym_id, member_id=one.member_id, check_in=NOON - timedelta(hours=1))
        for one in members
    ]
    write_freely(session)
    session.add_all(visits)
    session.flush()
    return [visit.check_in_id for visit in visits]


def _add_notes(session: GymSession, member: Member) -> list[int]:
    notes = [
        MemberNote(gym_id=member.gym_id, member_id=member.member_id, text="Trains for May")
        for _ in range(4)
    ]
    session.add_all(notes)
    session.flush()
    return [note.note_id for note in notes]


def _add_merge(
    session: GymSession, member: Member, into: Member, known: dict[str, list[Any]]
) -> int:
    merge = MemberMerge(
        gym_id=member.gym_id,
        member_id=member.member_id,
        into_id=into.member_id,
        standing=Standing.MEMBER,
        moved={},
        merged_by=known["user_id"][0],
        merged_at=NOON,
    )
    session.add(merge)
    member.standing, member.merged_into = Standing.MERGED, into.member_id
    session.flush()
    return merge.merge_id


def _add_photo(session: GymSession, member: Member, known: dict[str, list[Any]]) -> int:
    of = {"member_id": member.member_id}
    _add_picture(session, member.gym_id, FileKind.MEMBER_PHOTO, "image/webp", known, **of)
    return member.member_id


def _add_picture(
    session: GymSession,
    gym_id: int,
    kind: FileKind,
    content_type: str,
    known: dict[str, list[Any]],
    **of: int,
) -> None:
    picture = File(
        gym_id=gym_id,
        kind=kind,
        name="picture.png",
        content_type=content_type,
        size=len(PNG),
        sha256="0",
        uploaded_by=known["user_id"][0],
        **of,
    )
    session.add(picture)
    session.flush()
    session.add(FileContent(gym_id=gym_id, file_id=picture.file_id, content=PNG))


def _add_mail(session: GymSession, gym: Gym, owner_id: int, known: dict[str, list[Any]]) -> None:
    campaign = Campaign(
        gym_id=gym.gym_id,
        created_by=owner_id,
        name="We miss you",
        subject="We miss you",
        body="See you?",
        audience={},
    )
    session.add(campaign)
    session.flush()
    written = select(Member).where(Member.gym_id == gym.gym_id, Member.number.is_not(None))
    members = session.scalars(written).all()
    tokens = [secrets.token_urlsafe(32) for _ in members]
    messages = [
        Notification(
            gym_id=gym.gym_id,
            campaign_id=campaign.campaign_id,
            member_id=member.member_id,
            kind="campaign",
            channel=Channel.EMAIL,
            recipient=member.email or "x@example.com",
            payload={"subject": "We miss you", "body": "See you?"},
            dedupe_key=f"{campaign.campaign_id}-{member.member_id}",
            provider_id=f"<{secrets.token_hex(16)}@comeback.example>",
            unsubscribe_hash=hash_link_token(token),
            state=NotificationState.FAILED,
            error="The mail server said no.",
            created_at=NOON - timedelta(days=30),
        )
        for member, token in zip(members, tokens, strict=True)
    ]
    session.add_all(messages)
    session.flush()
    known["message_id"] = [message.notification_id for message in messages]
    known["campaign_id"].append(campaign.campaign_id)
    for path in ("/u/{token}", "/u/{token}/again"):
        known[f"{path} token"] = tokens
    known["subject"] = ["We miss you at {{gym}}"]
    known["body"] = ["Hi {{first_name|there}},\n\nsee you?\n\n{{gym}}"]


def _add_secrets(
    session: GymSession, gym: Gym, users: dict[Role, int], known: dict[str, list[Any]]
) -> None:
    session.enter_gym(GymId(gym.gym_id))
    owner = session.get_one(User, users[Role.OWNER])
    known["refresh_token"] = [issue_refresh_token(session, owner, now=NOON) for _ in range(20)]
    for _ in range(20):
        open_session(session, owner, now=NOON)
    known["session_id"] = _list_own(session, DashboardSession.session_id, owner)
    known["refresh_token_id"] = _list_own(session, RefreshToken.refresh_token_id, owner)
    for path in ("login", "login/form", "session"):
        known[f"/api/v1/auth/{path} username"] = [gym.username, gym.email]
        known[f"/api/v1/auth/{path} email"] = [gym.username, gym.email]
        known[f"/api/v1/auth/{path} password"] = [PASSWORD]
    known["current_password"] = [PASSWORD]
    known["new_password"] = ["another long password"]
    token = secrets.token_urlsafe(32)
    session.add(
        AddressConfirmation(
            gym_id=gym.gym_id,
            address=f"new-{gym.gym_id}@example.com",
            token_hash=hash_link_token(token),
            expires_at=NOON + timedelta(days=1),
        )
    )
    known["/confirm/{token} token"] = [token]
    reset = secrets.token_urlsafe(32)
    session.add(
        PasswordReset(
            gym_id=gym.gym_id,
            user_id=owner.user_id,
            token_hash=hash_link_token(reset),
            expires_at=NOON + timedelta(hours=1),
        )
    )
    known["/api/v1/auth/password/reset token"] = [reset]
    secret = pyotp.random_base32()
    factor = SecondFactor(gym_id=gym.gym_id, user_id=owner.user_id)
    seal = Seal.of(Settings.model_construct(secret_key=SECRET_KEY, previous_secret_keys=""))
    factor.sealed_secret = seal.close(secret, place=place_of_secret(factor))
    session.add(factor)  # not confirmed: signing in asks for no code
    known["code"] = [pyotp.TOTP(secret).at(NOON)]
    invited = [secrets.token_urlsafe(32) for _ in range(4)]
    session.add_all(
        Invitation(
            gym_id=gym.gym_id,
            email=f"invited{number}-{gym.gym_id}@example.com",
            role=Role.TRAINER,
            token_hash=hash_link_token(token),
            invited_by=owner.user_id,
            expires_at=NOON + timedelta(days=1),
        )
        for number, token in enumerate(invited)
    )
    for path in ("preview", "accept"):
        known[f"/api/v1/invitations/{path} token"] = invited


def _list_own(session: GymSession, key: Any, user: User) -> list[int]:
    return list(session.scalars(select(key).where(key.class_.user_id == user.user_id)))
