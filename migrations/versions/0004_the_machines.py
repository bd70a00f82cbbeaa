"""The machines: signed chips, what stations say of their devices, orders that are at a bureau."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import change_table_on_sqlite, create_signer_table

revision = "0004"
down_revision = "0003"

STATES = "'preparing', 'queued', 'claimed', 'done', 'not_started', 'spoiled', 'held', 'cancelled'"
WITH_SENT = STATES.replace("'claimed', ", "'claimed', 'sent', ")


def upgrade() -> None:
    _create_chips()
    _create_stations()
    op.add_column("chip_read", sa.Column("findings", sa.JSON))
    op.execute("UPDATE blank SET chip_uid = upper(chip_uid)")  # compared in one spelling from now on
    op.execute("UPDATE document SET chip_uid = upper(chip_uid)")
    if op.get_bind().dialect.name == "sqlite":
        change_table_on_sqlite("print_job", f"({STATES})", f"({WITH_SENT})")
    else:
        op.drop_constraint("ck_print_job_state", "print_job")
        op.create_check_constraint(op.f("ck_print_job_state"), "print_job", f"state IN ({WITH_SENT})")


def _create_chips() -> None:
    create_signer_table("chip_signer")
    op.create_table(
        "document_chip",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("print_job.id"), nullable=False, unique=True),
        sa.Column("signer_id", sa.Uuid, sa.ForeignKey("chip_signer.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("secrets_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("signer_id", "number"),
    )


def _create_stations() -> None:
    op.create_table(
        "station_registration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False, unique=True),
        sa.Column("software", sa.String, nullable=False),
        sa.Column("devices", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "settings_revision",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("chosen_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.String, nullable=False),
        sa.UniqueConstraint("station_id", "number"),
    )
    op.create_table(
        "print_test",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False, index=True),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.String, nullable=False),
    )
