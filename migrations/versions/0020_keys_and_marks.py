"""What case handling wrote of a person, by which it is found again; and the mark of the form that lodged a request.

Rows of before have neither: such a person is found by the register's own spelling, and no form of before is sent again.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    add_column("request", sa.Column("mark", sa.String))
    op.create_index("uq_request_mark", "request", ["mark"], unique=True)
    op.create_table(
        "person_key",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("said", sa.String, nullable=False),
    )
    op.create_index("ix_person_key_person_id", "person_key", ["person_id"])
    op.create_index("uq_person_key_said", "person_key", ["said", "person_id"], unique=True)
