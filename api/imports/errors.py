from api.kit.errors import Invalid
from core.importing import FileProblem


class FileRefused(Invalid):
    """`errors` has one entry with the problem's own code, and the columns to choose from."""

    code, title = "file_refused", "The file cannot be used"

    def __init__(self, problem: FileProblem) -> None:
        error: dict[str, object] = {"field": "file", "code": problem.code, "message": problem.text}
        if problem.columns:
            error |= {"field": "mapping", "columns": list(problem.columns)}
        super().__init__(problem.text, errors=[error])
