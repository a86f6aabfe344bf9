"""Consent by channel and purpose, and a gym's switch for payment reminders"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_consents",
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Whose"),
        sa.Column("channel", sa.String(), nullable=False, comment="By which way: email, sms"),
        sa.Column("purpose", sa.String(), nullable=False, comment="What for: billing, retention"),
        sa.Column(
            "consent", sa.String(), nullable=False, comment="What the member said: given, refused"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, comment="Since when"),
        sa.Column(
            "recorded_by", sa.BigInteger(), nullable=False, comment="The user who wrote it down"
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.CheckConstraint(
            "channel <> 'email' OR purpose <> 'retention'",
            name=op.f("ck_member_consents_retention_mail_is_elsewhere"),
        ),
        sa.CheckConstraint(
            "channel IN ('email','sms')", name=op.f("ck_member_consents_channel_known")
        ),
        sa.CheckConstraint(
            "purpose IN ('billing','retention')", name=op.f("ck_member_consents_purpose_known")
        ),
        sa.CheckConstraint(
            "consent IN ('given','refused')", name=op.f("ck_member_consents_consent_known")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_member_consents_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_consents_gym_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "recorded_by"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_member_consents_gym_id_recorded_by_users"),
        ),
        sa.PrimaryKeyConstraint(
            "customer_id", "channel", "purpose", name=op.f("pk_member_consents")
        ),
        comment="What members agreed to, but for retention mail",
    )
    op.add_column(
        "gyms",
        sa.Column(
            "sends_payment_reminders",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Members who agreed get an SMS about a payment that is due",
        ),
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.drop_column("gyms", "sends_payment_reminders")
    op.drop_table("member_consents")
