"""Stacks of blanks that were declared at a station, and blanks that turned up where they may not be.

A register of before has no stack: its blanks lie at their stations as they did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

CARD_STATES = ("waiting", "provisional", "doubted", "confirmed", "ended")
IN_A_STACK = sa.text("state IN ('waiting', 'provisional', 'doubted')")
DOUBTED = sa.text("state = 'doubted'")
NOT_CLOSED = sa.text("closed_at IS NULL")
NOT_SETTLED = sa.text("settled_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_document_chip_uid", "document", ["chip_uid"])
    _create_stacks()
    _create_cards()
    _create_strays()


def _create_stacks() -> None:
    op.create_table(
        "stack",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("last", sa.String, nullable=False),
        sa.Column("declared_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubted", sa.Boolean, nullable=False),
        sa.Column("top", sa.String),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
    )
    op.create_index("ix_stack_open", "stack", ["station_id"], sqlite_where=NOT_CLOSED, postgresql_where=NOT_CLOSED)


def _create_cards() -> None:
    op.create_table(
        "stack_card",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stack_id", sa.Uuid, sa.ForeignKey("stack.id"), nullable=False),
        sa.Column("blank_id", sa.Uuid, sa.ForeignKey("blank.id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
        sa.Column(
            "state",
            sa.Enum(*CARD_STATES, native_enum=False, length=20, create_constraint=True, name="state"),
            nullable=False,
        ),
        sa.Column("state_by", sa.Uuid),
        sa.UniqueConstraint("stack_id", "place"),
        sa.UniqueConstraint("document_id"),
        sa.CheckConstraint("state <> 'waiting' OR document_id IS NULL", name="waiting_is_nobodys"),
        sa.CheckConstraint("state <> 'provisional' OR document_id IS NOT NULL", name="provisional_is_somebodys"),
    )
    op.create_index(
        "uq_stack_card_open",
        "stack_card",
        ["blank_id"],
        unique=True,
        sqlite_where=IN_A_STACK,
        postgresql_where=IN_A_STACK,
    )
    op.create_index("ix_stack_card_doubted", "stack_card", ["stack_id"], sqlite_where=DOUBTED, postgresql_where=DOUBTED)


def _create_strays() -> None:
    op.create_table(
        "stray_blank",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("serial", sa.String, nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id")),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("found", sa.String, nullable=False),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
    )
    op.create_index(
        "ix_stray_blank_open", "stray_blank", ["centre_id"], sqlite_where=NOT_SETTLED, postgresql_where=NOT_SETTLED
    )
