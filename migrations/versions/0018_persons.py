"""Versions of persons, what a request was decided on, corrections.

No version is written here: a row that no act wrote has no witness, and the proof of the audit would call each one a
fault (ADR 0025). The act that first changes a person, or decides on a request of theirs, keeps the first version from
the person's row and points at it whatever was decided before. Till then the person's row is that version.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0018"
down_revision = "0017"

OPEN = sa.text("settled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "person_version",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("family_name", sa.String, nullable=False),
        sa.Column("given_names", sa.String, nullable=False),
        sa.Column("latin_confirmed", sa.Boolean, nullable=False),
        sa.Column("native_name", sa.String, nullable=False),
        sa.Column("mrz_name", sa.String, nullable=False),
        sa.Column("birth_date", sa.String, nullable=False),
        sa.Column("birth_place", sa.String, nullable=False),
        sa.Column("sex", sa.String, nullable=False),
        sa.Column("nationality", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("eurodac_reference", sa.String),
        sa.Column("cnp", sa.String),
        sa.UniqueConstraint("person_id", "number"),
    )
    add_column("request", sa.Column("person_version_id", sa.Uuid, sa.ForeignKey("person_version.id")))
    op.create_table(
        "correction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("on_number", sa.Integer, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("proposed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("version_id", sa.Uuid, sa.ForeignKey("person_version.id")),
        sa.CheckConstraint("version_id IS NULL OR settled_by <> proposed_by", op.f("ck_correction_two_correct")),
    )
    op.create_index(
        "uq_correction_one_open", "correction", ["person_id"], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
