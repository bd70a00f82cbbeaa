"""Who was lodged together, and whose place a job takes; when an application for protection was made (E22).

A job of an earlier release keeps its own place. When the applications of earlier certificates were made nobody said.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column, change_table_on_sqlite

revision = "0028"
down_revision = "0027"

TOGETHER = "party_id IS NOT NULL"
UNSAID = "registered_on > due_on AND late_because = ''"
SAID = "registered_on > due_on AND late_because <> ''"


def upgrade() -> None:
    add_column("request", sa.Column("party_id", sa.Uuid, sa.ForeignKey("request.id")))
    _partial("ix_request_party", "request", ["party_id"], TOGETHER)
    _turns()
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, unique=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("late_because", sa.String, nullable=False),
        sa.Column("said_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("said_at", sa.DateTime(timezone=True)),
    )
    _partial("ix_registration_unsaid", "registration", ["registered_on"], UNSAID)
    _partial("ix_registration_said", "registration", ["registered_on", "id"], SAID)
    _partial("ix_registration_said_here", "registration", ["centre_id", "registered_on", "id"], SAID)


def _turns() -> None:
    op.add_column("print_job", sa.Column("turn_id", sa.Uuid))
    op.execute("UPDATE print_job SET turn_id = id")
    if op.get_bind().dialect.name == "sqlite":
        change_table_on_sqlite("print_job", "turn_id CHAR(32)", "turn_id CHAR(32) NOT NULL")
    else:
        op.alter_column("print_job", "turn_id", nullable=False)
    op.drop_index("ix_print_job_queue", table_name="print_job")
    columns = ["centre_id", "state", "priority", "lodged_on", "turn_id", "id"]
    op.create_index("ix_print_job_queue", "print_job", columns)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
