"""The Portuguese routes: each translates, and calls the service that the English one calls."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from api.check_ins import entries
from api.check_ins import service as check_ins
from api.check_ins.errors import AlreadyCheckedIn, EntryRefused, TimeRefused
from api.check_ins.schemas import CheckInCreate, CheckInItem
from api.churn_risk import service as churn_risk
from api.kit.deps import AsOfDep, NowDep, PrincipalDep, Require, SessionDep
from api.kit.errors import Forbidden, Invalid, Unauthorized
from api.kit.idempotency import (
    HEADER,
    MAX_KEY_LENGTH,
    IdempotentRequest,
    KeyReused,
    SentKey,
    StillRunning,
    get_idempotent_request,
    get_key,
)
from api.kit.pagination import MAX_PAGE, MAX_PAGE_SIZE, PageRequest
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.schemas import QueryKey, SensibleDate, WholeNumber
from api.members import service as members
from api.members.errors import BirthDateInFuture, JoinDateInFuture
from api.members.schemas import MemberCreate, MemberDetail
from api.membership_plans.errors import PlanFull, PlanNotFound
from api.memberships.errors import MemberNotFound, PlanRetired
from api.portuguese.schemas import (
    Aluno,
    AlunoNovo,
    Checkin,
    CheckinNovo,
    Frequencia,
    Historico,
    RiscoChurn,
    Semana,
    Visita,
)
from api.portuguese.vocabulary import LEVELS, SOURCES, STATUSES, describe_in_portuguese

router = APIRouter(responses=describe_in_portuguese(Unauthorized, Forbidden, Invalid))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
VisitReader = Annotated[Principal, Depends(Require(Permission.READ_CHECK_INS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERS))]
Recorder = Annotated[Principal, Depends(Require(Permission.RECORD_CHECK_INS))]
StudentId = Annotated[QueryKey, Path(alias="id", description="O aluno_id que o registro respondeu")]


async def get_key_in_portuguese(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            json_schema_extra={"maxLength": MAX_KEY_LENGTH},
            description="Um texto seu, novo para cada pedido que deve ter efeito. Com a mesma chave"
            " a resposta é a mesma e nada acontece de novo.",
        ),
    ] = None,
) -> SentKey | None:
    return await get_key(request, key)


def get_idempotent_request_in_portuguese(
    response: Response,
    session: SessionDep,
    principal: PrincipalDep,
    sent: Annotated[SentKey | None, Depends(get_key_in_portuguese)],
) -> IdempotentRequest:
    return get_idempotent_request(response, session, principal, sent)


IdempotentDep = Annotated[IdempotentRequest, Depends(get_idempotent_request_in_portuguese)]


def read_page(
    page: Annotated[
        int, WholeNumber(1, MAX_PAGE), Query(alias="pagina", description="A partir de 1")
    ] = 1,
    size: Annotated[
        int, WholeNumber(1, MAX_PAGE_SIZE), Query(alias="tamanho", description="Visitas por página")
    ] = 25,
) -> PageRequest:
    return PageRequest(page, size)


@router.post(
    "/registro",
    status_code=201,
    summary="Registrar um novo aluno",
    response_description="O aluno registrado",
    responses=describe_in_portuguese(
        PlanNotFound,
        PlanRetired,
        PlanFull,
        JoinDateInFuture,
        BirthDateInFuture,
        StillRunning,
        KeyReused,
    ),
)
def register_student(
    session: SessionDep,
    caller: Editor,
    as_of: AsOfDep,
    now: NowDep,
    idempotent: IdempotentDep,
    data: AlunoNovo,
) -> Aluno:
    """O aluno passa a existir na academia de quem chama. Com `plano_id`, começa uma matrícula."""

    def register() -> Aluno:
        new = MemberCreate(**data.model_dump(exclude_unset=True))
        member = members.create(session, caller, new, now=now)
        return _to_student(members.read(session, caller, member.member_id, as_of=as_of))

    return idempotent.run(data, Aluno, register, status=201)


@router.post(
    "/checkin",
    status_code=201,
    summary="Registrar a entrada de um aluno",
    response_description="A entrada registrada",
    responses=describe_in_portuguese(
        MemberNotFound,
        AlreadyCheckedIn,
        EntryRefused,
        StillRunning,
        Invalid,
        TimeRefused,
        KeyReused,
    ),
)
def record_entry(
    session: SessionDep, caller: Recorder, now: NowDep, idempotent: IdempotentDep, data: CheckinNovo
) -> Checkin:
    """Uma visita por aluno a cada dez minutos ou enquanto está na academia, não importa quantas
    vezes seja enviada: a segunda é respondida com 409."""

    def enter() -> Checkin:
        entry = CheckInCreate(member_id=data.member_id, check_in=data.check_in)
        return _to_entry(entries.enter(session, caller, entry, now=now))

    return idempotent.run(data, Checkin, enter, status=201)


@router.get(
    "/{id}/frequencia",
    summary="Histórico de frequência de um aluno",
    response_description="Visitas por semana e o histórico",
    responses=describe_in_portuguese(MemberNotFound),
)
def read_frequency(
    session: SessionDep,
    caller: Reader,
    _visits: VisitReader,
    as_of: AsOfDep,
    member_id: StudentId,
    page: Annotated[PageRequest, Depends(read_page)],
    first: Annotated[
        SensibleDate | None,
        Query(alias="de", description="Primeiro dia do histórico, como 2026-01-01"),
    ] = None,
    last: Annotated[
        SensibleDate | None, Query(alias="ate", description="Último dia do histórico, incluído")
    ] = None,
) -> Frequencia:
    """As semanas contam dias com visita; o histórico tem cada visita, a mais nova primeiro."""
    member = members.read(session, caller, member_id, as_of=as_of)
    visits = check_ins.list_page(
        session,
        caller,
        page,
        member_id=member_id,
        since=_midnight(first) if first else None,
        until=_midnight(last + timedelta(days=1)) if last else None,
    )
    counts = member.visits_per_week
    return Frequencia(
        member_id=member_id,
        name=member.name,
        as_of=as_of.instant,
        visits=member.visits,
        last_visit=member.last_visit,
        inactive_days=member.inactive_days,
        weekly_mean=round(sum(counts) / len(counts), 2),
        weeks=[
            Semana(week=as_of.day - timedelta(days=7 * ago - 1), visited_days=count)
            for ago, count in zip(range(len(counts), 0, -1), counts, strict=True)
        ],
        history=Historico(
            items=[_to_visit(visit) for visit in visits.items],
            total=visits.total,
            page=visits.page,
            size=visits.size,
        ),
    )


@router.get(
    "/{id}/risco-churn",
    summary="Probabilidade de desistência de um aluno",
    response_description="A probabilidade e os motivos",
    responses=describe_in_portuguese(MemberNotFound),
)
def read_churn_risk(
    session: SessionDep, caller: Reader, as_of: AsOfDep, now: NowDep, member_id: StudentId
) -> RiscoChurn:
    """Calculada na hora. Quem acabou de se registrar recebe a proporção de todos os alunos, e a
    mensagem diz que ainda não há histórico."""
    risk = churn_risk.read(session, caller, member_id, as_of=as_of, now=now)
    return RiscoChurn(
        member_id=member_id,
        probability=risk.probability,
        level=LEVELS[risk.level],
        reasons=[reason.text for reason in risk.reasons],
        source=SOURCES[risk.source],
        cancel_probability=risk.cancel.probability if risk.cancel else None,
        notice_for=risk.notice_for,
        model_id=risk.model.model_id if risk.model else None,
        horizon_days=risk.horizon_days,
        as_of=risk.as_of,
        computed_at=risk.computed_at,
        message=risk.note,
    )


def _midnight(day: date) -> datetime:
    """The day's begin, without offset: the service reads it in the gym's time zone."""
    return datetime.combine(day, time())


def _to_student(member: MemberDetail) -> Aluno:
    return Aluno(
        member_id=member.member_id,
        name=member.name,
        email=member.email,
        phone=member.phone,
        status=STATUSES[member.status],
        plan_id=member.plan_id,
        plan_name=member.plan_name,
        join_date=member.join_date,
        message="Aluno registrado.",
    )


def _to_entry(visit: CheckInItem) -> Checkin:
    return Checkin(
        check_in_id=visit.check_in_id,
        member_id=visit.member_id,
        name=visit.member_name,
        check_in=visit.check_in,
        check_out=visit.check_out,
        message="Entrada registrada.",
    )


def _to_visit(visit: CheckInItem) -> Visita:
    left = visit.check_out
    return Visita(
        check_in_id=visit.check_in_id,
        check_in=visit.check_in,
        check_out=left,
        minutes=None if left is None else round((left - visit.check_in).total_seconds() / 60),
    )
