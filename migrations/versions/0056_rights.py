"""Which text a notice of rights was; protection that was granted and not asked for yet; public texts that were read."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0056"
down_revision = "0055"

WAITING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    for name in ("status", "text_language", "text_state"):
        add_column("rights_notice", sa.Column(name, sa.String, nullable=False, server_default=sa.text("''")))
    add_column("rights_notice", sa.Column("counts", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "protection_grant",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("decision_number", sa.String, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("noted_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String, nullable=False),
    )
    op.create_index("ix_protection_grant_person_id", "protection_grant", ["person_id"])
    for name, column, unique in (("uq", "person_id", True), ("ix", "decided_on", False)):
        op.create_index(
            f"{name}_protection_grant_waiting",
            "protection_grant",
            [column],
            unique=unique,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        )
    op.create_table(
        "text_review",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("reader", sa.String, nullable=False),
        sa.Column("back", sa.String, nullable=False),
        sa.Column("kept_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("language", "digest"),
    )
