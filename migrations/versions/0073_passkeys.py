"""Passkeys of those who work here, which sessions one of them opened, and resets that two administrators agree to."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("synced", sa.Boolean, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("challenged_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    living = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_passkey_name", "passkey", ["staff_id", "name"], unique=True, sqlite_where=living, postgresql_where=living
    )
    op.add_column("session", sa.Column("by_passkey", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "factor_reset",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("agreed_by <> asked_by", op.f("ck_factor_reset_two_agree")),
        sa.CheckConstraint("asked_by <> staff_id AND agreed_by <> staff_id", op.f("ck_factor_reset_nobodys_own")),
    )
    op.create_index("ix_factor_reset_staff_id", "factor_reset", ["staff_id"])
