from api.kit.errors import Conflict, NotFoundInGym, Taken
from core.translation import mark, t


class LocationNotFound(NotFoundInGym):
    code, title = "location_not_found", "No such location"
    sentence = mark("This gym has no location {key}.")


class ClosureNotFound(NotFoundInGym):
    code, title = "closure_not_found", "No such closure"
    sentence = mark("This gym has no closure {key}.")


class LocationNameTaken(Taken):
    code, title, field = "location_name_taken", "The name is taken", "name"
    sentence = mark("This gym already has a location called '{value}'.")


class LastLocation(Conflict):
    code, title = "last_location", "The last location"

    def __init__(self) -> None:
        super().__init__(
            t(
                "A gym has at least one location that is in use. Rename this one, or add another"
                " one first."
            )
        )


class LocationUsed(Conflict):
    code, title = "location_used", "The location has been used"

    def __init__(self, name: str) -> None:
        super().__init__(
            t(
                "{name} has been used, and what happened there refers to it. Retire it instead:"
                " it is not offered any more, and its record stays.",
                name=name,
            )
        )
