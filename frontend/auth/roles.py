"""The words for what somebody is in a gym."""

from frontend.kit.api_types import Role
from frontend.kit.i18n import mark, t

ROLES: dict[Role, str] = {
    "owner": mark("owner"),
    "admin": mark("admin"),
    "trainer": mark("trainer"),
    "receptionist": mark("receptionist"),
    "member": mark("member"),
    "super_admin": mark("super admin"),
}
STAFF: tuple[Role, ...] = ("owner", "admin", "receptionist", "trainer")
GIVEN: tuple[Role, ...] = ("admin", "receptionist", "trainer")
"""Roles that somebody can be given; a gym's owner is one by handing it over."""


def role_name(role: Role) -> str:
    """As it stands alone, in a table or a choice."""
    return t(ROLES[role]).capitalize()
