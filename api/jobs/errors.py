from api.kit.errors import NotFoundInGym
from core.translation import mark


class JobNotFound(NotFoundInGym):
    code, title = "job_not_found", "No such job"
    sentence = mark("This gym has no job {key}.")
