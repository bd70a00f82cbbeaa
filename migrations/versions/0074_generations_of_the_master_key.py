"""Master keys have generations, each made by two persons, and a wrapped key says under which it lies.

What is there lies under generation 0, the office's own key; a server of the release before goes on writing such.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    op.create_table(
        "master_key",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
        sa.Column("destroyed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("destruction_agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.CheckConstraint("made_by <> agreed_by", op.f("ck_master_key_two_make")),
        sa.CheckConstraint("destroyed_by <> destruction_agreed_by", op.f("ck_master_key_two_destroy")),
        sa.CheckConstraint(
            "(destroyed_at IS NULL) = (destroyed_by IS NULL)"
            " AND (destroyed_at IS NULL) = (destruction_agreed_by IS NULL)",
            op.f("ck_master_key_destroyed_by_somebody"),
        ),
    )
    add_column("data_key", sa.Column("generation", sa.Integer, nullable=False, server_default=sa.text("0")))
    kept = sa.text("wrapped IS NOT NULL")
    op.create_index("ix_data_key_generation", "data_key", ["generation"], sqlite_where=kept, postgresql_where=kept)
