"""Amounts in major units hold three decimals, for dinars and rials"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = {
    "packages": {"price": 12},
    "rfm": {"monetary_score": 14},
    "clv": {
        "clv_value": 14,
        "average_order_value": 14,
        "forecast_value": 14,
        "forecast_low": 14,
        "forecast_high": 14,
        "forecast_unit_value": 14,
    },
}


def upgrade() -> None:
    _drop_views()
    for table, columns in COLUMNS.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.Numeric(15, 3))


def downgrade() -> None:
    """What has a third decimal is rounded."""
    _drop_views()
    for table, columns in COLUMNS.items():
        for column, precision in columns.items():
            op.alter_column(table, column, type_=sa.Numeric(precision, 2))


def _drop_views() -> None:
    """They hold on to the columns' types. `apply_access` makes them anew after every migration."""
    op.execute("drop schema if exists reporting cascade")
