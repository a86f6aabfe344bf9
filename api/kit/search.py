"""Searching members as people type."""

from typing import Annotated

from fastapi import Query

from api.kit.schemas import Text

HOW_TO_SEARCH = (
    "Beginnings of words, in any order, case and spelling of accents: of the name, the address, the"
    " member's number and the phone number, also of its last four digits. `zaneta nov` finds Žaneta"
    " Nováková. Lists the members who match every word."
)
SearchText = Annotated[
    Annotated[str, Text(100)] | None,
    Query(description=HOW_TO_SEARCH, examples=["zaneta nov"]),
]
