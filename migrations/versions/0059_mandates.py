"""Bodies that act for persons, consent to see a file, what was done by mandates, interpreters and when they are booked.

Of mandates that are there nobody asked who gave them or why they ended: `granted_by` and `ended_because` say nothing.
"""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0059"
down_revision = "0058"

LIVE = sa.text("withdrawn_at IS NULL AND code_until IS NULL AND mandate_id IS NULL")
OF_A_MANDATE = sa.text("withdrawn_at IS NULL AND mandate_id IS NOT NULL")
OF_A_BODY = sa.text("body_id IS NOT NULL AND ended_at IS NULL")
CONSENTED = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    _create_bodies()
    _widen_mandates()
    _create_consents()
    _let_representatives_be_written_to()
    _create_interpreters()


def _create_bodies() -> None:
    op.create_table(
        "body",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "body_account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), nullable=False),
        sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("agreed_by <> added_by", name=op.f("ck_body_account_two_agree")),
    )
    op.create_index("ix_body_account_body_id", "body_account", ["body_id"])
    _create_index("uq_body_account_open", "body_account", ["staff_id"], sa.text("ended_at IS NULL"), unique=True)


def _widen_mandates() -> None:
    one = ("ck_mandate_person_or_body", "body_id IS NULL OR holder_id IS NULL")
    add_column("mandate", sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id")), one)
    add_column("mandate", sa.Column("granted_by", sa.String, nullable=False, server_default=sa.text("''")))
    ended = ("ck_mandate_ended_for_a_reason", "ended_because IS NULL OR ended_at IS NOT NULL")
    add_column("mandate", sa.Column("ended_because", sa.String), ended)
    _create_index("ix_mandate_of_a_body", "mandate", ["body_id", "id"], OF_A_BODY)


def _create_consents() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandate.id"), nullable=False),
        sa.Column("text_version", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("interpreter", sa.String, nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_consent_mandate_id", "consent", ["mandate_id"])
    _create_index("uq_consent_live", "consent", ["mandate_id"], CONSENTED, unique=True)
    op.create_table(
        "mandate_use",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandate.id"), nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id")),
        sa.Column("by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_mandate_use_mandate_id", "mandate_use", ["mandate_id"])
    op.create_index("ix_mandate_use_person_id", "mandate_use", ["person_id", "at"])


def _let_representatives_be_written_to() -> None:
    add_column("contact", sa.Column("mandate_id", sa.Uuid, sa.ForeignKey("mandate.id")))
    op.drop_index("uq_contact_one_live", "contact")
    _create_index("uq_contact_one_live", "contact", ["person_id", "channel"], LIVE, unique=True)
    _create_index("uq_contact_one_of_a_mandate", "contact", ["mandate_id", "channel"], OF_A_MANDATE, unique=True)


def _create_interpreters() -> None:
    op.create_table(
        "interpreter",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("languages", sa.String, nullable=False),
        sa.Column("hours", sa.String, nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("to_day", sa.Date),
        sa.CheckConstraint("to_day IS NULL OR from_day <= to_day", name=op.f("ck_interpreter_begins_before_it_ends")),
        sa.UniqueConstraint("centre_id", "name"),
    )
    op.create_table(
        "interpreter_slot",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("interpreter_id", sa.Uuid, sa.ForeignKey("interpreter.id"), nullable=False),
        sa.Column("appointment_id", sa.Uuid, sa.ForeignKey("appointment.id"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("interpreter_id", "starts_at"),
    )
    op.create_index("ix_interpreter_slot_appointment_id", "interpreter_slot", ["appointment_id"])


def _create_index(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
