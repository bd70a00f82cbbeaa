"""Families, and who acts for a person: links, mandates in place of names in a text, children without a guardian.

Each representative named in a request becomes a mandate of the person, once for the same name and relation: a
guardian's where the release before read the child as unaccompanied, else that of a representative. What it wrote about
a hand-over stays as it was written.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0022"
down_revision = "0021"

SCOPES = "see_status receive_notices collect sign"
IS_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _create_links()
    mandate = _create_mandates()
    _create_lone_children()
    add_column("request", sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandate.id")))
    _fill(mandate)
    op.drop_column("request", "representative")


def _create_links() -> None:
    op.create_table(
        "family_link",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("relative_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("tie", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("from_day", sa.Date),
        sa.Column("to_day", sa.Date),
        sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String, nullable=False),
        sa.CheckConstraint("person_id <> relative_id", op.f("ck_family_link_of_two_persons")),
        sa.CheckConstraint(
            "to_day IS NULL OR from_day IS NULL OR from_day <= to_day", op.f("ck_family_link_begins_before_it_ends")
        ),
    )
    for column in ("person_id", "relative_id"):
        op.create_index(f"ix_family_link_{column}", "family_link", [column])
    columns = ["person_id", "relative_id", "tie"]
    op.create_index(
        "uq_family_link_once", "family_link", columns, unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )


def _create_mandates() -> sa.Table:
    table = op.create_table(
        "mandate",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("holder_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("holder_name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("relation", sa.String, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("to_day", sa.Date),
        sa.Column("given_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("holder_id IS NOT NULL OR holder_name <> ''", op.f("ck_mandate_has_a_holder")),
        sa.CheckConstraint("holder_id <> person_id", op.f("ck_mandate_holder_is_another")),
        sa.CheckConstraint("from_day <= to_day", op.f("ck_mandate_begins_before_it_ends")),
    )
    op.create_index("ix_mandate_person_id", "mandate", ["person_id"])
    op.create_index("ix_mandate_holder_id", "mandate", ["holder_id"])
    return table


def _create_lone_children() -> None:
    op.create_table(
        "lone_child",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, unique=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("referred_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("referred_at", sa.DateTime(timezone=True)),
        sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandate.id")),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String, nullable=False),
    )
    op.create_index(
        "ix_lone_child_waiting", "lone_child", ["centre_id", "due_at"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )


def _fill(mandate: sa.Table) -> None:
    """A mandate for each person and text, and each request with that of its text."""
    keys = [sa.column(name, sa.Uuid) for name in ("id", "person_id", "lodged_by", "mandate_id")]
    others = (sa.column("representative", sa.String), sa.column("unaccompanied", sa.Boolean))
    request = sa.table("request", *keys, *others, sa.column("lodged_on", sa.Date))
    named = sa.select(request).where(request.c.representative != "").order_by(request.c.lodged_on, request.c.id)
    known: dict[tuple[uuid.UUID, str], uuid.UUID] = {}
    for row in op.get_bind().execute(named).all():
        of = (row.person_id, row.representative)
        if of not in known:
            known[of] = uuid.uuid4()
            op.execute(mandate.insert().values(id=known[of], **_mandate(row)))
        op.execute(request.update().where(request.c.id == row.id).values(mandate_id=known[of]))


def _mandate(row: sa.Row) -> dict[str, object]:
    """`Popa Ana (mother)` as a mandate from the day of the lodging; what has another form is all name."""
    name, _, relation = row.representative.removesuffix(")").partition("(")
    return {
        "version": 1,
        "person_id": row.person_id,
        "holder_name": name.strip() or row.representative,
        "kind": "guardian" if row.unaccompanied else "representative",
        "relation": relation.strip() or "-",
        "scopes": SCOPES,
        "evidence": "",
        "from_day": row.lodged_on,
        "given_by": row.lodged_by,
        "given_at": dt.datetime.combine(row.lodged_on, dt.time(), dt.UTC),
    }
