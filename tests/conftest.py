"""Imports fixtures, and nothing else."""

from tests.fixtures.postgres import (
    analyst_engine,
    app_engine,
    database,
    fresh_database,
    make_database,
    migrator_engine,
    ops_engine,
    postgres_server,
    template_database,
)

__all__ = [
    "analyst_engine",
    "app_engine",
    "database",
    "fresh_database",
    "make_database",
    "migrator_engine",
    "ops_engine",
    "postgres_server",
    "template_database",
]
