"""Members have a profile, tags, and notes that say who wrote them and when"""

from importlib.resources import files

import phonenumbers
import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BATCH = 5_000
IS_KEY = (
    "(name IS NULL) = (name_key IS NULL) AND (octet_length(name) > length(name)"
    ' OR name_key = left(lower(name COLLATE "C"), 600))'
)


def upgrade() -> None:
    _make_notes()
    _make_tags()
    for name, comment in (
        (
            "phone_e164",
            "The same as E.164 writes it; empty where it cannot be dialled from anywhere",
        ),
        ("address", "Where the member lives"),
        ("emergency_contact", "Name of who is called for them"),
        ("emergency_phone", "The number to call"),
        ("emergency_relation", "Who that is to the member, in their words"),
    ):
        op.add_column("customers", sa.Column(name, sa.String(), comment=comment))
    op.alter_column(
        "customers",
        "phone",
        comment="Phone number, as it was typed",
        existing_comment="Phone number",
    )
    op.execute(
        "insert into member_notes (gym_id, customer_id, text, created_at)"
        " select gym_id, customer_id, notes, updated_at from customers where notes <> ''"
    )
    op.drop_column("customers", "notes")
    _write_numbers(op.get_bind())


def downgrade() -> None:
    op.add_column(
        "customers", sa.Column("notes", sa.String(), nullable=True, comment="Staff's notes")
    )
    op.execute(
        "update customers c set notes = n.text from (select customer_id, string_agg(text, chr(10)"
        " order by note_id) as text from member_notes group by customer_id) n"
        " where n.customer_id = c.customer_id"
    )
    for name in (
        "emergency_relation",
        "emergency_phone",
        "emergency_contact",
        "address",
        "phone_e164",
    ):
        op.drop_column("customers", name)
    for table in ("member_tags", "tags", "member_notes"):
        op.drop_table(table)


def _make_notes() -> None:
    op.create_table(
        "member_notes",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="About whom"),
        sa.Column("text", sa.String(), nullable=False, comment="What was written"),
        sa.Column(
            "author_id",
            sa.BigInteger(),
            comment="The user who wrote it; empty where nobody recorded that",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was written",
        ),
        sa.Column("edited_at", sa.DateTime(timezone=True), comment="When its text last changed"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.CheckConstraint("text <> ''", name=op.f("ck_member_notes_text_not_empty")),
        sa.ForeignKeyConstraint(
            ["gym_id", "author_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_member_notes_gym_id_author_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_notes_gym_id_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_member_notes_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_member_notes")),
        sa.UniqueConstraint("gym_id", "note_id", name=op.f("uq_member_notes_gym_id_note_id")),
        comment="What the staff wrote down about members",
    )
    op.create_index(
        "ix_member_notes_gym_id_customer_id", "member_notes", ["gym_id", "customer_id", "note_id"]
    )


def _make_tags() -> None:
    op.create_table(
        "tags",
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="The word, as the gym writes it"),
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The word as it is compared and sorted: no case, no accents",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row last changed",
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_tags_name_not_empty")),
        sa.CheckConstraint(IS_KEY, name=op.f("ck_tags_name_key_is_of_name")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_tags_gym_id_gyms")),
        sa.PrimaryKeyConstraint("tag_id", name=op.f("pk_tags")),
        sa.UniqueConstraint("gym_id", "tag_id", name=op.f("uq_tags_gym_id_tag_id")),
        sa.UniqueConstraint("gym_id", "name_key", name=op.f("uq_tags_gym_id_name_key")),
        comment="A gym's own words for groups of members",
    )
    op.create_table(
        "member_tags",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Who has the tag"),
        sa.Column("tag_id", sa.BigInteger(), nullable=False, comment="Which one"),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_tags_gym_id_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "tag_id"],
            ["tags.gym_id", "tags.tag_id"],
            name=op.f("fk_member_tags_gym_id_tag_id_tags"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("gym_id", "customer_id", "tag_id", name=op.f("pk_member_tags")),
        comment="Which members have which tags",
    )
    op.create_index(
        "ix_member_tags_gym_id_tag_id", "member_tags", ["gym_id", "tag_id", "customer_id"]
    )


def _write_numbers(connection: sa.Connection) -> None:
    """As E.164 writes them, with the country of the gym's time zone."""
    rows = (files("tzdata.zoneinfo") / "zone.tab").read_text("utf-8").splitlines()
    regions = {row.split("\t")[2]: row.split("\t")[0] for row in rows if not row.startswith("#")}
    read = sa.text(
        "select c.customer_id, c.phone, g.timezone from customers c"
        " join gyms g on g.gym_id = c.gym_id"
        " where c.customer_id > :after and c.phone <> '' order by c.customer_id limit :batch"
    )
    write = sa.text(
        "update customers c set phone_e164 = k.e164"
        " from unnest(cast(:ids as bigint[]), cast(:numbers as text[])) as k (id, e164)"
        " where c.customer_id = k.id"
    )
    after = 0
    while rows := connection.execute(read, {"after": after, "batch": BATCH}).all():
        found = {row.customer_id: _to_e164(row.phone, regions.get(row.timezone)) for row in rows}
        found = {key: number for key, number in found.items() if number}
        connection.execute(write, {"ids": list(found), "numbers": list(found.values())})
        after = rows[-1].customer_id


def _to_e164(phone: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
