"""The audit sees rows: a MAC on every event, what watched rows say, the events that wait for a link, the proofs.

Events of releases before have no MAC, and their rows no witness: the background task `witness-rows` keeps once what
they say, so nothing is looked through here but for the few events that are in no chain yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

UNDER_WAY = sa.text("verdict = 'under_way'")


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("mac", sa.String))
    op.create_table("audit_unlinked", sa.Column("event_id", sa.Uuid, sa.ForeignKey("audit_event.id"), primary_key=True))
    op.execute(
        "INSERT INTO audit_unlinked (event_id) SELECT audit_event.id FROM audit_event"
        " LEFT JOIN audit_link ON audit_link.event_id = audit_event.id WHERE audit_link.id IS NULL"
    )
    op.create_table(
        "audit_witness",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("subject_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.Uuid, sa.ForeignKey("audit_event.id"), nullable=False, index=True),
        sa.Column("says", sa.JSON),
    )
    op.create_table(
        "audit_proof",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("walk", sa.JSON, nullable=False),
    )
    op.create_index(
        "uq_audit_proof_under_way",
        "audit_proof",
        ["verdict"],
        unique=True,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
