"""Events of case handling, who may tell them, what they say of a case, and corrections that they propose."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"

OPEN = sa.text("state IN ('held', 'refused')")
LEFT = sa.text("settled_at IS NULL")
STATES = ("held", "refused", "applied", "set_aside")
STATE = sa.Enum(*STATES, native_enum=False, length=20, create_constraint=True, name="state")


def upgrade() -> None:
    _create_tokens()
    _create_cases()
    _create_events()
    _create_proposals()


def _create_tokens() -> None:
    op.create_table(
        "exchange_token",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("token_digest", sa.String, nullable=False, unique=True),
        sa.Column("per_minute", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
    )


def _create_cases() -> None:
    op.create_table(
        "handled_case",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("applied", sa.Integer, nullable=False),
        sa.Column("granted", sa.String, nullable=False),
        sa.Column("decision_number", sa.String, nullable=False),
        sa.Column("decided_on", sa.Date),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.Column("appeal_on", sa.Date),
        sa.Column("appeal_outcome", sa.String, nullable=False),
        sa.Column("procedure", sa.String, nullable=False),
        sa.Column("joint_return", sa.Boolean, nullable=False),
        sa.Column("moved_to", sa.String, nullable=False),
        sa.Column("died_on", sa.Date),
        sa.CheckConstraint("applied >= 0", name="numbers_count_from_one"),
    )
    op.create_index("ix_handled_case_person_id", "handled_case", ["person_id"])


def _create_events() -> None:
    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("handled_case.id"), nullable=False),
        sa.Column("token_id", sa.Uuid, sa.ForeignKey("exchange_token.id"), nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id")),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("occurred_on", sa.Date, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("encrypted", sa.LargeBinary, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("state", STATE, nullable=False),
        sa.Column("state_by", sa.Uuid),
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint("number > 0", name="numbers_count_from_one"),
    )
    op.create_index(
        "ix_case_event_open", "case_event", ["centre_id", "received_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def _create_proposals() -> None:
    op.create_table(
        "case_proposal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("event_id", sa.Uuid, sa.ForeignKey("case_event.id"), nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_case_proposal_event_id", "case_proposal", ["event_id"])
    op.create_index("ix_case_proposal_left", "case_proposal", ["person_id"], sqlite_where=LEFT, postgresql_where=LEFT)
