"""Members are found by words that are rows, which an index can find under row-level security"""

import sqlalchemy as sa
from alembic import op

from db.migrations.frozen_keys import Texts, list_words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BATCH = 5_000


def upgrade() -> None:
    op.create_table(
        "member_words",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "word",
            sa.Text(collation="C"),
            nullable=False,
            comment="Letters and digits without case and accents, up to 60",
        ),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Whom it finds"),
        comment="The words by which members are found: of name, address, phone and number",
    )
    _write_words(op.get_bind())
    op.create_primary_key(
        op.f("pk_member_words"), "member_words", ["gym_id", "word", "customer_id"]
    )
    op.create_index("ix_member_words_gym_id_customer_id", "member_words", ["gym_id", "customer_id"])
    op.create_foreign_key(
        op.f("fk_member_words_gym_id_customer_id_customers"),
        "member_words",
        "customers",
        ["gym_id", "customer_id"],
        ["gym_id", "customer_id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("member_words")


def _write_words(connection: sa.Connection) -> None:
    read = sa.text(
        "select gym_id, customer_id, name, email, phone, number from customers"
        " where customer_id > :after order by customer_id limit :batch"
    )
    write = sa.text(
        "insert into member_words (gym_id, word, customer_id)"
        " select m.gym_id, w.word, m.customer_id"
        " from unnest(cast(:gym_ids as bigint[]), cast(:ids as bigint[]), cast(:words as text[]))"
        " m (gym_id, customer_id, words), unnest(string_to_array(m.words, ' ')) w (word)"
    )
    after = 0
    while rows := connection.execute(read, {"after": after, "batch": BATCH}).all():
        members = [Texts(*row) for row in rows]
        connection.execute(
            write,
            {
                "gym_ids": [member.gym_id for member in members],
                "ids": [member.member_id for member in members],
                "words": [" ".join(list_words(member)) for member in members],
            },
        )
        after = members[-1].member_id
