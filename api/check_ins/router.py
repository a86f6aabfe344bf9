from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.check_ins import entries, scans
from api.check_ins import service as check_ins
from api.check_ins.bulk import service as bulk
from api.check_ins.bulk.errors import NotStored, TooManyRows, TooManyUploads
from api.check_ins.bulk.schemas import BulkCheckIns
from api.check_ins.bulk.upload import Recorder as BulkRecorder
from api.check_ins.bulk.upload import UploadDep
from api.check_ins.door_codes.errors import DoorCodeRefused
from api.check_ins.door_codes.schemas import ScanRequest
from api.check_ins.errors import (
    AlreadyCheckedIn,
    AlreadyLeft,
    CheckInNotFound,
    EarlierVisit,
    EntryRefused,
    MayNotOverride,
    TimeRefused,
)
from api.check_ins.schemas import CheckInCreate, CheckInItem, CheckOutRequest, Entry
from api.jobs.schemas import JobItem
from api.kit.deferred_callers import DeferredCaller, DeferredRoute, RequireDeferred
from api.kit.deps import NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import BUSY, Forbidden, Invalid, TooLarge, Unauthorized
from api.kit.idempotency import (
    IdempotentDep,
    IdempotentRequest,
    KeyDep,
    KeyReused,
    StillRunning,
)
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryFlag, QueryKey, QueryMoment
from api.kit.uploads import FileRefused
from api.locations.errors import LocationNotFound
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))
entrance = APIRouter(responses=describe(Unauthorized, Forbidden), route_class=DeferredRoute)

Reader = Annotated[Principal, Depends(Require(Permission.READ_CHECK_INS))]
Recorder = Annotated[Principal, Depends(Require(Permission.RECORD_CHECK_INS))]


@entrance.post(
    "",
    status_code=201,
    response_model=Entry,
    summary="A member enters",
    responses=describe(
        MemberNotFound,
        LocationNotFound,
        AlreadyCheckedIn,
        EntryRefused,
        MayNotOverride,
        StillRunning,
        Invalid,
        TimeRefused,
        KeyReused,
    ),
)
def enter(
    request: Request,
    response: Response,
    who: Annotated[
        DeferredCaller, Depends(RequireDeferred(Permission.RECORD_CHECK_INS), scope="function")
    ],
    now: NowDep,
    sent: KeyDep,
    data: CheckInCreate,
) -> Any:
    """One visit per member within ten minutes or while still inside, however often it is sent.

    Where the gym's rules speak against it, `alerts` says so; where its desk refuses, nothing is
    recorded without an `override_reason`. With an Idempotency-Key a repeat returns the visit that
    the first one made.
    """
    entered = scans.enter(who, sent, data, status=201, now=now)
    if entered is not None:
        return Response(entered, 201, media_type="application/json")
    with who.open_session(request, now=now) as (session, caller):
        idempotent = IdempotentRequest(session, caller, sent, response)
        return idempotent.run(
            data, Entry, lambda: entries.enter(session, caller, data, now=now), status=201
        )


@router.post(
    "/scan",
    status_code=201,
    summary="A member enters by the code on their phone",
    responses=describe(
        DoorCodeRefused, LocationNotFound, AlreadyCheckedIn, EntryRefused, MayNotOverride, Invalid
    ),
)
def scan(
    session: SessionDep, caller: Recorder, settings: SettingsDep, now: NowDep, data: ScanRequest
) -> Entry:
    """For a desk that scans. A code works once; whoever is refused by the rules has not used it."""
    return entries.enter_by_code(session, caller, data, settings.known_secrets, now=now)


def _describe_bodies() -> dict[str, Any]:
    """Both bodies as OpenAPI: they are read by hand, so FastAPI does not know them."""
    rows = BulkCheckIns.model_json_schema()
    rows["properties"]["check_ins"]["items"] = rows.pop("$defs")["BulkCheckIn"]
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": rows},
                "multipart/form-data": {"schema": form},
            },
        }
    }


@router.post(
    "/bulk",
    status_code=202,
    summary="Many visits at once, as JSON or as a CSV file",
    responses=describe(
        TooLarge,
        FileRefused,
        TooManyRows,
        TooManyUploads,
        Invalid,
        StillRunning,
        KeyReused,
        NotStored,
        *BUSY,
    ),
    openapi_extra=_describe_bodies(),
)
def record_many(
    session: SessionDep,
    caller: BulkRecorder,
    idempotent: IdempotentDep,
    upload: UploadDep,
    response: Response,
) -> JobItem:
    """Returns the job that loads them: watch it at the address in `Location`.

    JSON takes 10,000 rows, a file 200 MB. The file's header names the columns `member_id` or
    `number`, `check_in`, and optionally `check_out` and `method`. Members must be known; rows that
    cannot be used are listed with line and remedy. The same rows again add nothing.
    """
    job = idempotent.run(
        upload.sent, JobItem, lambda: bulk.accept(session, caller, upload), status=202
    )
    response.headers["Location"] = f"/api/v1/jobs/{job.job_id}"
    return job


@router.post(
    "/{check_in_id}/leave",
    summary="A member leaves",
    responses=describe(CheckInNotFound, AlreadyLeft, TimeRefused),
)
def leave(
    session: SessionDep, caller: Recorder, now: NowDep, check_in_id: Id, data: CheckOutRequest
) -> CheckInItem:
    return check_ins.leave(session, caller, check_in_id, data, now=now)


@router.delete(
    "/{check_in_id}",
    status_code=204,
    summary="Take back a visit that never was",
    responses=describe(CheckInNotFound, Forbidden, EarlierVisit),
)
def take_back(session: SessionDep, caller: Recorder, now: NowDep, check_in_id: Id) -> Response:
    """For a wrong tap: the visit is deleted and leaves every figure.

    Everybody who may record visits may take back those of the gym's today; those of earlier days
    only owner and admins. A second time it is not found. The same row brought in again by a file is
    a visit again.
    """
    check_ins.take_back(session, caller, check_in_id, now=now)
    return Response(status_code=204)


@router.get("", summary="Visits, newest first", responses=describe(TimeRefused))
def list_check_ins(
    session: SessionDep,
    caller: Reader,
    now: NowDep,
    page: PageDep,
    member_id: QueryKey | None = None,
    since: Annotated[QueryMoment | None, Query(alias="from")] = None,
    until: Annotated[QueryMoment | None, Query(alias="to", description="Not included")] = None,
    is_inside: Annotated[
        QueryFlag,
        Query(
            alias="inside",
            description="Only of those who are inside now, so that `total` counts them",
        ),
    ] = False,
) -> Page[CheckInItem]:
    return check_ins.list_page(
        session,
        caller,
        page,
        member_id=member_id,
        since=since,
        until=until,
        inside_at=now if is_inside else None,
    )
