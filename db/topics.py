"""What a change is about, as cached responses care: each model declares its topic.

A commit moves on the versions of the topics of which it wrote rows (`db.cache_version`), and a
cached response counts as old when a topic that it reads has moved on. Triggers note the topics, so
that no way of writing is missed: COPY, a driver's cursor and a function of the database count like
a flush, and what a savepoint took back does not.
"""

from enum import StrEnum

from sqlalchemy import Connection

from db.base import Base


class Topic(StrEnum):
    """Topics are few and coarse; what no cached response reads has none."""

    MEMBERS = "members"
    VISITS = "visits"
    MONEY = "money"
    SCORES = "scores"
    OUTREACH = "outreach"
    SETUP = "setup"


def apply_topics(connection: Connection) -> None:
    """Let every table note its topic, and no other. Runs as the migrator."""
    run = connection.exec_driver_sql
    for mapper in Base.registry.mappers:
        model = mapper.class_
        table = model.__tablename__
        for name in ("note_topic", "note_topic_of_row", "note_topic_of_deleted"):
            run(f"drop trigger if exists {name} on {table}")
        if model.topic is None:
            continue
        note = f"execute function note_topic('{model.topic}')"
        if model.topic_where is None:
            run(
                "create trigger note_topic after insert or update or delete or truncate"
                f" on {table} for each statement {note}"
            )
            continue
        run(
            f"create trigger note_topic_of_row after insert or update on {table}"
            f" for each row when (new.{model.topic_where}) {note}"
        )
        run(
            f"create trigger note_topic_of_deleted after delete on {table}"
            f" for each row when (old.{model.topic_where}) {note}"
        )
