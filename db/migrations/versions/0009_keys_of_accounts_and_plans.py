"""Accounts and plans are compared by keys that do not depend on the server's locale"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from db.migrations.frozen_keys import fold

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COMMENTS = {
    "email": "The address as it is compared, without case and accents",
    "username": "The name as it is compared, without case and accents",
    "name": "The name as it is compared, without case and accents",
}
REMEDY = {
    "email": "give one of them another address (update users set email = '...' where user_id = ...;"
    " an owner's also in gyms.email)",
    "username": "give one of them another name (update users set username = '...' where user_id ="
    " ...; an owner's also in gyms.username)",
    "name": "give one of these plans another name (update packages set name = '...' where"
    " package_id = ...)",
}


def upgrade() -> None:
    _refuse_doubles("users", "user_id", "email", within="0")
    _refuse_doubles("users", "user_id", "username", within="0")
    _refuse_doubles("packages", "package_id", "name", within="gym_id")
    _add_key("users", "user_id", "email", is_needed=True)
    _add_key("users", "user_id", "username", is_needed=False)
    _add_key("packages", "package_id", "name", is_needed=True)
    op.create_unique_constraint("uq_users_email_key", "users", ["email_key"])
    op.create_unique_constraint("uq_users_username_key", "users", ["username_key"])
    op.create_unique_constraint("uq_packages_gym_id_name_key", "packages", ["gym_id", "name_key"])
    op.drop_constraint("uq_packages_gym_id_name", "packages", type_="unique")
    op.create_unique_constraint("uq_gyms_email", "gyms", ["email"])
    op.create_unique_constraint("uq_gyms_username", "gyms", ["username"])
    for table in ("users", "gyms"):
        op.drop_index(f"uq_{table}_lower_email", table_name=table)
        op.drop_index(f"uq_{table}_lower_username", table_name=table)
        op.alter_column(table, "email", comment=_word(table, "address"))
        op.alter_column(table, "username", comment=_word(table, "name"))
    op.execute("drop function if exists gym_of_login(text)")  # its argument has another name now


def downgrade() -> None:
    op.execute("drop function if exists gym_of_login(text)")
    for table in ("users", "gyms"):
        op.create_index(
            f"uq_{table}_lower_email", table, [sa.literal_column("lower(email)")], unique=True
        )
        op.create_index(
            f"uq_{table}_lower_username", table, [sa.literal_column("lower(username)")], unique=True
        )
    op.drop_constraint("uq_gyms_email", "gyms", type_="unique")
    op.drop_constraint("uq_gyms_username", "gyms", type_="unique")
    op.create_unique_constraint("uq_packages_gym_id_name", "packages", ["gym_id", "name"])
    for table, column in (("users", "email"), ("users", "username"), ("packages", "name")):
        op.drop_constraint(f"{column}_key_is_of_{column}", table, type_="check")
        op.drop_column(table, f"{column}_key")


def _word(table: str, what: str) -> str:
    return f"Sign-in {what}" if table == "users" else f"Owner's sign-in {what}, as in users"


def _refuse_doubles(table: str, key: str, column: str, *, within: str) -> None:
    """Two rows that are one now are nobody's but the operator's to set apart."""
    known: dict[tuple[int, str], int] = {}
    query = f"select {key}, {within}, {column} from {table} where {column} is not null order by 1"
    for row_id, place, value in op.get_bind().execute(sa.text(query)):
        other = known.setdefault((place, fold(value)), row_id)
        if other != row_id:
            raise CommandError(
                f"{table} {other} and {row_id} have one {column} now that case, accents and"
                f" spelling of letters make no difference: {REMEDY[column]}, then migrate again"
            )


def _add_key(table: str, key: str, column: str, *, is_needed: bool) -> None:
    added = sa.Column(
        f"{column}_key", sa.Text(collation="C"), nullable=True, comment=COMMENTS[column]
    )
    op.add_column(table, added)
    connection = op.get_bind()
    query = f"select {key}, {column} from {table} where {column} is not null"
    rows = connection.execute(sa.text(query)).all()
    write = sa.text(
        f"update {table} t set {column}_key = k.key"
        " from unnest(cast(:ids as bigint[]), cast(:keys as text[])) as k (id, key)"
        f" where t.{key} = k.id"
    )
    connection.execute(
        write, {"ids": [row[0] for row in rows], "keys": [fold(row[1]) for row in rows]}
    )
    if is_needed:
        op.alter_column(table, f"{column}_key", nullable=False)
    op.create_check_constraint(
        f"{column}_key_is_of_{column}",
        table,
        f"({column} IS NULL) = ({column}_key IS NULL) AND (octet_length({column}) > length({column})"
        f' OR {column}_key = left(lower({column} COLLATE "C"), 600))',
    )
