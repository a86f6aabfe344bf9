from api.kit.errors import Conflict
from core.translation import t


class NameDiffers(Conflict):
    code, title = "name_differs", "That is not their name"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Erasing cannot be undone, so their name must be typed as it stands on their page."
                " Nothing was changed."
            )
        )
