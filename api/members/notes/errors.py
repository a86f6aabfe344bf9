from api.kit.errors import Forbidden, NotFoundInGym
from core.translation import mark, t


class NoteNotFound(NotFoundInGym):
    code, title = "note_not_found", "No such note"
    sentence = mark("This member has no note {key}.")


class NoteOfAnother(Forbidden):
    code, title = "note_of_another", "Somebody else wrote the note"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Somebody else wrote this note. You may change your own; ask the owner or an admin,"
                " or write another note."
            )
        )
