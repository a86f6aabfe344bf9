"""The picture in the documentation shows the tables as they are."""

from db.er_diagram import PICTURE, draw
from db.models import Base


def test_the_picture_is_of_todays_tables() -> None:
    assert PICTURE.read_text() == draw(Base.metadata), "run: python -m db.er_diagram"


def test_every_table_and_column_is_in_it() -> None:
    picture = draw(Base.metadata)
    for table in Base.metadata.sorted_tables:
        assert f">{table.name}</text>" in picture
        for column in table.columns:
            assert f">{column.name}</text>" in picture
