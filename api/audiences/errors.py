from api.kit.errors import NotFoundInGym, Taken
from core.translation import mark


class AudienceNotFound(NotFoundInGym):
    code, title = "audience_not_found", "No such audience"
    sentence = mark("This gym has no audience {key}.")


class AudienceNameTaken(Taken):
    code, title, field = "audience_name_taken", "The name is taken", "name"
    sentence = mark("This gym already has an audience called '{value}'.")
