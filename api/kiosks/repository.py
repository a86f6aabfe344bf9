from collections.abc import Sequence

from sqlalchemy import func, select

from api.kiosks.errors import KioskNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.models import Gym, Kiosk
from db.session import GymSession
from db.types import GymId


def enter_gym_of(session: GymSession, key_hash: str) -> tuple[Kiosk, Gym] | None:
    """Find the kiosk of a key, and enter its gym."""
    gym_id = session.scalar(select(func.gym_of_kiosk_key(key_hash)))
    if gym_id is None:
        return None
    session.enter_gym(GymId(gym_id))
    found = session.execute(
        select(Kiosk, Gym)
        .join(Gym, Gym.gym_id == Kiosk.gym_id)
        .where(Kiosk.in_gym(gym_id), Kiosk.key_hash == key_hash)
    ).one_or_none()
    return None if found is None else (found.Kiosk, found.Gym)


class KioskRepository(Repository[Kiosk]):
    """Devices of one gym."""

    model = Kiosk
    not_found = KioskNotFound

    def list_page(
        self, page: PageRequest, *, location_id: int | None
    ) -> tuple[Sequence[Kiosk], int]:
        where = [] if location_id is None else [Kiosk.location_id == location_id]
        return self.paginate(page, *where, order=(Kiosk.name, Kiosk.kiosk_id))
