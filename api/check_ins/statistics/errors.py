from api.kit.errors import Invalid
from core.translation import count, t


class PeriodRefused(Invalid):
    code, title = "period_refused", "The period is refused"


def backwards() -> PeriodRefused:
    return PeriodRefused(t("The last day lies before the first one."))


def too_long(days: int) -> PeriodRefused:
    return PeriodRefused(
        count(
            days,
            "A period is at most {n} day long. Ask for a longer one in parts.",
            "A period is at most {n} days long. Ask for a longer one in parts.",
        )
    )
