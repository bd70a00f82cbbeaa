"""When a document was ordered, from which its waiting for a machine is measured; of those of before nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("print_job", sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True))
