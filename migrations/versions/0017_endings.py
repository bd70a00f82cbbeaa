"""How documents end: reports of loss, grounds, the bin of a centre and its destructions; documents that exclude others.

Where a person has two valid documents that now exclude each other, as the release before let happen, the newest holds
the place of its group; the older keeps a place of its own until its successor's hand-over, or a person, ends it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0017"
down_revision = "0016"

GROUPS = {
    "residence": ("RC", "TID", "RP-R", "RP-S"),
    "temporary": ("TPP",),
    "travel": ("TD-C", "TD-S"),
    "return": ("RT",),
}
VALID = sa.text("state = 'valid'")


def upgrade() -> None:
    add_column("document", sa.Column("exclusive", sa.String, nullable=False, server_default="''"))
    document = sa.table("document", *map(sa.column, ("id", "person_id", "document_type", "exclusive", "state")))
    for group, types in GROUPS.items():
        op.execute(document.update().where(document.c.document_type.in_(types)).values(exclusive=group))
    op.drop_index("uq_document_one_valid", "document")
    _set_older_aside(document)
    op.create_index(
        "uq_document_one_valid", "document", ["person_id", "exclusive"], unique=True,
        sqlite_where=VALID, postgresql_where=VALID,
    )  # fmt: skip
    _create_tables()


def _set_older_aside(document: sa.TableClause) -> None:
    newer = document.alias("newer")
    same = (newer.c.person_id == document.c.person_id) & (newer.c.exclusive == document.c.exclusive)
    is_older = sa.exists().where(same, newer.c.state == "valid", newer.c.id > document.c.id)
    older = op.get_bind().scalars(sa.select(document.c.id).where(document.c.state == "valid", is_older)).all()
    for key in older:
        aside = document.update().where(document.c.id == key).values(exclusive="aside " + document.c.document_type)
        op.execute(aside)


def _create_tables() -> None:
    op.create_table(
        "loss_report",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("police_reference", sa.String, nullable=False),
        sa.Column("noticed_on", sa.Date, nullable=False),
        sa.Column("in_time", sa.Boolean, nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("found_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("found_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("identity_confirmed_by", sa.String, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.CheckConstraint("found_by <> settled_by", op.f("ck_loss_report_two_lift_a_suspension")),
    )
    op.create_index("ix_loss_report_document_id", "loss_report", ["document_id"])
    _partial("ix_loss_report_open", "loss_report", ["centre_id", "reported_at"], "settled_at IS NULL")
    op.create_table(
        "destruction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("counted_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("method", sa.String, nullable=False),
        sa.Column("witnessed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("witnessed_at", sa.DateTime(timezone=True)),
        sa.Column("given_up_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("counted_by <> witnessed_by", op.f("ck_destruction_two_destroy")),
    )
    waiting = "witnessed_at IS NULL AND given_up_at IS NULL"
    _partial("uq_destruction_one_open", "destruction", ["centre_id"], waiting, unique=True)
    op.create_table(
        "ending",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, unique=True),
        sa.Column("ground", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("binned_at", sa.Uuid, sa.ForeignKey("centre.id")),
        sa.Column("destruction_id", sa.Uuid, sa.ForeignKey("destruction.id")),
    )
    op.create_index("ix_ending_destruction_id", "ending", ["destruction_id"])
    _partial("ix_ending_in_bin", "ending", ["binned_at"], "binned_at IS NOT NULL AND destruction_id IS NULL")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
