"""A gym's logo, and what its mails and papers carry."""

from sqlalchemy.orm import Session

from api.files import service as files_service
from api.files.errors import NoPicture
from api.files.repository import FileRepository
from api.files.upload import SentFile
from api.kit.pictures import PictureFormat, is_drawable
from api.kit.principal import Principal
from api.organizations.repository import OrganizationRepository
from core.branding import PLATFORM, Brand, read_colour
from db.models import File, FileKind, Gym

LOGO = FileKind.GYM_LOGO
LONGEST_LOGO = 320
"""Pixels. It goes with every mail, where it is shown half as large."""


def read_logo(session: Session, caller: Principal) -> tuple[File, bytes]:
    """Raises `NoPicture`."""
    found = _find_logo(session, caller.gym)
    if found is None:
        raise NoPicture(caller.gym.name)
    return found


def put_logo(session: Session, caller: Principal, sent: SentFile) -> None:
    """Raises `PictureRefused`."""
    OrganizationRepository(session, caller.gym_id).lock()  # two at once take turns
    files_service.put(
        session,
        caller,
        LOGO,
        None,
        sent,
        longest=LONGEST_LOGO,
        into=PictureFormat.PNG,
        on_white=True,
    )


def delete_logo(session: Session, caller: Principal) -> None:
    """Raises `NoPicture`."""
    files = FileRepository(session, caller.gym_id)
    logo = files.find(LOGO, None)
    if logo is None:
        raise NoPicture(caller.gym.name)
    files.delete(logo)


def find_logo_id(session: Session, gym: Gym) -> int | None:
    """Another one for each logo that is put."""
    logo = FileRepository(session, gym.gym_id).find(LOGO, None)
    return None if logo is None else logo.file_id


def read_brand(session: Session, gym: Gym) -> Brand | None:
    """None for a gym that chose neither a colour nor a logo."""
    found = _find_logo(session, gym)
    if found is None and gym.brand_colour is None:
        return None
    colour = PLATFORM if gym.brand_colour is None else read_colour(gym.brand_colour)
    return Brand(gym.name, colour, logo=None if found is None else found[1])


def _find_logo(session: Session, gym: Gym) -> tuple[File, bytes] | None:
    """One that cannot be drawn is none: what an archive brought in may be anything, and no mail
    and no paper may fail by it."""
    files = FileRepository(session, gym.gym_id)
    logo = files.find(LOGO, None)
    content = b"" if logo is None else files.find_content(logo) or b""
    if logo is None or not is_drawable(content, PictureFormat.PNG, longest=LONGEST_LOGO):
        return None
    return logo, content
