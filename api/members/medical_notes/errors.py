from api.kit.errors import Conflict
from core.translation import t


class CannotBeOpened(Conflict):
    code, title = "medical_notes_sealed", "The notes cannot be opened"

    def __init__(self) -> None:
        super().__init__(
            t(
                "These notes were sealed under a secret that the platform no longer knows. Whoever"
                " runs it adds that secret to PREVIOUS_SECRET_KEYS. Nothing was changed."
            )
        )
