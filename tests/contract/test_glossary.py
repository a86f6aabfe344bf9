"""docs/glossary.md is the one table of words, and it is true."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, text

from api.kit.paths import PREFIX
from api.kit.settings import Settings
from api.main import create_app
from api.portuguese.vocabulary import FIELDS
from api.routes import ROUTES
from db.models import Base

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
NEVER_IN_THE_API = re.compile(r"customer|package|attendance|^organization")


class Word(NamedTuple):
    """A row of the table; empty where there is nothing."""

    code: str
    key: str
    path: str
    view: str
    portuguese_view: str


def read_glossary() -> list[Word]:
    rows = [line.split("|")[1:-1] for line in GLOSSARY.read_text().splitlines() if "`" in line]
    cells = [[cell.strip().strip("`") for cell in row] for row in rows if len(row) == 6]
    return [Word(*row[1:]) for row in cells]


WORDS = read_glossary()
MODELS = {mapper.class_.__name__: mapper for mapper in Base.registry.mappers}


def test_every_model_is_in_it_once() -> None:
    assert sorted(word.code for word in WORDS) == sorted(MODELS)


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.code)
def test_table_and_key_are_the_models(word: Word) -> None:
    table, key = word.key.split(".")
    mapped = MODELS[word.code].local_table
    assert mapped.name == table  # type: ignore[attr-defined]
    assert key in {column.name for column in mapped.primary_key}


def test_every_path_of_the_api_is_in_it_and_exists() -> None:
    served = {PREFIX + path for path, _, _ in ROUTES}
    assert {word.path for word in WORDS if word.path} == served


def test_every_path_answers() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    for word in WORDS:
        if word.path:
            assert any(path.startswith(word.path) for path in paths), word


def test_every_reporting_view_is_in_it_and_exists(migrator_engine: Engine) -> None:
    views = text("select table_name from information_schema.views where table_schema = 'reporting'")
    with migrator_engine.connect() as connection:
        found = set(connection.execute(views).scalars())
    named = {view for word in WORDS for view in (word.view, word.portuguese_view) if view}
    assert named == found


def test_the_portuguese_words_are_those_of_the_routes() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", GLOSSARY.read_text(), re.MULTILINE)
    assert dict(rows) == FIELDS
    assert len(set(FIELDS.values())) == len(FIELDS)


def test_the_api_uses_the_terms_of_the_code() -> None:
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    foreign = {
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field in schema.get("properties", {})
        if NEVER_IN_THE_API.search(field)
    }
    assert foreign == set()


def test_rows_of_the_ledger_and_visits_are_called_by_our_words_in_code() -> None:
    for model in ("Member", "CheckIn", "Transaction", "MembershipPlan", "RfmScore", "ClvEstimate"):
        names = {attribute.key for attribute in MODELS[model].column_attrs}
        assert not {name for name in names if re.match(r"customer_id|package_id|attendance", name)}
