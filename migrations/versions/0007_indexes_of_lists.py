"""Indexes by which lists and counts find what is open or new; a job carries its lodging day and its end.

A register is 99 % closed: an index on a state alone finds little, and tempts away from the better one.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import change_table_on_sqlite

revision = "0007"
down_revision = "0006"

OLD = (
    ("audit_event", "ix_audit_event_act"),
    ("blank", "ix_blank_state"),
    ("document", "ix_document_state"),
    ("person_name", "ix_person_name_word"),
    ("print_job", "ix_print_job_centre_id"),
    ("print_job", "ix_print_job_state"),
    ("request", "ix_request_centre_id"),
    ("request", "ix_request_due_on"),
    ("request", "ix_request_state"),
)
NEW = {
    "ix_audit_event_act": ("audit_event", ["act", "at"]),
    "ix_audit_event_actor_id": ("audit_event", ["actor_id", "act", "at"]),
    "ix_audit_event_centre_id": ("audit_event", ["centre_id", "at"]),
    "ix_person_name_word": ("person_name", ["word", "person_id"]),
    "ix_print_job_ended": ("print_job", ["centre_id", "state", "ended_at"]),
    "ix_print_job_queue": ("print_job", ["centre_id", "state", "priority", "lodged_on", "id"]),
    "ix_request_queue": ("request", ["centre_id", "state", "document_type", "due_on"]),
}
PARTIAL = {
    "ix_document_to_check": ("document", ["id"], "state = 'personalised'"),
    "ix_portrait_overridden": ("portrait", ["id"], "override_reason <> ''"),
    "ix_request_without_document": ("request", ["ended_on"], "state IN ('refused', 'withdrawn')"),
}
LODGED_ON = """
UPDATE print_job SET lodged_on = (
    SELECT request.lodged_on FROM request JOIN document ON document.request_id = request.id
     WHERE document.id = print_job.document_id)
"""
ENDED_AT = """
UPDATE print_job SET ended_at = (
    SELECT max(audit_event.at) FROM audit_event JOIN audit_subject ON audit_subject.event_id = audit_event.id
     WHERE audit_subject.subject_id = print_job.id AND audit_event.act IN ('job.done', 'job.spoiled', 'job.resolved'))
 WHERE state IN ('done', 'spoiled')
"""


def upgrade() -> None:
    _carry_days()
    for table, name in OLD:
        op.drop_index(name, table_name=table)
    for name, (table, columns) in NEW.items():
        op.create_index(name, table, columns)
    for name, (table, columns, where) in PARTIAL.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _carry_days() -> None:
    op.add_column("print_job", sa.Column("lodged_on", sa.Date))
    op.add_column("print_job", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.execute(LODGED_ON)
    op.execute(ENDED_AT)
    if op.get_bind().dialect.name == "sqlite":
        change_table_on_sqlite("print_job", "lodged_on DATE", "lodged_on DATE NOT NULL")
    else:
        op.alter_column("print_job", "lodged_on", nullable=False)
