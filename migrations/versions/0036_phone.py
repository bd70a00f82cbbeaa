"""The telephone number that a request's holder is called at; requests of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("request", sa.Column("phone", sa.String, nullable=False, server_default=""))
    said = sa.text("phone <> ''")
    op.create_index("ix_request_phone", "request", ["phone"], sqlite_where=said, postgresql_where=said)
