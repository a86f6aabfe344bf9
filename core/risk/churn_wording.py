"""Reasons of a churn probability as sentences with the member's own numbers: standard library only.

A sentence states facts only: whether they count for or against the member is the sign of the
contribution beside it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import expm1, isnan


class Language(StrEnum):
    ENGLISH = "en"
    PORTUGUESE = "pt"


Numbers = Mapping[str, float | None]


def format_group(group: str, features: Numbers, language: Language = Language.ENGLISH) -> str:
    """Format the facts behind a group of contributions. `features` are those the model read."""
    return _FORMATTERS[language][group](features)


def _number(features: Numbers, name: str) -> float | None:
    """The number whose logarithm a feature is; None where it is not known."""
    value = features[name]
    return None if value is None or isnan(value) else expm1(value)


def _whole(features: Numbers, name: str) -> int:
    return round(_number(features, name) or 0)


def _weeks(features: Numbers) -> tuple[int, int]:
    """Weeks with a visit, of how many weeks known."""
    seen = min(12, -(-_whole(features, "known_days") // 7))
    return round((features["active_weeks"] or 0) * seen), seen


def _plain(number: float) -> str:
    return f"{round(number, 1):g}"


def _comma(number: float) -> str:
    return _plain(number).replace(".", ",")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _recency_en(features: Numbers) -> str:
    days, gap = _whole(features, "days_away"), _number(features, "usual_gap")
    away = f"{_count(days, 'day', 'days')} away" if days else "Was here today"
    if gap is None:
        return away
    return f"{away}, usually comes every {'day' if gap <= 1 else f'{_plain(gap)} days'}"


def _recency_pt(features: Numbers) -> str:
    days, gap = _whole(features, "days_away"), _number(features, "usual_gap")
    away = f"Ausente há {_count(days, 'dia', 'dias')}" if days else "Veio hoje"
    if gap is None:
        return away
    return f"{away}, costuma vir a cada {'dia' if gap <= 1 else f'{_comma(gap)} dias'}"


def _drop_en(features: Numbers) -> str:
    before, now = _number(features, "rate_before"), _number(features, "rate_28") or 0
    if before is None:
        return f"Comes {_plain(now)} times a week, too new to compare"
    return f"Came {_plain(before)} times a week before, {_plain(now)} now"


def _drop_pt(features: Numbers) -> str:
    before, now = _number(features, "rate_before"), _number(features, "rate_28") or 0
    if before is None:
        return f"Vem {_comma(now)} vezes por semana, ainda sem período para comparar"
    return f"Vinha {_comma(before)} vezes por semana, agora {_comma(now)}"


def _frequency_en(features: Numbers) -> str:
    recent, quarter = _whole(features, "days_28"), _whole(features, "days_91")
    return f"Came on {_count(recent, 'day', 'days')} of the last 28, {quarter} of the last 91"


def _frequency_pt(features: Numbers) -> str:
    recent, quarter = _whole(features, "days_28"), _whole(features, "days_91")
    return f"Veio em {_count(recent, 'dia', 'dias')} dos últimos 28, {quarter} dos últimos 91"


def _regularity_en(features: Numbers) -> str:
    active, seen = _weeks(features)
    if features["is_single"]:
        return "Has come on one day only"
    return f"Came in {active} of the last {_count(seen, 'week', 'weeks')}"


def _regularity_pt(features: Numbers) -> str:
    active, seen = _weeks(features)
    if features["is_single"]:
        return "Só veio em um dia"
    return f"Veio em {active} das últimas {_count(seen, 'semana', 'semanas')}"


def _tenure_en(features: Numbers) -> str:
    days = _whole(features, "tenure")
    if days < 1:
        return "Joined today"
    return (
        f"With the gym for {_count(days, 'day', 'days')}"
        if days < 365
        else (f"With the gym for {_plain(days / 365.25)} years")
    )


def _tenure_pt(features: Numbers) -> str:
    days = _whole(features, "tenure")
    if days < 1:
        return "Entrou hoje"
    return (
        f"Na academia há {_count(days, 'dia', 'dias')}"
        if days < 365
        else (f"Na academia há {_comma(days / 365.25)} anos")
    )


def _plan_en(features: Numbers) -> str:
    if not features["plan_known"]:
        return "No membership on record"
    if features["plan_open"]:
        return "Membership without an end date"
    days = _whole(features, "days_to_end")
    if days >= 91:
        return "Membership runs for three months or more"
    return (
        "Membership ends today"
        if days < 1
        else (f"Membership ends in {_count(days, 'day', 'days')}")
    )


def _plan_pt(features: Numbers) -> str:
    if not features["plan_known"]:
        return "Sem plano registrado"
    if features["plan_open"]:
        return "Plano sem data de fim"
    days = _whole(features, "days_to_end")
    if days >= 91:
        return "Plano válido por três meses ou mais"
    return (
        "O plano termina hoje"
        if days < 1
        else (f"O plano termina em {_count(days, 'dia', 'dias')}")
    )


def _payment_en(features: Numbers) -> str:
    return "A payment failed" if features["payment_failed"] else "No failed payment"


def _payment_pt(features: Numbers) -> str:
    return "Um pagamento falhou" if features["payment_failed"] else "Nenhum pagamento falhou"


def _duration_en(features: Numbers) -> str:
    minutes = _number(features, "minutes")
    if minutes is None:
        return "How long visits last is not known"
    return f"Stays {_count(round(minutes), 'minute', 'minutes')} on average"


def _duration_pt(features: Numbers) -> str:
    minutes = _number(features, "minutes")
    if minutes is None:
        return "Duração das visitas desconhecida"
    return f"Fica em média {_count(round(minutes), 'minuto', 'minutos')}"


_FORMATTERS: Mapping[Language, Mapping[str, Callable[[Numbers], str]]] = {
    Language.ENGLISH: {
        "recency": _recency_en,
        "drop": _drop_en,
        "frequency": _frequency_en,
        "regularity": _regularity_en,
        "tenure": _tenure_en,
        "plan": _plan_en,
        "payment": _payment_en,
        "duration": _duration_en,
        "season": lambda _: "The time of the year",
    },
    Language.PORTUGUESE: {
        "recency": _recency_pt,
        "drop": _drop_pt,
        "frequency": _frequency_pt,
        "regularity": _regularity_pt,
        "tenure": _tenure_pt,
        "plan": _plan_pt,
        "payment": _payment_pt,
        "duration": _duration_pt,
        "season": lambda _: "A época do ano",
    },
}
