from api.kit.errors import Conflict, NotFoundInGym
from core.translation import mark, t


class ImportNotFound(NotFoundInGym):
    code, title = "import_not_found", "No such import"
    sentence = mark("This gym has no import {key}.")


class ImportRunning(Conflict):
    code, title = "import_running", "Another import is running"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Another import of your gym is running. Nothing was changed; try again"
                " when it is done."
            ),
            headers={"Retry-After": "10"},
        )


class MembersChanged(Conflict):
    code, title = "members_changed", "Somebody changed the same members"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Somebody changed the same members at the same moment. Nothing was"
                " changed; try again."
            )
        )
