"""Case handling's files as records: how far each is checked and lodged, its rows, and the lines that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

KEPT = "state NOT IN ('refused', 'stopped')"
WAITS = "state IN ('checked', 'paused')"
STATES = ("uploaded", "checking", "checked", "refused", "lodging", "paused", "done", "stopped")
OUTCOMES = ("refused", "alike", "decided")


def _code(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=20, create_constraint=True)


def upgrade() -> None:
    op.create_table(
        "imported_file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("everywhere", sa.Boolean, nullable=False),
        sa.Column("format", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("brought_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lodged_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("roster_id", sa.Uuid, sa.ForeignKey("roster.id")),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True)),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("checked", "position", "lodged", "known", "refused", "alike")
        ),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("state", _code("state", *STATES), nullable=False),
        sa.Column("state_by", sa.Uuid),
    )
    kept, waits, there = sa.text(KEPT), sa.text(WAITS), sa.text("forgotten_at IS NULL")
    op.create_index(
        "uq_imported_file_digest",
        "imported_file",
        ["centre_id", "everywhere", "digest"],
        unique=True,
        sqlite_where=kept,
        postgresql_where=kept,
    )
    op.create_index("ix_imported_file_centre", "imported_file", ["centre_id", "id"])
    op.create_index(
        "ix_imported_file_waits", "imported_file", ["centre_id"], sqlite_where=waits, postgresql_where=waits
    )
    op.create_index(
        "ix_imported_file_kept", "imported_file", ["touched_at"], sqlite_where=there, postgresql_where=there
    )
    op.create_table(
        "file_part",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("file_id", sa.Uuid, sa.ForeignKey("imported_file.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("encrypted", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("file_id", "number"),
    )
    op.create_table(
        "file_line",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("file_id", sa.Uuid, sa.ForeignKey("imported_file.id"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("outcome", _code("outcome", *OUTCOMES), nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("encrypted", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("file_id", "line"),
    )
    op.create_index("ix_file_line_waiting", "file_line", ["file_id", "outcome", "line"])
