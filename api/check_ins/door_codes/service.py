"""The code on a member's phone: handed out, revoked, and used once at a door."""

from collections.abc import Sequence
from datetime import datetime

import segno
from sqlalchemy.orm import Session

from api.check_ins.door_codes.errors import DoorCodeRefused
from api.check_ins.door_codes.repository import DoorCodeRepository
from api.check_ins.door_codes.schemas import DoorCodeItem, DoorCodes
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import Principal
from api.kit.settings import Settings
from api.memberships.errors import MemberNotFound
from core.door_codes import CodeProblem, DoorCode, make_door_codes, read_door_code


def hand_out(
    session: Session, caller: Principal, member_id: int, settings: Settings, *, now: datetime
) -> DoorCodes:
    """Raises `MemberNotFound`, also for a member who asks for somebody else's."""
    codes = DoorCodeRepository(session, caller.gym_id)
    _check_own(codes, caller, member_id)
    version = codes.find_version(member_id)
    if version is None:
        raise MemberNotFound(member_id)
    made = make_door_codes(caller.gym_id, member_id, version, now=now)
    return DoorCodes(codes=[_to_item(code, settings.secret_key) for code in made])


def revoke(session: Session, caller: Principal, member_id: int) -> None:
    """All codes that were handed out so far open nothing any more: a phone was lost."""
    codes = DoorCodeRepository(session, caller.gym_id)
    _check_own(codes, caller, member_id)
    if not codes.raise_version(member_id):
        raise MemberNotFound(member_id)


def read(text: str, gym_id: int, secrets: Sequence[str], *, now: datetime) -> DoorCode:
    """What can be known of a code without the database. Raises `DoorCodeRefused`."""
    code = read_door_code(text, secrets, gym_id=gym_id, now=now)
    if isinstance(code, CodeProblem):
        raise DoorCodeRefused(code)
    return code


def use(session: Session, code: DoorCode, *, now: datetime) -> None:
    """Use a code of the session's gym up, in the transaction of the visit: whoever is refused has
    not used it. Raises `DoorCodeRefused`."""
    codes = DoorCodeRepository(session, code.gym_id)
    if codes.use(code, now=now):
        return
    is_revoked = codes.find_version(code.member_id) != code.version
    raise DoorCodeRefused(CodeProblem.REVOKED if is_revoked else CodeProblem.USED)


def _check_own(codes: DoorCodeRepository, caller: Principal, member_id: int) -> None:
    if not is_allowed(caller.role, Permission.READ_MEMBERS) and not codes.is_own(
        member_id, caller.user_id
    ):
        raise MemberNotFound(member_id)


def _to_item(code: DoorCode, secret: str) -> DoorCodeItem:
    text = code.write(secret)
    # Never a Micro QR code, which many scanners do not read.
    drawn = segno.make_qr(text).svg_inline(scale=5, border=4, light="#fff")
    return DoorCodeItem(code=text, qr_svg=drawn, starts_at=code.starts_at, ends_at=code.ends_at)
