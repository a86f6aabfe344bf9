"""Reasons in Portuguese: the twin of `core.risk.scoring.format_reason`."""

from datetime import date

from core.risk.scoring import Reason, ReasonCode, join_facts, to_percent

NO_HISTORY = "Ainda sem histórico: vale a proporção de todos os alunos."
NOT_ACTIVE = "A matrícula não está ativa; só os dias de ausência dizem isto."


def format_notice(last_day: date) -> str:
    return f"Pediu o cancelamento para {last_day:%d/%m/%Y}."


def format_reason(reason: Reason) -> str:
    """Format a reason with the member's own numbers, those that `format_reason` documents."""
    numbers = reason.numbers
    match reason.code:
        case ReasonCode.NO_VISIT:
            habit = _format_habit(numbers["usual_gap"])
            return f"Sem visita há {_count_days(numbers['days'])}{habit}"
        case ReasonCode.VISITS_DOWN:
            before, now = numbers["before_per_week"], numbers["now_per_week"]
            word = f"agora {_number(now)}" if now else "agora nenhuma"
            return f"Antes vinha {_count_times(before)} por semana, {word}"
        case ReasonCode.HIGH_CHURN:
            chance = f"{to_percent(numbers['probability'])}% de chance de não vir em 30 dias"
            return f"{chance}: {join_facts(reason.causes)}" if reason.causes else chance
        case ReasonCode.NOT_STARTED:
            return f"Entrou há {_count_days(numbers['days'])} e ainda não veio"
        case ReasonCode.PAYMENT_FAILED:
            days = numbers["days_ago"] or 0
            return "O pagamento falhou " + ("hoje" if days < 1 else f"há {_count_days(days)}")
        case ReasonCode.RENEWAL_SOON:
            days = numbers["days"] or 0
            return "A matrícula termina " + ("hoje" if days < 1 else f"em {_count_days(days)}")
        case ReasonCode.NOTICE_GIVEN:
            days = numbers["days"] or 0
            last = "hoje" if days < 1 else f"em {_count_days(days)}"
            return f"Pediu o cancelamento: a matrícula termina {last}"


def _number(value: float | None) -> str:
    return f"{value or 0:g}".replace(".", ",")


def _count_days(days: float | None) -> str:
    return "1 dia" if days == 1 else f"{_number(days)} dias"


def _count_times(times: float | None) -> str:
    return "1 vez" if times == 1 else f"{_number(times)} vezes"


def _format_habit(usual_gap: float | None) -> str:
    if usual_gap is None:
        return ""
    if usual_gap <= 1:
        return ", costuma vir todo dia"
    return f", costuma vir a cada {_number(usual_gap)} dias"
