"""Runs migrations on the connection `issuance.migrate` gives; nothing is read from files or the environment."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum

from issuance.db import UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as plain ones: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        values = ", ".join(repr(str(value)) for value in item.enums)
        return f"sa.Enum({values}, name={item.name!r}, native_enum=False, length={item.length}, create_constraint=True)"
    return False


config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
