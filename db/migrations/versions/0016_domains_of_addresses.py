"""The key of an address keeps the accents of its domain: without them it is another owner's"""

import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from email_validator import EmailNotValidError, validate_email

from db.migrations.frozen_keys import LONGEST_KEY, fold

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = "The address as it is compared, without case and accents"
AFTER = "The address as it is compared: no case and accents before the @, domain in ASCII"
KEPT = (
    ("users", "user_id", "email", "email_key"),
    ("customers", "customer_id", "email", "email_key"),
    ("notifications", "notification_id", "recipient", "recipient_key"),
)


def upgrade() -> None:
    _refuse_doubles()
    _keep_unsubscribed()
    _write_keys(_key_of_address)
    for table in ("customers", "users"):
        op.alter_column(table, "email_key", comment=AFTER)


def downgrade() -> None:
    _write_keys(fold)
    for table in ("customers", "users"):
        op.alter_column(table, "email_key", comment=BEFORE)


def _key_of_address(text: str) -> str:
    if text.isascii() or "@" not in text:
        return fold(text)
    local, at, domain = text.rpartition("@")
    try:
        found = validate_email(unicodedata.normalize("NFC", text), check_deliverability=False)
        domain = found.ascii_domain or domain
    except EmailNotValidError:
        domain = unicodedata.normalize("NFKC", domain).casefold()
    return f"{fold(local)}{at}{domain}"[:LONGEST_KEY]


def _read(table: str, key: str, column: str) -> list[tuple[int, int | None, str]]:
    """Addresses that are not in ASCII: no other changes its key."""
    query = (
        f"select {key}, gym_id, {column} from {table}"
        f" where octet_length({column}) > length({column}) order by {key}"
    )
    return [tuple(row) for row in op.get_bind().execute(sa.text(query))]


def _refuse_doubles() -> None:
    """One account may have written its domain in ASCII, and another as it is read."""
    known = dict(op.get_bind().execute(sa.text("select email_key, user_id from users")).all())
    for user_id, _, email in _read("users", "user_id", "email"):
        other = known.setdefault(_key_of_address(email), user_id)
        if other != user_id:
            raise CommandError(
                f"users {min(other, user_id)} and {max(other, user_id)} have one email now that a"
                " domain is the same however it is written: give one of them another address"
                " (update users set email = '...' where user_id = ...; an owner's also in"
                " gyms.email), then migrate again"
            )


def _keep_unsubscribed() -> None:
    """Who unsubscribed is known by the old key alone, so every address that has it did."""
    keys = {
        (gym_id, fold(address), _key_of_address(address))
        for table, key, column, _ in KEPT[1:]
        for _, gym_id, address in _read(table, key, column)
    }
    write = sa.text(
        "insert into unsubscribed_addresses (gym_id, email_key, unsubscribed_at)"
        " select k.gym_id, k.now, u.unsubscribed_at from unnest(cast(:gym_ids as bigint[]),"
        " cast(:before as text[]), cast(:now as text[])) as k (gym_id, before, now)"
        " join unsubscribed_addresses u on u.gym_id = k.gym_id and u.email_key = k.before"
        " on conflict do nothing"
    )
    gym_ids, before, now = ([key[place] for key in sorted(keys)] for place in range(3))
    op.get_bind().execute(write, {"gym_ids": gym_ids, "before": before, "now": now})


def _write_keys(make_key: Callable[[str], str]) -> None:
    for table, key, column, kept in KEPT:
        rows = _read(table, key, column)
        write = sa.text(
            f"update {table} t set {kept} = k.key"
            " from unnest(cast(:ids as bigint[]), cast(:keys as text[])) as k (id, key)"
            f" where t.{key} = k.id and t.{kept} <> k.key"
        )
        keys = [make_key(address) for _, _, address in rows]
        op.get_bind().execute(write, {"ids": [row[0] for row in rows], "keys": keys})
