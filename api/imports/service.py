from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.imports.errors import ImportRunning, MembersChanged
from api.imports.repository import ImportRepository
from api.imports.schemas import (
    SAMPLE_ERRORS,
    ImportDetail,
    ImportItem,
    ImportResult,
    RejectedRow,
)
from api.imports.upload import Upload
from api.kit.errors import Invalid
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.translation import retell, translate
from api.kit.uploads import FileRefused
from core.importing import FileProblem, ImportFile, Kind, write_error_file
from core.translation import t
from db.addresses import keep_address
from db.loading import STORED_PROBLEMS, LawfulBasis, load_import
from db.loading import ImportRunning as AnotherRuns
from db.models import Import, ImportProblem, ImportState
from db.queue.scores import score_import

MAX_MEMBERS = 100_000
"""Rows of one file: it is read while its sender waits, which takes up to half a minute."""


def import_file(
    session: Session, caller: Principal, upload: Upload, *, now: datetime
) -> ImportResult:
    """Load the file, or on a dry run find out what loading it would do."""
    options = upload.options
    if options.lawful_basis and options.kind is not Kind.MEMBERS:
        raise Invalid(
            t("A statement of why members may be mailed belongs to a file of members."),
            errors=[
                {"field": "lawful_basis", "message": t("Leave it out, or send a file of members.")}
            ],
        )
    basis = LawfulBasis(options.lawful_basis, caller.user_id) if options.lawful_basis else None
    try:
        source = ImportFile(
            upload.file,
            kind=options.kind,
            filename=upload.filename,
            timezone=caller.gym.timezone,
            now=now,
            mapping=options.mapping,
            date_order=options.date_order,
            max_rows=MAX_MEMBERS if options.kind is Kind.MEMBERS else None,
            keep_address=keep_address,
        )
        result = load_import(
            session,
            caller.gym,
            source,
            created_by=caller.user_id,
            now=now,
            dry_run=options.dry_run,
            lawful_basis=basis,
        )
    except FileProblem as problem:
        raise FileRefused(problem) from problem
    except AnotherRuns as error:
        raise ImportRunning from error
    except IntegrityError as error:
        raise MembersChanged from error
    if result.record.rows == 0:
        raise FileRefused(FileProblem("no_rows", t("The file has a header and no rows.")))
    score_import(session, result.record)
    problems = ImportRepository(session, caller.gym_id).list_problems(
        result.record.import_id, limit=SAMPLE_ERRORS
    )
    return ImportResult(
        **_to_detail(result.record, problems).model_dump(),
        columns=list(source.columns),
        guess=source.guess,
        date_order=source.date_order,
        notes=[translate(note) for note in result.notes],
    )


def list_page(session: Session, caller: Principal, page: PageRequest) -> Page[ImportItem]:
    rows, total = ImportRepository(session, caller.gym_id).list_page(page)
    return Page[ImportItem].of([_to_item(row) for row in rows], total, page)


def read(session: Session, caller: Principal, import_id: int) -> ImportDetail:
    imports = ImportRepository(session, caller.gym_id)
    record = imports.get_or_refuse(import_id)
    return _to_detail(record, imports.list_problems(import_id, limit=SAMPLE_ERRORS))


def write_errors(session: Session, caller: Principal, import_id: int) -> str:
    """The refused rows as a CSV to correct and bring in again."""
    imports = ImportRepository(session, caller.gym_id)
    record = imports.get_or_refuse(import_id)
    problems = imports.list_problems(import_id, limit=STORED_PROBLEMS)
    mapped = [str(column) for column in record.mapping.values()]
    rows = [
        (item.line, item.field, retell(item.said, item.problem) or "", item.row)
        for item in problems
    ]
    return write_error_file(mapped, rows)


def _to_item(record: Import) -> ImportItem:
    return ImportItem.model_validate(
        {
            "import_id": record.import_id,
            "kind": record.kind,
            "state": record.state,
            "filename": record.filename,
            "dry_run": record.state == ImportState.CHECKED,
            "mapping": record.mapping,
            "rows": record.rows,
            "loaded": record.loaded,
            "duplicates": record.duplicates,
            "unchanged": record.unchanged,
            "errors": record.error_count,
            "problem": retell(record.said, record.problem),
            "lawful_basis": record.lawful_basis,
            "created_at": record.created_at,
        }
    )


def _to_detail(record: Import, problems: Sequence[ImportProblem]) -> ImportDetail:
    return ImportDetail(
        **_to_item(record).model_dump(),
        sample_errors=[
            RejectedRow(
                line=problem.line,
                field=problem.field,
                problem=retell(problem.said, problem.problem) or "",
                row=problem.row,
            )
            for problem in problems
        ],
    )
