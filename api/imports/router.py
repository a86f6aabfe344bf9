"""A gym's own files: members and visits."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.imports import service as imports
from api.imports.errors import ImportNotFound, ImportRunning, MembersChanged
from api.imports.schemas import (
    MAX_MAPPING_LENGTH,
    ImportDetail,
    ImportItem,
    ImportOptions,
    ImportResult,
)
from api.imports.upload import UploadDep
from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, TooLarge, Unauthorized
from api.kit.file_responses import CSV, CSV_RESPONSES, file_response
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.kit.uploads import FileRefused

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Importer = Annotated[Principal, Depends(Require(Permission.IMPORT_DATA))]


def _form_schema() -> dict[str, Any]:
    """The form as OpenAPI: it is read by hand, so FastAPI does not know it."""
    options = ImportOptions.model_json_schema(ref_template="{model}")
    definitions = options.get("$defs", {})
    properties: dict[str, Any] = {"file": {"type": "string", "format": "binary"}}
    for name, schema in options["properties"].items():
        choices = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
        shown = {**choices[0]}
        reference = shown.pop("$ref", None)
        shown = {**definitions.get(reference, {}), **shown}
        if name == "mapping":
            shown = {
                "type": "string",
                "contentMediaType": "application/json",
                "maxLength": MAX_MAPPING_LENGTH,
            }
        properties[name] = {**shown, "description": schema.get("description", "")}
        properties[name].pop("title", None)
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["kind", "file"],
                        "properties": properties,
                    }
                }
            },
        }
    }


@router.post(
    "",
    status_code=201,
    summary="Bring a file in",
    responses=describe(TooLarge, FileRefused, ImportRunning, MembersChanged),
    openapi_extra=_form_schema(),
)
def import_file(
    session: SessionDep, caller: Importer, now: NowDep, upload: UploadDep
) -> ImportResult:
    """All usable rows or, if the file as a whole is refused, none. The same file again changes
    nothing. Rows that cannot be used are listed with line, field and remedy."""
    return imports.import_file(session, caller, upload, now=now)


@router.get("", summary="Files brought in, newest first")
def list_imports(session: SessionDep, caller: Importer, page: PageDep) -> Page[ImportItem]:
    return imports.list_page(session, caller, page)


@router.get("/{import_id}", summary="One import", responses=describe(ImportNotFound))
def read_import(session: SessionDep, caller: Importer, import_id: Id) -> ImportDetail:
    return imports.read(session, caller, import_id)


@router.get(
    "/{import_id}/errors.csv",
    summary="The refused rows, to correct and bring in again",
    response_class=Response,
    responses={**CSV_RESPONSES, **describe(ImportNotFound)},
)
def read_errors(session: SessionDep, caller: Importer, import_id: Id) -> Response:
    """Opens in any spreadsheet: no cell runs as a formula. Reading the file again undoes the
    apostrophe that sees to it."""
    content = imports.write_errors(session, caller, import_id)
    return file_response(content, f"import-{import_id}-errors.csv", CSV)
