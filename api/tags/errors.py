from api.kit.errors import NotFoundInGym, Taken
from core.translation import mark


class TagNotFound(NotFoundInGym):
    code, title = "tag_not_found", "No such tag"
    sentence = mark("This gym has no tag {key}.")


class TagTaken(Taken):
    code, title, field = "tag_taken", "The tag is there already", "name"
    sentence = mark("This gym already has the tag '{value}'.")
