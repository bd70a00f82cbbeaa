"""Codes by which holders show one reader that a document holds."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.create_table(
        "confirmation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("recorded", sa.Boolean, nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("document_id", "place"),
        sa.CheckConstraint("place BETWEEN 1 AND 10", op.f("ck_confirmation_so_many_a_document")),
    )
    waits = sa.text("waits_since IS NOT NULL")
    op.create_index(
        "ix_confirmation_waits", "confirmation", ["waits_since"], sqlite_where=waits, postgresql_where=waits
    )
    op.create_index("ix_confirmation_until", "confirmation", ["until"])
