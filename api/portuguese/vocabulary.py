"""Portuguese names for the API's English ones; docs/glossary.md lists them."""

from typing import Any

from api.kit.errors import DomainError
from api.kit.problems import describe
from core.translation import Language
from db.models import MemberStatus

FIELDS: dict[str, str] = {
    "member_id": "aluno_id",
    "check_in_id": "checkin_id",
    "plan_id": "plano_id",
    "name": "nome",
    "phone": "telefone",
    "birth_date": "data_nascimento",
    "join_date": "data_matricula",
    "email_consent": "aceita_email",
    "status": "situacao",
    "plan_name": "plano",
    "message": "mensagem",
    "check_in": "entrada",
    "check_out": "saida",
    "minutes": "minutos",
    "visits": "visitas",
    "weekly_mean": "media_semanal",
    "weeks": "semanas",
    "week": "semana",
    "visited_days": "dias_com_visita",
    "last_visit": "ultima_visita",
    "inactive_days": "dias_sem_vir",
    "history": "historico",
    "items": "itens",
    "page": "pagina",
    "size": "tamanho",
    "probability": "probabilidade",
    "cancel_probability": "probabilidade_cancelamento",
    "notice_for": "cancelamento_para",
    "model_id": "modelo",
    "level": "nivel",
    "reasons": "motivos",
    "source": "fonte",
    "horizon_days": "horizonte_dias",
    "as_of": "referencia",
    "computed_at": "calculado_em",
}
"""Field of the API in English, and in Portuguese. A field that is not here is the same in both."""

STATUSES: dict[MemberStatus, str] = {
    MemberStatus.ACTIVE: "ativo",
    MemberStatus.FROZEN: "pausado",
    MemberStatus.CANCELLED: "cancelado",
    MemberStatus.EXPIRED: "vencido",
}

LEVELS = {"low": "baixo", "medium": "médio", "high": "alto"}

SOURCES = {
    "gym model": "modelo da academia",
    "pooled model": "modelo de várias academias",
    "rules": "regras",
    "prior": "sem histórico",
}


def to_portuguese(field: str) -> str:
    return FIELDS.get(field, field)


def describe_in_portuguese(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """`api.kit.errors.describe`, with Portuguese titles."""
    return describe(*errors, language=Language.PORTUGUESE)
