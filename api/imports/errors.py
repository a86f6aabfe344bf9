from api.kit.errors import Conflict, NotFoundInGym


class ImportNotFound(NotFoundInGym):
    code, title, noun = "import_not_found", "No such import", "import"


class ImportRunning(Conflict):
    code, title = "import_running", "Another import is running"

    def __init__(self) -> None:
        super().__init__(
            "Another import of your gym is running. Nothing was changed; try again when it is"
            " done.",
            headers={"Retry-After": "10"},
        )


class MembersChanged(Conflict):
    code, title = "members_changed", "Somebody changed the same members"

    def __init__(self) -> None:
        super().__init__(
            "Somebody changed the same members at the same moment. Nothing was changed; try again."
        )
