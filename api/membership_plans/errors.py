from api.kit.errors import NotFoundInGym, Taken


class PlanNotFound(NotFoundInGym):
    code, title, noun = "plan_not_found", "No such plan", "membership plan"


class PlanNameTaken(Taken):
    code, title, field = "plan_name_taken", "The name is taken", "name"
    sentence = "This gym already has a plan called {value}; choose another name."
