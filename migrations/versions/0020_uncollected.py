"""What its holder does not collect: since when, and where it lies."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"

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


def _where_it_lies(name: str, columns: list[str], *, unique: bool = False) -> None:
    op.create_index(name, "uncollected", columns, unique=unique, sqlite_where=LIES, postgresql_where=LIES)
