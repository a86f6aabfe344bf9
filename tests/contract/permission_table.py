"""The documentation's page of rights, as the code has them. `api_types` writes it with the rest of
what follows from the API."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from api.kit.permissions import ROLE_PERMISSIONS, Permission
from db.models import Role
from tests.fixtures.routes import APP, GUARDED, OPERATIONS, Operation

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
ROLES = (
    Role.OWNER,
    Role.ADMIN,
    Role.RECEPTIONIST,
    Role.TRAINER,
    Role.MEMBER,
    Role.SUPER_ADMIN,
)
HEAD = """# Who may do what

<!-- Written by `python -m tests.contract.api_types`; a test fails when it is stale. -->

A role has the permissions of its column, and each route asks for the one that it stands beside.
Without it the answer is 403; a row of another gym is 404 for everybody. Some routes say more:
nobody gives a role above their own, and only the owner hands a gym over.
"""


def render() -> str:
    return "\n".join([HEAD, *_permissions(), "", *_routes(), "", *_public(), ""])


def _permissions() -> Iterator[str]:
    yield "| permission | " + " | ".join(ROLES) + " |"
    yield "| --- |" + " :-: |" * len(ROLES)
    for permission in sorted(Permission):
        may = ("yes" if permission in ROLE_PERMISSIONS[role] else "" for role in ROLES)
        yield f"| `{permission}` | " + " | ".join(may) + " |"


def _routes() -> Iterator[str]:
    asking: dict[str, list[Operation]] = defaultdict(list)
    for operation in GUARDED:
        asking[" and ".join(f"`{one}`" for one in dict.fromkeys(operation.permissions))].append(
            operation
        )
    yield "## Routes\n"
    yield "| permission | routes |"
    yield "| --- | --- |"
    for permission in sorted(asking):
        yield f"| {permission} | {', '.join(map(_say, asking[permission]))} |"


def _public() -> Iterator[str]:
    documented = APP.openapi()["paths"]
    yield "## Without signing in\n"
    yield "Each of them asks for another secret, or has nothing to hide:\n"
    yield (
        ", ".join(
            _say(operation)
            for operation in OPERATIONS
            if operation.is_public and operation.path in documented
        )
        + "."
    )


def _say(operation: Operation) -> str:
    return f"`{operation.method} {operation.path.removeprefix('/api/v1')}`"
