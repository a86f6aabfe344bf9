"""Which role may do what. The only such table; whatever is not here is denied."""

from enum import StrEnum, auto

from db.models import Role


class Permission(StrEnum):
    READ_OWN_ACCOUNT = auto()
    READ_LOGO = auto()
    READ_GYM = auto()
    EDIT_GYM = auto()
    READ_MEMBERS = auto()
    EDIT_MEMBERS = auto()
    KEEP_DOCUMENTS = auto()
    EXPORT_MEMBERS = auto()
    ERASE_MEMBERS = auto()
    MERGE_MEMBERS = auto()
    WRITE_NOTES = auto()
    EDIT_ALL_NOTES = auto()
    READ_MEDICAL_NOTES = auto()
    READ_MEDICAL_NOTE_READS = auto()
    READ_PLANS = auto()
    EDIT_PLANS = auto()
    READ_MEMBERSHIPS = auto()
    EDIT_MEMBERSHIPS = auto()
    READ_CHECK_INS = auto()
    RECORD_CHECK_INS = auto()
    OVERRIDE_ACCESS = auto()
    HAND_OUT_DOOR_CODES = auto()
    RECORD_BULK_CHECK_INS = auto()
    TAKE_BACK_EARLIER_CHECK_INS = auto()
    READ_LOCATIONS = auto()
    EDIT_LOCATIONS = auto()
    READ_EQUIPMENT = auto()
    EDIT_EQUIPMENT = auto()
    READ_JOBS = auto()
    READ_REPORTS = auto()
    MAKE_REPORTS = auto()
    READ_ANALYTICS = auto()
    COMPUTE_ANALYTICS = auto()
    READ_CAMPAIGNS = auto()
    SEND_CAMPAIGNS = auto()
    IMPORT_DATA = auto()
    READ_TEAM = auto()
    EDIT_TEAM = auto()
    READ_AUDIT_LOG = auto()
    EXPORT_GYM = auto()
    HAND_OVER_GYM = auto()
    READ_OWN_MEMBERSHIP = auto()
    EDIT_OWN_MEMBERSHIP = auto()
    READ_GYMS = auto()
    EDIT_GYMS = auto()


PLATFORM = frozenset({Permission.READ_GYMS, Permission.EDIT_GYMS})
"""What is done with gyms, and not in one."""
OWN = frozenset({Permission.READ_OWN_MEMBERSHIP, Permission.EDIT_OWN_MEMBERSHIP})
"""What members do for themselves."""
_EVERYTHING = frozenset(Permission) - PLATFORM - OWN
_DESK = frozenset(
    {
        Permission.READ_OWN_ACCOUNT,
        Permission.READ_LOGO,
        Permission.READ_GYM,
        Permission.READ_MEMBERS,
        Permission.EDIT_MEMBERS,
        Permission.KEEP_DOCUMENTS,
        Permission.WRITE_NOTES,
        Permission.READ_PLANS,
        Permission.READ_MEMBERSHIPS,
        Permission.EDIT_MEMBERSHIPS,
        Permission.READ_CHECK_INS,
        Permission.RECORD_CHECK_INS,
        Permission.OVERRIDE_ACCESS,
        Permission.HAND_OUT_DOOR_CODES,
        Permission.RECORD_BULK_CHECK_INS,
        Permission.READ_LOCATIONS,
        Permission.READ_EQUIPMENT,
        Permission.EDIT_EQUIPMENT,
        Permission.READ_JOBS,
        Permission.READ_REPORTS,
    }
)
_FLOOR = frozenset(
    {
        Permission.READ_OWN_ACCOUNT,
        Permission.READ_LOGO,
        Permission.READ_GYM,
        Permission.READ_MEMBERS,
        Permission.WRITE_NOTES,
        Permission.READ_MEDICAL_NOTES,
        Permission.READ_PLANS,
        Permission.READ_CHECK_INS,
        Permission.RECORD_CHECK_INS,
        Permission.READ_LOCATIONS,
        Permission.READ_EQUIPMENT,
        Permission.READ_REPORTS,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SUPER_ADMIN: PLATFORM | {Permission.READ_OWN_ACCOUNT},
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING - {Permission.EXPORT_GYM, Permission.HAND_OVER_GYM},
    Role.TRAINER: _FLOOR,
    Role.RECEPTIONIST: _DESK,
    Role.MEMBER: OWN
    | {Permission.READ_OWN_ACCOUNT, Permission.READ_LOGO, Permission.HAND_OUT_DOOR_CODES},
}

RANKS: dict[Role, int] = {
    Role.OWNER: 3,
    Role.ADMIN: 2,
    Role.RECEPTIONIST: 1,
    Role.TRAINER: 1,
    Role.MEMBER: 0,
}
"""Of the roles in a gym. Nobody gives or takes one that is above their own."""
STAFF = tuple(role for role, rank in RANKS.items() if rank)


def is_allowed(role: Role, permission: Permission) -> bool:
    return permission in ROLE_PERMISSIONS.get(role, frozenset())


def list_roles(permission: Permission) -> list[Role]:
    """The roles that may do this."""
    return [role for role in Role if is_allowed(role, permission)]
