"""What is published of documents' numbers: the lists, what changed since, and the files that anybody may fetch.

Of earlier documents the first look at all, by the background thread, says what they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "status_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String, nullable=False),
    )
    op.create_table(
        "status_list",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("after", sa.String, nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "public_file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
