"""Whom the office's identity provider knows as which account, and which sessions it opened."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    op.create_table(
        "provided_identity",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("issuer", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    living = sa.text("ended_at IS NULL")
    for name, columns in (("staff_id", ["staff_id"]), ("subject", ["issuer", "subject"])):
        op.create_index(
            f"uq_provided_identity_{name}",
            "provided_identity",
            columns,
            unique=True,
            sqlite_where=living,
            postgresql_where=living,
        )
    op.add_column("session", sa.Column("provider_sid", sa.String))
