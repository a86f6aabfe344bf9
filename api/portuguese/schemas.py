"""Bodies of the Portuguese routes: English names in code, Portuguese ones on the wire."""

from datetime import date, datetime

from pydantic import ConfigDict, Field, JsonValue

from api.kit.schemas import Body, Email, Key, Moment, Schema, SensibleDate
from api.members.schemas import Name, Phone
from api.portuguese.vocabulary import to_portuguese

_WIRE = ConfigDict(alias_generator=to_portuguese)
# A response kept under an Idempotency-Key is stored by the names of the code, and read by them.
_ANSWER = ConfigDict(alias_generator=to_portuguese, populate_by_name=True)


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class AlunoNovo(Body):
    """Quem se matricula. Só o nome é obrigatório."""

    model_config = _WIRE | _example(
        nome="Ana Souza",
        email="ana.souza@example.com",
        telefone="+55 11 91234-5678",
        data_nascimento="1994-05-17",
    )

    name: Name = Field(description="Nome completo")
    email: Email | None = Field(default=None, description="Endereço para e-mails")
    phone: Phone | None = Field(default=None, description="Telefone, como a pessoa o escreve")
    plan_id: Key | None = Field(
        default=None, description="Plano da academia; inicia uma matrícula na data_matricula"
    )
    birth_date: SensibleDate | None = Field(default=None, description="Data de nascimento")
    join_date: SensibleDate | None = Field(
        default=None, description="Primeiro dia como aluno; hoje, se não for enviada"
    )
    email_consent: bool | None = Field(
        default=None, description="A pessoa aceitou (true) ou recusou (false) receber e-mails"
    )


class Aluno(Schema):
    """Um aluno registrado."""

    model_config = _ANSWER | _example(
        aluno_id=1042,
        nome="Ana Souza",
        email="ana.souza@example.com",
        telefone="+55 11 91234-5678",
        situacao="ativo",
        plano_id=2,
        plano="Mensal",
        data_matricula="2026-11-18",
        mensagem="Aluno registrado.",
    )

    member_id: int
    name: str
    email: str | None
    phone: str | None
    status: str = Field(description="ativo, pausado, cancelado ou vencido")
    plan_id: int | None
    plan_name: str | None = Field(description="Nome do plano")
    join_date: date
    message: str


class CheckinNovo(Body):
    """Um aluno entra. Um horário sem fuso é o da academia."""

    model_config = _WIRE | _example(aluno_id=1042, entrada="2026-11-18T07:30:00")

    member_id: Key
    check_in: Moment | None = Field(
        default=None, description="Quando entrou; agora, se não for enviada"
    )


class Checkin(Schema):
    """Uma entrada registrada. Horários em UTC."""

    model_config = _ANSWER | _example(
        checkin_id=58121,
        aluno_id=1042,
        nome="Ana Souza",
        entrada="2026-11-18T10:30:00Z",
        saida=None,
        mensagem="Entrada registrada.",
    )

    check_in_id: int
    member_id: int
    name: str
    check_in: datetime
    check_out: datetime | None
    message: str


class Visita(Schema):
    model_config = _ANSWER

    check_in_id: int
    check_in: datetime = Field(description="Entrada, em UTC")
    check_out: datetime | None = Field(description="Saída, em UTC; null se não foi registrada")
    minutes: int | None = Field(description="Duração; null se a saída não foi registrada")


class Semana(Schema):
    model_config = _ANSWER

    week: date = Field(
        description="Primeiro dos sete dias; o último da lista termina na referencia"
    )
    visited_days: int = Field(description="Dias com visita nessa semana, de 0 a 7")


class Historico(Schema):
    """Uma página de visitas, a mais nova primeiro."""

    model_config = _ANSWER

    items: list[Visita]
    total: int = Field(description="Visitas no período, em todas as páginas")
    page: int
    size: int


class Frequencia(Schema):
    """Com que frequência um aluno vem, e quando veio."""

    model_config = _ANSWER | _example(
        aluno_id=1042,
        nome="Ana Souza",
        referencia="2026-11-18T12:00:00Z",
        visitas=87,
        ultima_visita="2026-11-16",
        dias_sem_vir=2,
        media_semanal=2.5,
        semanas=[{"semana": "2026-11-12", "dias_com_visita": 3}],
        historico={
            "itens": [
                {
                    "checkin_id": 58121,
                    "entrada": "2026-11-16T10:30:00Z",
                    "saida": "2026-11-16T11:45:00Z",
                    "minutos": 75,
                }
            ],
            "total": 87,
            "pagina": 1,
            "tamanho": 25,
        },
    )

    member_id: int
    name: str
    as_of: datetime = Field(description="Momento a que os números se referem")
    visits: int = Field(description="Todas as visitas")
    last_visit: date | None
    inactive_days: int | None = Field(description="Dias desde a última visita")
    weekly_mean: float = Field(description="Dias com visita por semana, média de 12 semanas")
    weeks: list[Semana] = Field(
        description="As 12 semanas até a referencia, a mais antiga primeiro"
    )
    history: Historico


class RiscoChurn(Schema):
    """A probabilidade de o aluno não vir nos próximos dias, e por quê."""

    model_config = _ANSWER | _example(
        aluno_id=1042,
        probabilidade=0.41,
        nivel="médio",
        motivos=["Vinha 2,8 vezes por semana, agora 1,2", "Ausente há 6 dias"],
        fonte="modelo da academia",
        probabilidade_cancelamento=0.08,
        cancelamento_para=None,
        modelo=7,
        horizonte_dias=30,
        referencia="2026-11-18T12:00:00Z",
        calculado_em="2026-11-18T12:00:00Z",
        mensagem=None,
    )

    member_id: int
    probability: float = Field(description="De nenhuma visita em horizonte_dias, de 0 a 1")
    level: str = Field(description="baixo, médio ou alto")
    reasons: list[str] = Field(description="Em palavras, com os números do próprio aluno")
    source: str = Field(
        description="modelo da academia, modelo de várias academias, regras, ou sem histórico"
    )
    cancel_probability: float | None = Field(
        description="De, em 30 dias, o cancelamento ser pedido ou a matrícula terminar sem"
        " renovação; null onde não se sabe ou onde já foi pedido"
    )
    notice_for: date | None = Field(
        description="Último dia da matrícula cujo cancelamento já foi pedido: um fato"
    )
    model_id: int | None = Field(description="Versão do modelo que fala; null sem modelo")
    horizon_days: int
    as_of: datetime
    computed_at: datetime
    message: str | None = Field(description="O que saber sobre esta resposta")
