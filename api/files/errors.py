from api.kit.errors import Conflict, Invalid, NotFoundInGym
from core.translation import mark, t


class FileNotFound(NotFoundInGym):
    code, title = "file_not_found", "No such file"
    sentence = mark("There is no file {key} here.")


class NoPicture(NotFoundInGym):
    code, title = "no_picture", "There is no picture"
    sentence = mark("{key} has no picture.")


class DocumentRefused(Invalid):
    code, title = "document_refused", "The document cannot be used"

    def __init__(self) -> None:
        super().__init__(t("Send a PDF, or a picture as JPEG, PNG or WebP."))


class TooManyFiles(Conflict):
    code, title = "too_many_files", "Too many files"

    def __init__(self, most: int) -> None:
        super().__init__(t("There are {most} files already. Delete one first.", most=most))
