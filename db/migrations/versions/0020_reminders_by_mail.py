"""Payment reminders go by mail as well: the comment of their switch"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _say("Members are reminded of a payment that is due")


def downgrade() -> None:
    _say("Members who agreed get an SMS about a payment that is due")


def _say(comment: str) -> None:
    op.alter_column("gyms", "sends_payment_reminders", comment=comment)
