"""What can be wrong: with a file as a whole, or with one value in it."""

from collections.abc import Callable

from core.translation import Sentence

Refuse = Callable[[int, str | None, Sentence, dict[str, str]], None]
"""Takes a row that cannot be used: line, field, what to do, and the row as it was read."""


class FileProblem(Exception):
    """Nothing of the file can be used. `code` is for programs, `text` for the gym's owner.

    Where choosing columns by hand would help, `columns` are those of the file.
    """

    def __init__(self, code: str, text: Sentence, columns: tuple[str, ...] = ()) -> None:
        super().__init__(str(text))
        self.code = code
        self.text = text
        self.columns = columns


class ValueProblem(ValueError):
    """One value cannot be read. The text has what was found and what to write instead."""

    def __init__(self, field: str | None, text: Sentence) -> None:
        super().__init__(str(text))
        self.field = field
        self.text = text
