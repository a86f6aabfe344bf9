"""One log of what was written to whom: messages become notifications, the outbox points to them"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from db.migrations.frozen_keys import fold

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CONSTRAINTS = {
    "pk_messages": "pk_notifications",
    "uq_messages_gym_id_message_id": "uq_notifications_gym_id_notification_id",
    "uq_messages_header_id": "uq_notifications_provider_id",
    "uq_messages_unsubscribe_hash": "uq_notifications_unsubscribe_hash",
    "ck_messages_state_known": "ck_notifications_state_known",
    "fk_messages_gym_id_gyms": "fk_notifications_gym_id_gyms",
    "fk_messages_gym_id_campaign_id_campaigns": "fk_notifications_gym_id_campaign_id_campaigns",
    "fk_messages_gym_id_customer_id_customers": "fk_notifications_gym_id_customer_id_customers",
}
INDEXES = {
    "ix_messages_gym_id_customer_id_created_at": "ix_notifications_gym_id_customer_id_created_at",
    "ix_messages_gym_id_email_key": "ix_notifications_gym_id_recipient_key",
    "ix_messages_gym_id_created_at": "ix_notifications_gym_id_created_at",
    "ix_messages_gym_id_sent_at": "ix_notifications_gym_id_sent_at",
    "ix_messages_queued": "ix_notifications_queued",
}
COLUMNS = {
    "message_id": "notification_id",
    "address": "recipient",
    "email_key": "recipient_key",
    "header_id": "provider_id",
}
COMMENTS = (
    ("campaign_id", "Of which campaign", "Of which campaign, if of one"),
    ("customer_id", "To whom", "To which member; empty where it goes to the gym"),
    (
        "recipient",
        "The member's address when queued",
        "Address or number it goes to: that of now, once a worker has looked",
    ),
    (
        "recipient_key",
        "The address as it is compared, see customers.email_key",
        "The recipient as it is compared, see customers.email_key",
    ),
    (
        "provider_id",
        "Message-ID, the same on every repeat",
        "The id it has outside: a mail's Message-ID, the same on every repeat",
    ),
    ("sent_at", "When the mail server took it", "When the provider took it"),
    ("error", "Why it failed, in plain words", "Why it failed, or was skipped"),
)
NOTHING_RECORDED = "Closed before it was recorded whether such a mail was sent or left out."


def upgrade() -> None:
    op.execute("drop schema if exists reporting cascade")  # made anew after every migration
    op.rename_table("messages", "notifications")
    op.execute("alter sequence messages_message_id_seq rename to notifications_notification_id_seq")
    _rename(COLUMNS, CONSTRAINTS, INDEXES, "notifications")
    op.drop_index("uq_messages_campaign_id_customer_id", table_name="notifications")
    _add_columns()
    op.execute(
        "update notifications set kind = 'campaign', channel = 'email',"
        " payload = jsonb_build_object('subject', subject, 'body', body),"
        " dedupe_key = campaign_id || '-' || customer_id"
    )
    for name in ("subject", "body"):
        op.drop_column("notifications", name)
    for name in ("campaign_id", "customer_id", "provider_id", "unsubscribe_hash"):
        op.alter_column("notifications", name, nullable=True)
    for name, _, comment in COMMENTS:
        op.alter_column("notifications", name, comment=comment)
    op.execute(
        "comment on table notifications is"
        " 'What was written to members and owners, and what became of it'"
    )
    _point_the_outbox()
    for name in ("kind", "channel", "payload", "dedupe_key"):
        op.alter_column("notifications", name, nullable=False)
    op.create_check_constraint("channel_known", "notifications", "channel IN ('email','sms')")
    op.create_unique_constraint(
        op.f("uq_notifications_gym_id_kind_dedupe_key"),
        "notifications",
        ["gym_id", "kind", "dedupe_key"],
    )
    op.create_index(
        "ix_notifications_gym_id_campaign_id", "notifications", ["gym_id", "campaign_id"]
    )
    op.drop_column("attendance_reports", "header_id")
    op.drop_column("address_confirmations", "header_id")


def _rename(
    columns: dict[str, str], constraints: dict[str, str], indexes: dict[str, str], table: str
) -> None:
    for old, new in columns.items():
        op.alter_column(table, old, new_column_name=new)
    for old, new in constraints.items():
        op.execute(f"alter table {table} rename constraint {old} to {new}")
    for old, new in indexes.items():
        op.execute(f"alter index {old} rename to {new}")


def _add_columns() -> None:
    for column in (
        sa.Column("kind", sa.String(), comment="What it is, such as campaign"),
        sa.Column("channel", sa.String(), comment="How it goes out: email, sms"),
        sa.Column("payload", postgresql.JSONB(), comment="What the kind needs to write it"),
        sa.Column("dedupe_key", sa.String(), comment="Once per gym, kind and key"),
    ):
        op.add_column("notifications", column)


def _point_the_outbox() -> None:
    connection = op.get_bind()
    op.drop_constraint(op.f("ck_outbox_one_content"), "outbox", type_="check")
    op.alter_column(
        "outbox", "message_id", new_column_name="notification_id", comment="What is to be sent"
    )
    rows = connection.execute(
        sa.text(
            "select o.outbox_id, o.gym_id, o.report_id, o.confirmation_id, o.state, o.last_error,"
            " o.created_at, coalesce(c.address, g.email) as recipient,"
            " coalesce(c.header_id, r.header_id) as header_id"
            " from outbox o join gyms g using (gym_id)"
            " left join attendance_reports r"
            " on r.gym_id = o.gym_id and r.report_id = o.report_id"
            " left join address_confirmations c"
            " on c.gym_id = o.gym_id and c.confirmation_id = o.confirmation_id"
            " where o.notification_id is null order by o.outbox_id"
        )
    ).all()
    for row in rows:
        is_report = row.report_id is not None
        key = "report_id" if is_report else "confirmation_id"
        number = row.report_id if is_report else row.confirmation_id
        notification_id = connection.scalar(
            sa.text(
                "insert into notifications (gym_id, kind, channel, recipient, recipient_key,"
                " payload, dedupe_key, provider_id, state, error, created_at)"
                " values (:gym_id, :kind, 'email', :recipient, :recipient_key,"
                " cast(:payload as jsonb), :dedupe_key, :provider_id, :state, :error, :created_at)"
                " returning notification_id"
            ),
            {
                "gym_id": row.gym_id,
                "kind": "attendance_report" if is_report else "address_confirmation",
                "recipient": row.recipient,
                "recipient_key": fold(row.recipient),
                "payload": json.dumps({key: number}),
                "dedupe_key": str(number),
                "provider_id": row.header_id,
                "state": {"done": "sent", "failed": "failed"}.get(row.state, "queued"),
                "error": NOTHING_RECORDED if row.state == "done" else row.last_error,
                "created_at": row.created_at,
            },
        )
        connection.execute(
            sa.text("update outbox set notification_id = :new where outbox_id = :outbox_id"),
            {"new": notification_id, "outbox_id": row.outbox_id},
        )
    op.drop_column("outbox", "report_id")
    op.drop_column("outbox", "confirmation_id")
    op.alter_column("outbox", "notification_id", nullable=False)
    op.execute(
        "alter table outbox rename constraint fk_outbox_gym_id_message_id_messages"
        " to fk_outbox_gym_id_notification_id_notifications"
    )
    op.execute("alter index ix_outbox_gym_id_message_id rename to ix_outbox_gym_id_notification_id")
    op.execute(
        "comment on table outbox is"
        " 'Notifications on their way out; claimed with a lease, sent at least once'"
    )
    op.alter_column("outbox", "last_error", comment="What the provider said last")


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    for table, key in (
        ("attendance_reports", "report_id"),
        ("address_confirmations", "confirmation_id"),
    ):
        op.add_column(table, sa.Column("header_id", sa.String()))
        op.create_unique_constraint(op.f(f"uq_{table}_header_id"), table, ["header_id"])
        kind = table.removesuffix("s")
        op.execute(
            f"update {table} t set header_id = n.provider_id from notifications n"
            f" where n.gym_id = t.gym_id and n.kind = '{kind}' and n.dedupe_key = t.{key}::text"
        )
        op.add_column("outbox", sa.Column(key, sa.BigInteger()))
    op.alter_column("outbox", "notification_id", new_column_name="message_id", nullable=True)
    op.execute(
        "alter table outbox rename constraint fk_outbox_gym_id_notification_id_notifications"
        " to fk_outbox_gym_id_message_id_messages"
    )
    op.execute("alter index ix_outbox_gym_id_notification_id rename to ix_outbox_gym_id_message_id")
    for table, key in (
        ("attendance_reports", "report_id"),
        ("address_confirmations", "confirmation_id"),
    ):
        op.execute(
            f"update outbox o set {key} = n.dedupe_key::bigint, message_id = null"
            f" from notifications n where n.notification_id = o.message_id"
            f" and n.kind = '{table.removesuffix('s')}'"
        )
        op.create_foreign_key(
            op.f(f"fk_outbox_gym_id_{key}_{table}"),
            "outbox",
            table,
            ["gym_id", key],
            ["gym_id", key],
        )
        op.create_index(
            f"ix_outbox_gym_id_{key}",
            "outbox",
            ["gym_id", key],
            postgresql_where=sa.text(f"{key} IS NOT NULL"),
        )
    op.execute(
        "delete from outbox where message_id in"
        " (select notification_id from notifications where kind <> 'campaign')"
    )
    op.execute("delete from notifications where kind <> 'campaign'")
    op.create_check_constraint(
        op.f("ck_outbox_one_content"),
        "outbox",
        "num_nonnulls(message_id, report_id, confirmation_id) = 1",
    )
    op.drop_index("ix_notifications_gym_id_campaign_id", table_name="notifications")
    op.drop_constraint(
        op.f("uq_notifications_gym_id_kind_dedupe_key"), "notifications", type_="unique"
    )
    op.drop_constraint(op.f("ck_notifications_channel_known"), "notifications", type_="check")
    for name in ("subject", "body"):
        op.add_column("notifications", sa.Column(name, sa.String()))
        op.execute(f"update notifications set {name} = payload ->> '{name}'")
        op.alter_column("notifications", name, nullable=False)
    for name in ("kind", "channel", "payload", "dedupe_key"):
        op.drop_column("notifications", name)
    for name in ("campaign_id", "customer_id", "provider_id", "unsubscribe_hash"):
        op.alter_column("notifications", name, nullable=False)
    for name, comment, _ in COMMENTS:
        op.alter_column("notifications", name, comment=comment)
    op.create_index(
        "uq_messages_campaign_id_customer_id",
        "notifications",
        ["gym_id", "campaign_id", "customer_id"],
        unique=True,
    )
    _rename(
        *({new: old for old, new in names.items()} for names in (COLUMNS, CONSTRAINTS, INDEXES)),
        "notifications",
    )
    op.execute("alter sequence notifications_notification_id_seq rename to messages_message_id_seq")
    op.rename_table("notifications", "messages")
