"""What holders have and tell at the status page: codes of receipts, times, what is wrong. Of before there is none."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"

UNANSWERED = sa.text("outcome = ''")


def upgrade() -> None:
    _create_codes()
    _create_times()
    _create_mistakes()


def _create_codes() -> None:
    op.create_table(
        "receipt_code",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, unique=True),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def _create_times() -> None:
    op.create_table(
        "told_time",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, unique=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True)),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_told_time_centre_id_starts_at", "told_time", ["centre_id", "starts_at"])


def _create_mistakes() -> None:
    op.create_table(
        "told_mistake",
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("said", sa.String, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "mistake",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("blob_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
    )
    op.create_index("ix_mistake_blob_id", "mistake", ["blob_id"])
    op.create_index("ix_mistake_request_id", "mistake", ["request_id"])
    op.create_index(
        "uq_mistake_one_open",
        "mistake",
        ["request_id"],
        unique=True,
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )
