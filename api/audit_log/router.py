from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.audit_log import service as audit_log
from api.audit_log.repository import AuditFilter
from api.audit_log.schemas import AuditChoices, AuditItem
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.file_responses import CSV, CSV_RESPONSES
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import QueryKey, SensibleDate, Text
from db.models import AuditAction

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_AUDIT_LOG))]


def read_filter(
    caller: Reader,
    user_id: Annotated[QueryKey | None, Query(description="Who did it")] = None,
    member_id: Annotated[
        QueryKey | None, Query(description="About this member, or rows of theirs")
    ] = None,
    noun: Annotated[
        Annotated[str, Text(60)] | None,
        Query(description="What kind of row, as `membership_plan`: see `/audit-log/choices`"),
    ] = None,
    key: Annotated[Annotated[str, Text(60)] | None, Query(description="Which of them")] = None,
    action: AuditAction | None = None,
    since: Annotated[
        SensibleDate | None, Query(alias="from", description="Local day, included")
    ] = None,
    until: Annotated[
        SensibleDate | None, Query(alias="to", description="Local day, included")
    ] = None,
) -> AuditFilter:
    return audit_log.to_filter(
        caller.gym,
        user_id=user_id,
        member_id=member_id,
        noun=noun or None,
        key=key or None,
        action=action,
        since=since,
        until=until,
    )


FilterDep = Annotated[AuditFilter, Depends(read_filter)]


@router.get("", summary="Who changed what, newest first")
def list_entries(
    session: SessionDep, caller: Reader, page: PageDep, wanted: FilterDep
) -> Page[AuditItem]:
    """Every write of a person or a job. A file that is brought in is one entry, the import's.
    Visits, the ledger and what is computed are not in it; that a visit was changed or deleted is.
    """
    return audit_log.list_page(session, caller, page, wanted)


@router.get("/choices", summary="What the log can be narrowed to")
def list_choices(session: SessionDep, caller: Reader) -> AuditChoices:
    return audit_log.list_choices(session, caller)


@router.get(
    "/export.csv",
    summary="The log as CSV",
    response_class=StreamingResponse,
    responses=CSV_RESPONSES,
)
def export(session: SessionDep, caller: Reader, wanted: FilterDep) -> StreamingResponse:
    """A line for each field of the newest 200,000 entries; times are the gym's. UTF-8 with a byte
    order mark, every cell quoted, and no cell runs as a formula."""
    return StreamingResponse(
        audit_log.write_csv(session, caller, wanted),
        media_type=CSV,
        headers={
            "Content-Disposition": 'attachment; filename="audit-log.csv"',
            "Cache-Control": "no-store",
        },
    )
