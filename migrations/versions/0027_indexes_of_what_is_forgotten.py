"""Indexes by which retention and the page of a person find corrections, undone merges, and who was accompanied."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

PARTIAL = {
    "ix_request_mandate_id": ("request", "mandate_id"),
    "ix_lone_child_mandate_id": ("lone_child", "mandate_id"),
    "ix_regrouping_undoes_id": ("regrouping", "undoes_id"),
}


def upgrade() -> None:
    op.create_index("ix_correction_person_id", "correction", ["person_id"])
    for name, (table, column) in PARTIAL.items():
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], sqlite_where=some, postgresql_where=some)
