from api.kit.errors import NotFoundInGym


class JobNotFound(NotFoundInGym):
    code, title, noun = "job_not_found", "No such job", "job"
