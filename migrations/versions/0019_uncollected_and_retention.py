"""What its holder does not collect: since when, and where it lies. What is destroyed when, and who agreed.

The term of a document that ended before this release begins with the upgrade: the day of its end was not kept.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0019"
down_revision = "0018"

LIES = sa.text("left_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "uncollected",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("ready_on", sa.Date, nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("vaulted_at", sa.DateTime(timezone=True)),
        sa.Column("vaulted_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("back", sa.Boolean, nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.Column("left_by", sa.Uuid, sa.ForeignKey("staff.id")),
    )
    op.create_index("ix_uncollected_request_id", "uncollected", ["request_id"])
    _where_it_lies("uq_uncollected_one_open", ["request_id"], unique=True)
    _where_it_lies("ix_uncollected_open", ["centre_id", "ready_on"])
    _create_retention()


def _where_it_lies(name: str, columns: list[str], *, unique: bool = False) -> None:
    op.create_index(name, "uncollected", columns, unique=unique, sqlite_where=LIES, postgresql_where=LIES)


def _create_retention() -> None:
    op.create_table(
        "retention_plan",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.CheckConstraint("asked_by <> agreed_by", op.f("ck_retention_plan_two_agree")),
    )
    is_open = sa.text("open")
    op.create_index(
        "uq_retention_plan_one_open", "retention_plan", ["open"], unique=True,
        sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
    for name in ("retained_since", "erased_on"):
        add_column("request", sa.Column(name, sa.Date))
    _fill()
    op.drop_index("ix_request_without_document", "request")
    retained = sa.text("retained_since IS NOT NULL")
    op.create_index(
        "ix_request_retained", "request", ["document_type", "retained_since"],
        sqlite_where=retained, postgresql_where=retained,
    )  # fmt: skip


def _fill() -> None:
    request = sa.table("request", *map(sa.column, ("id", "state", "ended_on", "retained_since", "erased_on")))
    document = sa.table("document", *map(sa.column, ("request_id", "state", "expiry_date")))
    key = sa.table("data_key", sa.column("request_id"), sa.column("destroyed_at"))
    its_document = document.c.request_id == request.c.id
    held = its_document & document.c.state.in_(("valid", "suspended"))
    last_day = sa.select(sa.func.max(document.c.expiry_date)).where(held).scalar_subquery()
    over = its_document & document.c.state.in_(
        ("lost", "stolen", "damaged", "replaced", "voided", "surrendered", "destroyed")
    )
    without = request.c.state.in_(("refused", "withdrawn", "closed"))
    delivered = request.c.state == "delivered"
    op.execute(request.update().where(without).values(retained_since=request.c.ended_on))
    op.execute(request.update().where(delivered).values(retained_since=last_day))
    op.execute(request.update().where(delivered, sa.exists().where(over)).values(retained_since=sa.func.current_date()))
    destroyed = (key.c.request_id == request.c.id) & key.c.destroyed_at.is_not(None)
    gone = {"retained_since": None, "erased_on": request.c.ended_on}
    op.execute(request.update().where(sa.exists().where(destroyed)).values(gone))
