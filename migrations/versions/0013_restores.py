"""What a restore leaves behind: epochs of the register, the stations to be reconciled."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "register_epoch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup_digest", sa.String, nullable=False),
        sa.Column("restored_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("first_value", sa.Integer, nullable=False),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("epoch_id", sa.Uuid, sa.ForeignKey("register_epoch.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False, index=True),
        sa.Column("since_claim", sa.Uuid),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.UniqueConstraint("epoch_id", "station_id"),
    )
    op.create_table(
        "difference",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("reconciliation_id", sa.Uuid, sa.ForeignKey("reconciliation.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("claim_id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("step", sa.String),
        sa.Column("blank_serial", sa.String),
        sa.Column("chip_uid", sa.String),
        sa.Column("digests", sa.JSON, nullable=False),
        sa.Column("way", sa.String),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("reconciliation_id", "claim_id"),
    )
