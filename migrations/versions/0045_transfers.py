"""Cases that supervisors send from one centre to another; and of a spoiled blank, whether it was seen in the bin."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("from_centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("to_centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("because", sa.String, nullable=False),
        sa.Column("apart", sa.Boolean, nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("seen_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("to_centre_id <> from_centre_id", op.f("ck_transfer_goes_to_another_centre")),
        sa.CheckConstraint("(outcome = '') = (ended_at IS NULL)", op.f("ck_transfer_ended_with_an_outcome")),
    )
    op.create_index("ix_transfer_request_id", "transfer", ["request_id"])
    op.create_index("ix_transfer_from", "transfer", ["from_centre_id", "id"])
    _partial("ix_transfer_unseen", "transfer", ["to_centre_id", "id"], "outcome = 'moved' AND seen_by IS NULL")
    _partial("uq_transfer_one_waits", "transfer", ["request_id"], "outcome = ''", unique=True)
    # What was spoiled before lies in the bin or is seen at its destruction: nobody is asked about it.
    add_column("blank", sa.Column("binned", sa.Boolean, nullable=False, server_default=sa.true()))
    _partial("ix_blank_unseen", "blank", ["centre_id", "stock", "serial"], "state = 'spoiled' AND NOT binned")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=said, postgresql_where=said)
