"""The travel document shown as a choice with number and state; papers attached to requests; more
nationalities than one.

Before, a text that held the English word `passport` meant that identity was not only declared (E16). A text that says
more than its kind stays, as what the other document is, and so does what it meant. Only a request that is not decided
yet, of which no document can say anything, is read anew: `pașaport ...` is a passport and `fără pașaport` is none.
"""

import re

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0021"
down_revision = "0020"

UNDECIDED = ("lodged", "incomplete", "complete")
PASSPORT = re.compile(r"(?:passport|pa[șşs]aport)\b[\s:,]*([A-Z0-9][A-Z0-9 /.-]*\d[A-Z0-9 /.-]*)?", re.IGNORECASE)
NONE = re.compile(r"(?:none|(?:no|without|fără|fara|niciun) (?:passport|pa[șşs]aport))\b", re.IGNORECASE)


def upgrade() -> None:
    for name in ("travel_document_number", "travel_document_state"):
        add_column("request", sa.Column(name, sa.String, nullable=False, server_default=sa.text("''")))
    for table in ("person", "person_version"):
        add_column(table, sa.Column("other_nationalities", sa.String, nullable=False, server_default=sa.text("''")))
    _read_texts()
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("blob_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("format", sa.String, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("request_id", "blob_id"):
        op.create_index(f"ix_evidence_{column}", "evidence", [column])


def _read_texts() -> None:
    names = ("id", "state", "travel_document_shown", "travel_document_number")
    request = sa.table("request", *map(sa.column, names))
    query = sa.select(request.c.id, request.c.state, request.c.travel_document_shown)
    rows = [(key, *_read(text.strip(), state in UNDECIDED)) for key, state, text in op.get_bind().execute(query)]
    if not rows:
        return
    changed = (
        request.update()
        .where(request.c.id == sa.bindparam("key"))
        .values(travel_document_shown=sa.bindparam("kind"), travel_document_number=sa.bindparam("number"))
    )
    op.get_bind().execute(changed, [{"key": key, "kind": kind, "number": number} for key, kind, number in rows])


def _read(text: str, is_undecided: bool) -> tuple[str, str]:
    """The kind and the number of a text; (`other_...`, text) when it says more."""
    was_passport = "passport" in text.lower()
    if not text:
        return "none", ""
    if is_undecided and NONE.match(text):
        return "none", ""
    if (is_undecided or was_passport) and (match := PASSPORT.fullmatch(text)):
        return "passport", "".join((match[1] or "").split()).upper()
    return "other_with_photo" if was_passport else "other_without_photo", text
