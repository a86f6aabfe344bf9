"""The demo gyms: what they are called, what they sell and what kind of people train there."""

from dataclasses import dataclass, replace
from decimal import Decimal

from core.money import price_a_year

DEMO_SUPER_ADMIN = "platform@example.com"
"""`has_demo_gyms` of db/functions.sql knows it as well: nobody in production may sign in so."""
DEMO_PASSWORD = "comeback-demo"  # noqa: S105 - printed in the README, refused in production


@dataclass(frozen=True)
class PlanOffer:
    """A plan on sale. `billing_months` is how many months one payment buys."""

    name: str
    duration_months: int
    price: Decimal
    share: float
    billing_months: int = 1
    is_open_ended: bool = False
    description: str = ""

    def yearly_price(self, currency: str) -> int:
        """Minor units."""
        return price_a_year(self.price, self.duration_months, currency)


@dataclass(frozen=True)
class Coach:
    name: str
    specialization: str


@dataclass(frozen=True)
class GymProfile:
    """A gym and its character. `members` is how many it has at a time, active ones only."""

    key: str
    name: str
    owner: str
    email: str
    address: str
    phone: str
    timezone: str
    currency: str
    locale: str
    phone_format: str
    members: int
    plans: tuple[PlanOffer, ...]
    coaches: tuple[Coach, ...]
    habits: dict[str, float]
    opening: tuple[tuple[float, float], ...]
    """Opening and closing hour, Monday first."""
    closed_on: frozenset[tuple[int, int]] = frozenset({(1, 1), (12, 25)})
    rate: float = 1.0
    engaged_scale: float = 900.0
    """Days: the larger, the longer people stay."""
    yearly_joins: float = 0.36
    never_starts: float = 0.045
    check_outs: float = 0.93
    has_coach: float = 0.2
    mean_age: float = 38.0
    female: float = 0.5
    entry: str = "door"


_WEEK = ((6.0, 23.0),) * 5 + ((8.0, 20.0), (9.0, 18.0))

NEIGHBOURHOOD = GymProfile(
    key="admin",
    name="Harbor Lane Fitness",
    owner="Alex Rivera",
    email="admin@example.com",
    address="48 Harbor Lane, Portland, ME 04101",
    phone="(207) 555-0142",
    timezone="America/New_York",
    currency="USD",
    locale="en_US",
    phone_format="(207) 555-01{:02d}",
    members=640,
    plans=(
        PlanOffer(
            "Monthly",
            1,
            Decimal("54.00"),
            0.46,
            is_open_ended=True,
            description="All areas, ends any month with 30 days' notice",
        ),
        PlanOffer("Annual", 12, Decimal("504.00"), 0.30, description="All areas, paid monthly"),
        PlanOffer(
            "Annual prepaid",
            12,
            Decimal("459.00"),
            0.10,
            billing_months=12,
            description="All areas, paid once a year",
        ),
        PlanOffer(
            "Student", 6, Decimal("186.00"), 0.14, description="With a student card, paid monthly"
        ),
    ),
    coaches=(
        Coach("Maya Thompson", "Strength"),
        Coach("Chris Duval", "Running and endurance"),
        Coach("Priya Nair", "Mobility and back care"),
    ),
    habits={
        "after work": 0.34,
        "before work": 0.2,
        "lunch break": 0.08,
        "late evening": 0.1,
        "daytime": 0.1,
        "weekend": 0.09,
        "now and then": 0.09,
    },
    opening=((5.0, 22.0),) * 5 + ((7.0, 19.0), (8.0, 17.0)),
    closed_on=frozenset({(1, 1), (7, 4), (12, 25)}),
)

BOUTIQUE = GymProfile(
    key="studio-linden",
    name="Studio Linden",
    owner="Jana Vogt",
    email="studio.linden@example.com",
    address="Lindenstraße 19, 10969 Berlin",
    phone="030 23125 419",
    timezone="Europe/Berlin",
    currency="EUR",
    locale="de_DE",
    phone_format="030 23125 {:03d}",
    members=180,
    plans=(
        PlanOffer(
            "Unlimited",
            1,
            Decimal("119.00"),
            0.4,
            is_open_ended=True,
            description="Every class, ends any month with 30 days' notice",
        ),
        PlanOffer(
            "Twice a week",
            6,
            Decimal("474.00"),
            0.4,
            description="Two classes a week, paid monthly",
        ),
        PlanOffer(
            "Quarter",
            3,
            Decimal("297.00"),
            0.2,
            billing_months=3,
            description="Three months, paid once",
        ),
    ),
    coaches=(
        Coach("Jana Vogt", "Pilates"),
        Coach("Mirjam Scholz", "Yoga"),
        Coach("Tobias Kern", "Barre and conditioning"),
        Coach("Leyla Aydin", "Prenatal"),
    ),
    habits={
        "after work": 0.36,
        "before work": 0.2,
        "lunch break": 0.14,
        "daytime": 0.16,
        "weekend": 0.1,
        "now and then": 0.04,
    },
    opening=((7.0, 21.5),) * 5 + ((9.0, 15.0), (9.0, 15.0)),
    closed_on=frozenset({(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26)}),
    rate=0.95,
    engaged_scale=900.0,
    yearly_joins=0.46,
    never_starts=0.02,
    check_outs=0.82,
    has_coach=0.7,
    mean_age=41.0,
    female=0.82,
    entry="desk",
)

BIG_BOX = GymProfile(
    key="northgate",
    name="Northgate Fitness Centre",
    owner="Daniel Hughes",
    email="northgate@example.com",
    address="Unit 4, Northgate Retail Park, Leeds LS1 4DY",
    phone="0113 496 0180",
    timezone="Europe/London",
    currency="GBP",
    locale="en_GB",
    phone_format="07700 900{:03d}",
    members=2400,
    plans=(
        PlanOffer(
            "Saver",
            1,
            Decimal("21.99"),
            0.62,
            is_open_ended=True,
            description="Gym floor, ends any month with 30 days' notice",
        ),
        PlanOffer(
            "Plus",
            1,
            Decimal("29.99"),
            0.22,
            is_open_ended=True,
            description="Gym floor, classes and guests",
        ),
        PlanOffer(
            "Twelve for ten",
            12,
            Decimal("219.90"),
            0.16,
            billing_months=12,
            description="Twelve months for the price of ten, paid once",
        ),
    ),
    coaches=(
        Coach("Gareth Lloyd", "Strength"),
        Coach("Aisha Khan", "Group training"),
        Coach("Sophie Barker", "Swimming"),
        Coach("Kwame Asante", "Weight loss"),
        Coach("Ruth Feeney", "Older adults"),
    ),
    habits={
        "after work": 0.31,
        "before work": 0.14,
        "lunch break": 0.06,
        "late evening": 0.16,
        "daytime": 0.1,
        "weekend": 0.11,
        "now and then": 0.12,
    },
    opening=_WEEK,
    rate=0.88,
    engaged_scale=620.0,
    yearly_joins=0.62,
    never_starts=0.08,
    check_outs=0.97,
    has_coach=0.06,
    mean_age=33.0,
    female=0.46,
)

DEMO_GYMS = (NEIGHBOURHOOD, BOUTIQUE, BIG_BOX)
SMALL = {"admin": 60, "studio-linden": 24, "northgate": 150}


def choose_gyms(size: str, members: int | None) -> tuple[GymProfile, ...]:
    """The gyms to seed. `members` makes one gym of that many people, for measuring."""
    if members is not None:
        return (replace(BIG_BOX, members=members),)
    if size == "small":
        return tuple(replace(gym, members=SMALL[gym.key]) for gym in DEMO_GYMS)
    return DEMO_GYMS
