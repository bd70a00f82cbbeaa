"""Acts that came late, and why. What came late before is not known: nothing is filled in."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"

UNSAID = sa.text("because = ''")
SAID = sa.text("because <> ''")


def upgrade() -> None:
    op.create_table(
        "lateness",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("clock", sa.String, nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("because", sa.String, nullable=False),
        sa.Column("said_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("said_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("clock", "request_id", "due_on"),
    )
    op.create_index("ix_lateness_request_id", "lateness", ["request_id"])
    for name, where in (("unsaid", UNSAID), ("said", SAID)):
        for end, columns in (("", []), ("_here", ["centre_id"])):
            op.create_index(
                f"ix_lateness_{name}{end}",
                "lateness",
                [*columns, "done_on", "id"],
                sqlite_where=where,
                postgresql_where=where,
            )
