"""Draw every table and foreign key into docs/images/er-diagram.svg: `python -m db.er_diagram`.

A picture of its own making, so that the documentation fetches nothing and needs no tool. Tables
stand in columns, each to the right of those that it refers to; a line runs from the referring
column to the table. References to `gyms` are left out: every table has its gym.
"""

from pathlib import Path
from xml.sax.saxutils import escape

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import postgresql

from db.models import Base

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "er-diagram.svg"
ROW, HEAD, WIDTH = 16, 24, 264
GAP_X, GAP_Y, MARGIN = 76, 26, 20
SHORT = {"TIMESTAMP WITH TIME ZONE": "timestamptz", "DOUBLE PRECISION": "float8"}
STYLE = (
    "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#14211f}"
    ".name{font-weight:700;fill:#fff}.type{fill:#5b6b68}.key{font-weight:700;fill:#0f766e}"
    ".box{fill:#fff;stroke:#b9c8c5}.head{fill:#0f766e}"
    ".line{fill:none;stroke:#7f9691;stroke-width:1.3}"
)


def draw(metadata: MetaData) -> str:
    """The picture as SVG text, the same for the same tables."""
    columns = _arrange(metadata)
    places: dict[str, tuple[int, int]] = {}
    tallest = max(sum(_height(table) + GAP_Y for table in column) for column in columns)
    for index, column in enumerate(columns):
        x = MARGIN + index * (WIDTH + GAP_X)
        y = MARGIN + (tallest - sum(_height(table) + GAP_Y for table in column)) // 2
        for table in column:
            places[table.name] = (x, y)
            y += _height(table) + GAP_Y
    width = 2 * MARGIN + len(columns) * (WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + tallest
    tables = [table for column in columns for table in column]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img"'
            ' aria-label="Tables of the database and their references">',
            f"<style>{STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#fbfcfc"/>',
            *(line for table in tables for line in _lines(table, places)),
            *(part for table in tables for part in _box(table, *places[table.name])),
            "</svg>",
            "",
        ]
    )


def _arrange(metadata: MetaData) -> list[list[Table]]:
    """Columns of tables: a table stands right of all it refers to, near the first of them."""
    ranks: dict[str, int] = {}
    for table in metadata.sorted_tables:
        before = [ranks[name] for name in _targets(table) if name in ranks]
        ranks[table.name] = max(before, default=-1) + 1
    columns: list[list[Table]] = []
    for rank in range(max(ranks.values()) + 1):
        left = {table.name: place for place, table in enumerate(columns[-1])} if columns else {}
        members = [table for table in metadata.sorted_tables if ranks[table.name] == rank]
        members.sort(
            key=lambda table: (
                min((left[name] for name in _targets(table) if name in left), default=99),
                table.name,
            )
        )
        columns.append(members)
    return columns


def _targets(table: Table) -> list[str]:
    names = {key.referred_table.name for key in table.foreign_key_constraints}
    return sorted(names - {table.name, "gyms"})


def _height(table: Table) -> int:
    return HEAD + ROW * len(table.columns) + 6


def _lines(table: Table, places: dict[str, tuple[int, int]]) -> list[str]:
    x, y = places[table.name]
    drawn = []
    keys = sorted(table.foreign_key_constraints, key=lambda key: list(key.column_keys))
    for key in keys:
        target = key.referred_table.name
        column = list(key.columns)[-1]  # the first one of a composite key is the gym
        if target in {"gyms", table.name}:
            continue
        start_y = y + _row(table, column) - 4
        end_x, end_y = places[target][0] + WIDTH, places[target][1] + HEAD // 2
        bend = max((x - end_x) // 2, 30)
        drawn.append(
            f'<path class="line" d="M{x},{start_y} C{x - bend},{start_y}'
            f' {end_x + bend},{end_y} {end_x},{end_y}"/>'
        )
    return drawn


def _row(table: Table, column: Column[object]) -> int:
    """Baseline of a column's text, from the top of its table."""
    return HEAD + ROW * (list(table.columns).index(column) + 1)


def _box(table: Table, x: int, y: int) -> list[str]:
    parts = [
        f'<rect class="box" x="{x}" y="{y}" width="{WIDTH}" height="{_height(table)}" rx="5"/>',
        f'<path class="head" d="M{x},{y + HEAD} v{5 - HEAD} a5,5 0 0 1 5,-5'
        f' h{WIDTH - 10} a5,5 0 0 1 5,5 v{HEAD - 5} z"/>',
        f'<text class="name" x="{x + 9}" y="{y + 16}">{table.name}</text>',
    ]
    for column in table.columns:
        style = ' class="key"' if column.primary_key or column.foreign_keys else ""
        level = y + _row(table, column)
        parts += [
            f'<text{style} x="{x + 9}" y="{level}">{escape(column.name)}</text>',
            f'<text class="type" x="{x + WIDTH - 9}" y="{level}" text-anchor="end">'
            f"{escape(_type(column))}</text>",
        ]
    return parts


def _type(column: Column[object]) -> str:
    name = column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    return SHORT.get(name, name.lower().replace("varchar", "text")) + (
        "?" if column.nullable else ""
    )


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(Base.metadata))
