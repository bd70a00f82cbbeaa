"""When somebody who is logged in proved who they are, by which passkey, and what an account's owner is told of it."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0076"
down_revision = "0075"


def upgrade() -> None:
    op.add_column("passkey", sa.Column("sealed", sa.Boolean, nullable=False, server_default=sa.false()))
    add_column("session", sa.Column("passkey_id", sa.Uuid, sa.ForeignKey("passkey.id")))
    op.add_column("session", sa.Column("proved_at", sa.DateTime(timezone=True)))
    op.create_table(
        "account_alert",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("session_id", sa.Uuid),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("disowned_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("confirmed_at IS NULL OR disowned_at IS NULL", op.f("ck_account_alert_one_answer")),
        sa.CheckConstraint("settled_by <> staff_id", op.f("ck_account_alert_nobodys_own")),
    )
    op.create_index("ix_account_alert_staff_id", "account_alert", ["staff_id", "at"])
    open_ones = sa.text("disowned_at IS NOT NULL AND settled_at IS NULL")
    op.create_index(
        "ix_account_alert_disowned",
        "account_alert",
        ["staff_id"],
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
