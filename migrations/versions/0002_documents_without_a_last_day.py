"""A document may have no last valid day: a registration certificate ends by an event."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _allow_null_on_sqlite()
    else:
        op.alter_column("document", "expiry_date", nullable=True)


def _allow_null_on_sqlite() -> None:
    """SQLite's own way to drop a NOT NULL (lang_altertable.html, section 7): a new table would break foreign keys."""
    op.execute("PRAGMA writable_schema = ON")
    op.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'expiry_date DATE NOT NULL', 'expiry_date DATE')"
        " WHERE type = 'table' AND name = 'document'"
    )
    schema = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute(f"PRAGMA schema_version = {schema + 1}")  # so that other connections read the table again
    op.execute("PRAGMA writable_schema = RESET")
