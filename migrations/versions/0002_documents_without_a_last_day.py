"""A document may have no last valid day: a registration certificate ends by an event."""

from alembic import op

from migrations.shared import change_table_on_sqlite

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        change_table_on_sqlite("document", "expiry_date DATE NOT NULL", "expiry_date DATE")
    else:
        op.alter_column("document", "expiry_date", nullable=True)
