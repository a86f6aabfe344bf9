"""Bring the rows of a file into the database, all or nothing, inside the caller's transaction."""

from db.loading.imports import (
    STORED_PROBLEMS,
    ImportRunning,
    ImportSource,
    LawfulBasis,
    LoadResult,
    load_import,
)

__all__ = [
    "STORED_PROBLEMS",
    "ImportRunning",
    "ImportSource",
    "LawfulBasis",
    "LoadResult",
    "load_import",
]
