"""A gym's local days: who came, when most, who for the first time, who came back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.attendance_reports import service as reports
from api.attendance_reports.errors import DayInFuture, ReportNotFound
from api.attendance_reports.pdf import draw_report
from api.attendance_reports.schemas import LocalDay, ReportCreate, ReportDetail, ReportItem
from api.attendance_reports.spreadsheet import write_report
from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.file_responses import CSV, CSV_RESPONSES, PDF, PDF_RESPONSES, file_response
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Day
from api.organizations.branding.service import read_brand

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_REPORTS))]
Maker = Annotated[Principal, Depends(Require(Permission.MAKE_REPORTS))]
DayInPath = Annotated[LocalDay, Path(description="Local day of the gym", examples=["2026-11-17"])]


@router.get("", summary="Daily attendance reports, newest first")
def list_reports(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    since: Annotated[Day | None, Query(alias="from", description="Local day, included")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Local day, included")] = None,
) -> Page[ReportItem]:
    return reports.list_page(session, caller, page, since=since, until=until)


@router.post(
    "",
    status_code=201,
    summary="Compute a day's report now",
    responses={
        200: {"model": ReportDetail, "description": "It existed, and is computed again"},
        **describe(DayInFuture),
    },
)
def create_report(
    session: SessionDep, caller: Maker, now: NowDep, data: ReportCreate, response: Response
) -> ReportDetail:
    """Each morning yesterday's report is made automatically. This is for days before that, for
    today so far, and for a day whose visits changed. It sends no mail."""
    detail, is_new = reports.create(session, caller, data.day, now=now)
    response.status_code = 201 if is_new else 200
    return detail


# The two files first: `{day}` alone would take their names for days.
@router.get(
    "/{day}.csv",
    summary="A day's report for spreadsheets",
    response_class=Response,
    responses={**CSV_RESPONSES, **describe(ReportNotFound, DayInFuture)},
)
def read_csv(session: SessionDep, caller: Reader, now: NowDep, day: DayInPath) -> Response:
    """UTF-8 with a byte order mark, every cell quoted, and no cell runs as a formula."""
    detail = reports.read(session, caller, day, now=now)
    return file_response(write_report(detail), f"attendance-{day}.csv", CSV)


@router.get(
    "/{day}.pdf",
    summary="A day's report to print",
    response_class=Response,
    responses={**PDF_RESPONSES, **describe(ReportNotFound, DayInFuture)},
)
def read_pdf(session: SessionDep, caller: Reader, now: NowDep, day: DayInPath) -> Response:
    """One A4 page; more when many members came for the first time or came back."""
    detail = reports.read(session, caller, day, now=now)
    brand = read_brand(session, caller.gym)
    return file_response(draw_report(detail, brand), f"attendance-{day}.pdf", PDF)


@router.get("/{day}", summary="A day's report", responses=describe(ReportNotFound, DayInFuture))
def read_report(session: SessionDep, caller: Reader, now: NowDep, day: DayInPath) -> ReportDetail:
    return reports.read(session, caller, day, now=now)
