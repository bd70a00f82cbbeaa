"""Watches on the roster: one duty for another centre, on some hours; documents shown to an officer elsewhere.

What was on a roster goes on as it was: somebody who is there, with all roles of the account.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0034"
down_revision = "0033"

HOURS = "(role = '') = (from_time IS NULL OR to_time IS NULL)"


def upgrade() -> None:
    for name in ("role", "weekdays"):
        add_column("roster", sa.Column(name, sa.String, nullable=False, server_default=sa.text("''")))
    add_column("roster", sa.Column("from_time", sa.Time))
    add_column("roster", sa.Column("to_time", sa.Time), ("ck_roster_watch_has_hours", HOURS))
    another = ("ck_quality_check_shower_is_another", "shown_by <> officer_id")
    add_column("quality_check", sa.Column("shown_by", sa.Uuid, sa.ForeignKey("staff.id")), another)
    _create_showing()


def _create_showing() -> None:
    op.create_table(
        "showing",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, index=True),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, index=True),
        sa.Column("shown_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("front_id", sa.Uuid, sa.ForeignKey("blob.id"), index=True),
        sa.Column("back_id", sa.Uuid, sa.ForeignKey("blob.id"), index=True),
        sa.Column("read_id", sa.Uuid, sa.ForeignKey("blob.id"), index=True),
        sa.Column("again", sa.String, nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.CheckConstraint("asked_by <> shown_by", name=op.f("ck_showing_asker_is_another")),
    )
