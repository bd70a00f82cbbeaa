"""Background work on PostgreSQL becomes jobs of Procrastinate, as of its release 3.10.0: open tasks move over.

What is periodic is put anew by the first worker. On SQLite tasks stay rows; of one queueing lock one waits.
"""

from pathlib import Path
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

SCHEMA = Path(__file__).parents[1] / "procrastinate" / "3.10.0.sql"
PERIODIC = UUID("0192f0c1-7e1a-7b9e-9a55-1d1c0f6a2b11")
ALONE = ("prove-audit", "witness-rows")


def upgrade() -> None:
    op.add_column("task", sa.Column("queueing_lock", sa.String, nullable=True))
    op.create_index("ix_task_queueing_lock", "task", ["queueing_lock"], unique=True)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.connection.driver_connection.execute(SCHEMA.read_text())  # many statements, and no parameters
        for table in ("procrastinate_jobs", "procrastinate_events", "print_job"):
            connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01)")
        move_over(connection)


def move_over(connection: sa.Connection) -> None:
    task = sa.table("task", sa.column("id", sa.Uuid), *map(sa.column, ("name", "args", "due_at", "attempts")))
    put = sa.text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at, attempts)"
        " SELECT :queue, name, args, due_at, attempts FROM task WHERE id = :id"
    )
    for row in connection.execute(sa.select(task)).all():
        if row.id != uuid5(PERIODIC, row.name):
            connection.execute(put, {"queue": "alone" if row.name in ALONE else "shared", "id": row.id})
    connection.execute(sa.delete(task))
