"""Who says whose the documents of a file are: another than who brought it. Nobody said so of such files before.

Two indices, by which a report finds everything of a person.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    decided = sa.Column("decided_by", sa.Uuid, sa.ForeignKey("staff.id"))
    add_column("imported_file", decided, ("ck_imported_file_two_decide", "decided_by <> brought_by"))
    op.create_index("ix_appointment_request_id", "appointment", ["request_id"])
    op.create_index("ix_case_proposal_person_id", "case_proposal", ["person_id"])
