"""What was queued, sent and refused before there was one log of it stays known after."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from db.migrate import migrate
from tests.factories.gyms import create_gym
from tests.fixtures.postgres import MigratedDatabase

BEFORE = """
delete from address_confirmations;
insert into customers (gym_id, name, name_key, join_date)
  values (:gym, 'Mia', 'mia', '2026-01-01');
insert into campaigns (gym_id, created_by, name, subject, body, audience)
  select :gym, user_id, 'x', 'x', 'x', '{}' from users where gym_id = :gym limit 1;
insert into messages (message_id, gym_id, campaign_id, customer_id, address, email_key, subject,
    body, header_id, unsubscribe_hash, state, error)
  select 77, :gym, campaign_id, customer_id, 'Mia@example.com', 'mia@example.com', 'Hi', 'Come',
    '<1@x>', 'hash', 'failed', '550' from campaigns join customers using (gym_id);
insert into attendance_reports (gym_id, day, visits, unique_members, first_timers, returned,
    header_id)
  values (:gym, '2026-01-02', 0, 0, 0, 0, '<2@x>');
insert into address_confirmations (gym_id, address, header_id, token_hash, expires_at)
  values (:gym, 'New@Example.com', '<3@x>', 'token', now());
insert into outbox (gym_id, message_id, report_id, confirmation_id, state, last_error)
  select :gym, 77, null::bigint, null::bigint, 'failed', '550'
  union all select :gym, null, report_id, null, 'done', null from attendance_reports
  union all select :gym, null, null, confirmation_id, 'pending', null
    from address_confirmations;
"""
FIELDS = "kind, channel, recipient, recipient_key, payload, provider_id, state"


def test_each_becomes_a_notification_with_its_text_state_and_id(
    fresh_database: MigratedDatabase,
    at_revision: Callable[[str], AbstractContextManager[Connection]],
) -> None:
    engine = create_engine(fresh_database.ops_url)
    with engine.begin() as connection, Session(connection) as session:
        gym_id = create_gym(session).gym_id
        session.commit()
    with at_revision("0012") as connection:
        for statement in BEFORE.split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {"gym": gym_id})
    migrate(fresh_database.migrator_url)
    with engine.connect() as connection:
        rows = connection.execute(text(f"select {FIELDS} from notifications order by 1")).all()
        report, link = (
            connection.scalar(text(f"select {key} from {table}"))
            for key, table in (
                ("report_id", "attendance_reports"),
                ("confirmation_id", "address_confirmations"),
            )
        )
        [owner] = connection.scalars(text("select email from gyms")).all()
        assert [tuple(row) for row in rows] == [
            (
                "address_confirmation",
                "email",
                "New@Example.com",
                "new@example.com",
                {"confirmation_id": link},
                "<3@x>",
                "queued",
            ),
            ("attendance_report", "email", owner, owner, {"report_id": report}, "<2@x>", "sent"),
            (
                "campaign",
                "email",
                "Mia@example.com",
                "mia@example.com",
                {"subject": "Hi", "body": "Come"},
                "<1@x>",
                "failed",
            ),
        ]
        pointed = text(
            "select n.notification_id = 77, n.kind, o.state from outbox o"
            " join notifications n using (gym_id, notification_id) order by n.kind"
        )
        assert [tuple(row) for row in connection.execute(pointed)] == [
            (False, "address_confirmation", "pending"),
            (False, "attendance_report", "done"),
            (True, "campaign", "failed"),
        ]
    with at_revision("0012") as connection:
        back = connection.execute(text("select message_id, subject, header_id from messages")).all()
        assert [tuple(row) for row in back] == [(77, "Hi", "<1@x>")]
        kept = text(
            "select count(message_id), count(report_id), count(confirmation_id) from outbox"
        )
        assert tuple(connection.execute(kept).one()) == (1, 1, 1)
    engine.dispose()
