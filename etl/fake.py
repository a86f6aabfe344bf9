"""Made-up people: names by Faker, and contacts that do not exist."""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from faker import Faker

from etl.behaviour import MemberDraws
from etl.demo_gyms import GymProfile
from etl.hashed_random import Draw, Ints, choose, derive_keys, draw, draw_normal, make_key

MAIL_DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved by RFC 2606: no mail to a demo member can be delivered."""

GENDERS = ("female", "male", "other", None)


@dataclass(frozen=True)
class Person:
    """A member as entered in the sign-up form. Days are counted from 1970."""

    number: str
    name: str
    email: str | None
    phone: str | None
    birth_day: int
    gender: str | None
    coach: int | None
    email_consent: str


@dataclass(frozen=True)
class _Names:
    female: tuple[str, ...]
    male: tuple[str, ...]
    last: tuple[str, ...]


@cache
def _read_names(locale: str) -> _Names:
    """Names of a country. Drawn once from Faker and then looked up: a hundredfold faster."""
    faker = Faker(locale)
    faker.seed_instance(1)
    return _Names(
        tuple(faker.first_name_female() for _ in range(600)),
        tuple(faker.first_name_male() for _ in range(600)),
        tuple(faker.last_name() for _ in range(1500)),
    )


def make_people(profile: GymProfile, seed: int, drawn: MemberDraws) -> list[Person]:
    """Names, contacts and consent of some members, always the same for the same number."""
    names = _read_names(profile.locale)
    # Not the keys of behaviour: changing how people look must not change how they live.
    keys = derive_keys(make_key(seed, profile.key, "people"), drawn.index)
    gender = choose(draw(keys, Draw.GENDER), [profile.female, 0.97 - profile.female, 0.015, 0.015])
    first = draw(keys, Draw.FIRST_NAME)
    last = draw(keys, Draw.LAST_NAME)
    age = np.clip(profile.mean_age + 12 * draw_normal(keys, Draw.BIRTH), 16, 84)
    birth_days: Ints = drawn.join_days - (age * 365.25).astype(np.int64)
    contact = [draw(keys, Draw.CONTACT, number) for number in range(5)]
    consent = draw(keys, Draw.CONSENT)
    coach = draw(keys, Draw.TRAINER)
    people = []
    for position, index in enumerate(drawn.index.tolist()):
        is_female = gender[position] == 0 or (gender[position] > 1 and index % 2 == 0)
        given = names.female if is_female else names.male
        first_name = given[int(first[position] * len(given))]
        last_name = names.last[int(last[position] * len(names.last))]
        domain = MAIL_DOMAINS[int(contact[1][position] * 3)]
        email: str | None = f"{_fold(first_name)}.{_fold(last_name)}{index + 1}@{domain}"
        if contact[0][position] < 0.035:
            email = None
        digits = int(contact[3][position] * _count_phones(profile))
        people.append(
            Person(
                number=f"{index + 1:05d}",
                name=f"{first_name} {last_name}",
                email=email,
                phone=profile.phone_format.format(digits) if contact[2][position] < 0.9 else None,
                birth_day=int(birth_days[position]),
                gender=GENDERS[int(gender[position])],
                coach=_choose_coach(profile, float(coach[position])),
                email_consent=_choose_consent(email, float(consent[position])),
            )
        )
    return people


def _choose_coach(profile: GymProfile, chance: float) -> int | None:
    if chance >= profile.has_coach:
        return None
    return int(chance / profile.has_coach * len(profile.coaches))


def _choose_consent(email: str | None, chance: float) -> str:
    if email is None:
        return "unknown"
    return "given" if chance < 0.87 else "refused" if chance < 0.93 else "unknown"


def _count_phones(profile: GymProfile) -> int:
    """Fictitious numbers set aside for films and examples, by the width of the format."""
    return 100 if "02d" in profile.phone_format else 1000


def _fold(name: str) -> str:
    """A name in the letters of a mail address."""
    for letter, spelled in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        name = name.lower().replace(letter, spelled)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalnum())
