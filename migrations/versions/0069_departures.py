"""Days on which holders leave the country, and centres that are missions abroad. Nobody recorded any before: no day is
filled in, and no centre is one."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"

OPEN = sa.text("ended_at IS NULL")
HOLDS = sa.text("needed_by IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "departure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("leaves_on", sa.Date, nullable=False),
        sa.Column("needed_by", sa.Date, nullable=False),
        sa.Column("ground", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("note_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("noted_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String, nullable=False),
        sa.CheckConstraint("agreed_by <> noted_by", op.f("ck_departure_two_agree")),
        sa.CheckConstraint("(agreed_by IS NULL) = (agreed_at IS NULL)", op.f("ck_departure_agreed_by_somebody")),
        sa.CheckConstraint("needed_by <= leaves_on", op.f("ck_departure_needed_before_it")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_because = '')", op.f("ck_departure_ended_with_a_reason")),
    )
    for column in ("note_id", "request_id"):
        op.create_index(f"ix_departure_{column}", "departure", [column])
    op.create_index(
        "uq_departure_one_open", "departure", ["request_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_departure_open", "departure", ["needed_by", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.add_column("centre", sa.Column("mission", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("request", sa.Column("needed_by", sa.Date))
    op.create_index(
        "ix_request_needed_by", "request", ["centre_id", "needed_by"], sqlite_where=HOLDS, postgresql_where=HOLDS
    )
