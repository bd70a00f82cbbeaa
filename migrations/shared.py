"""What several migrations do alike."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create_signer_table(name: str) -> None:
    """A table of signers' certificates (`issuance.models.production`)."""
    op.create_table(
        name,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("signer", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
    )


def change_table_on_sqlite(table: str, old: str, new: str) -> None:
    """Change a constraint as SQLite itself proposes (lang_altertable.html, section 7).

    A new table in place of the old one would break the foreign keys to it.
    """
    op.execute("PRAGMA writable_schema = ON")
    changed = op.get_bind().execute(
        sa.text("UPDATE sqlite_schema SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :name"),
        {"old": old, "new": new, "name": table},
    )
    assert changed.rowcount == 1
    schema = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute(f"PRAGMA schema_version = {schema + 1}")  # so that other connections read the table again
    op.execute("PRAGMA writable_schema = RESET")


def add_column(table: str, column: sa.Column, check: tuple[str, str] | None = None) -> None:
    """Add a column, with its foreign key and with a CHECK (`name`, `condition`), to a table that has rows.

    SQLite takes constraints of a new column only in the column itself. A column that may not be NULL has a
    `server_default`.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.add_column(table, column)
        if check:
            op.create_check_constraint(op.f(check[0]), table, check[1])
        return
    words = [column.name, column.type.compile(op.get_bind().dialect)]
    if column.server_default is not None:
        words.append(f"DEFAULT {column.server_default.arg}")
    if not column.nullable:
        words.append("NOT NULL")
    for key in column.foreign_keys:
        target, _, referred = key.target_fullname.partition(".")
        words.append(f"CONSTRAINT fk_{table}_{column.name}_{target} REFERENCES {target} ({referred})")
    if check:
        words.append(f"CONSTRAINT {check[0]} CHECK ({check[1]})")
    op.execute(f"ALTER TABLE {table} ADD COLUMN {' '.join(map(str, words))}")
