"""Why a job waits or is held, and what stations answer, as codes with parameters instead of sentences."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Trouble = dict[str, Any]
NOT_AS_PREPARED = "The order does not compose as it was prepared. Do not print; tell the administrator."
RENAMED_REASONS = {"resolved by a person": "resolved", "not what was ordered": "not-ordered"}
READ_BACK = "read back differently: "
RENAMED_TASKS = ("seal-audit", "purge-attempts")


def upgrade() -> None:
    _replace("print_job", "hold_reason", _of_hold_reason)
    for table in ("settings_revision", "print_test", "chip_read"):
        _replace(table, "error", _said)
    for table, column in (("document", "attempt_reason"), ("quality_check", "reason")):
        _rename_reasons(table, column)
    # Their timetable has new names and puts itself in again.
    tasks = sa.table("task", sa.column("name", sa.String))
    op.execute(tasks.delete().where(tasks.c.name.in_(RENAMED_TASKS)))


def _replace(table: str, column: str, trouble_of: Callable[[str], Trouble]) -> None:
    """The column of text becomes `trouble`, in JSON; empty text becomes NULL."""
    op.add_column(table, sa.Column("trouble", sa.JSON))
    rows = sa.table(table, sa.column("id", sa.Uuid), sa.column(column, sa.String), sa.column("trouble", sa.JSON))
    found = op.get_bind().execute(sa.select(rows.c.id, rows.c[column]).where(rows.c[column] != "")).all()
    for key, text in found:
        op.execute(rows.update().where(rows.c.id == key).values(trouble=trouble_of(text)))
    op.drop_column(table, column)


def _of_hold_reason(text: str) -> Trouble:
    """A signer's refusal was kept as JSON; everything else is a sentence, ours or a device's."""
    if text.startswith("{"):
        params = json.loads(text)
        return {"code": "signer-unavailable", "params": {"sentence": params.pop("message"), **params}}
    if text == NOT_AS_PREPARED:
        return {"code": "not-as-prepared", "params": {"sentence": text}}
    return _said(text)


def _said(text: str) -> Trouble:
    return {"code": "as-said", "params": {"said": text[:500]}}


def _rename_reasons(table: str, column: str) -> None:
    rows = sa.table(table, sa.column(column, sa.String))
    reason = rows.c[column]
    for old, new in RENAMED_REASONS.items():
        op.execute(rows.update().where(reason == old).values({column: new}))
    changed = sa.literal("read-back: ") + sa.func.substr(reason, len(READ_BACK) + 1)
    op.execute(rows.update().where(reason.like(f"{READ_BACK}%")).values({column: changed}))
