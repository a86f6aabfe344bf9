"""Devices at doors. Each has a key of its own, and can do nothing but send a code that it read."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from api.auth.attempts import Attempts
from api.check_ins import entries
from api.check_ins.door_codes import service as door_codes
from api.kiosks.errors import KioskKeyRefused
from api.kiosks.repository import KioskRepository, enter_gym_of
from api.kiosks.schemas import (
    KioskCreate,
    KioskCreated,
    KioskEntry,
    KioskItem,
    KioskScanRequest,
)
from api.kit.errors import GymSuspended
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.settings import Settings
from api.locations.repository import LocationRepository
from db.models import Gym, Kiosk
from db.session import GymSession

MAX_KEY_LENGTH = 200


@dataclass(frozen=True)
class KioskCaller:
    kiosk: Kiosk
    gym: Gym


def create(session: Session, caller: Principal, data: KioskCreate) -> KioskCreated:
    """Raises `LocationNotFound`."""
    LocationRepository(session, caller.gym_id).get_or_refuse(data.location_id)
    key = f"cbk_{secrets.token_urlsafe(32)}"
    kiosk = Kiosk(gym_id=caller.gym_id, key_hash=_hash(key), **data.model_dump())
    KioskRepository(session, caller.gym_id).add(kiosk)
    session.refresh(kiosk)
    return KioskCreated(**_to_item(kiosk).model_dump(), key=key)


def delete(session: Session, caller: Principal, kiosk_id: int) -> None:
    """Its key opens nothing from now on."""
    kiosks = KioskRepository(session, caller.gym_id)
    kiosks.delete(kiosks.get_or_refuse(kiosk_id))


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, location_id: int | None
) -> Page[KioskItem]:
    rows, total = KioskRepository(session, caller.gym_id).list_page(page, location_id=location_id)
    return Page[KioskItem].of([_to_item(row) for row in rows], total, page)


def sign_in(
    session: GymSession, attempts: Attempts, key: str | None, *, address: str | None
) -> KioskCaller:
    """Enter the gym of the kiosk that has this key. Raises `KioskKeyRefused` and `GymSuspended`."""
    with attempts.attempt(attempts.of_address("kiosk key", address)):
        found = None
        if key and len(key) <= MAX_KEY_LENGTH:
            found = enter_gym_of(session, _hash(key))
        if found is None:
            raise KioskKeyRefused
    kiosk, gym = found
    if gym.suspended_at is not None:
        raise GymSuspended(gym.suspended_reason or "")
    return KioskCaller(kiosk, gym)


def enter(
    session: GymSession,
    attempts: Attempts,
    caller: KioskCaller,
    data: KioskScanRequest,
    settings: Settings,
    *,
    now: datetime,
) -> KioskEntry:
    """Raises `DoorCodeRefused` and what `entries.enter` raises. Codes that cannot be read or are
    nobody's count, so that none are tried out at a door."""
    gym = caller.gym
    with attempts.attempt(attempts.of_device("door code", caller.kiosk.kiosk_id)):
        code = door_codes.read(data.code, gym.gym_id, settings.known_secrets, now=now)
    entry = entries.enter_at_kiosk(session, gym, code, caller.kiosk.location_id, now=now)
    return KioskEntry(
        check_in_id=entry.check_in_id, member_name=entry.member_name, check_in=entry.check_in
    )


def _hash(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _to_item(kiosk: Kiosk) -> KioskItem:
    return KioskItem.model_validate(kiosk)
