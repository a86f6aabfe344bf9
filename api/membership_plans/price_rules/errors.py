from api.kit.errors import Invalid, NotFoundInGym
from core.translation import Sentence, mark


class PriceRuleNotFound(NotFoundInGym):
    code, title = "price_rule_not_found", "No such rule"
    sentence = mark("This plan has no price rule {key}.")


class PriceRuleContradictsItself(Invalid):
    code, title = "price_rule_contradicts_itself", "No such rule can be"

    def __init__(self, field: str, message: Sentence) -> None:
        super().__init__(message, errors=[{"field": field, "message": message}])
