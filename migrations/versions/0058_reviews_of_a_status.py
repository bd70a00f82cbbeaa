"""The review of a person's status: its file, the papers that were delivered, who was there (ADR 0090)."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"

OPEN = sa.text("ended_at IS NULL")
ONCE = sa.text("what IN ('notice', 'decision')")
STATES = (
    *("opened", "notified", "heard", "proposed", "agreed", "communicated", "appealed"),
    *("stopped", "maintained", "withdrawn"),
)
CHECKS = {
    "two_decide": "agreed_by IS NULL OR agreed_by <> proposed_by",
    "heard_first": "proposed_by IS NULL OR (notified_on IS NOT NULL AND hearing <> '')",
    "explained_first": "agreed_by IS NULL OR decision <> 'ceased' OR NOT renounces OR explained_on IS NOT NULL",
    "withdrawn_when_final": "state <> 'withdrawn' OR (agreed_by IS NOT NULL AND communicated_on IS NOT NULL"
    " AND final_on IS NOT NULL AND decision IN ('ceased', 'cancelled'))",
    "ended_by_its_state": "(state IN ('stopped', 'maintained', 'withdrawn')) = (ended_at IS NOT NULL)",
}


def upgrade() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, length=20, create_constraint=True)
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        *_texts("status", "kind", "grounds", "origin", "institution", "why", "procedure"),
        sa.Column("renounces", sa.Boolean, nullable=False),
        sa.Column("opened_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail_id", sa.Uuid, sa.ForeignKey("blob.id")),
        sa.Column("state", state, nullable=False),
        *_people("state_by", "proposed_by", "agreed_by", "ended_by"),
        *_days("due_on", "notified_on", "unhcr_consent_on", "heard_on", "explained_on", "communicated_on"),
        *_days("appeal_until", "appealed_on", "final_on"),
        *_moments("interview_at", "proposed_at", "agreed_at", "ended_at"),
        *_texts("interview_place", "hearing", "heard_paper", "explained_in", "explained_interpreter"),
        *_texts("decision", "decision_number", "reasons", "appeal_paper", "appeal_result", "final_paper"),
        sa.Column("leaves", sa.Boolean, nullable=False),
        sa.Column("appeal_late", sa.Boolean, nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_review_{name}")) for name, rule in CHECKS.items()),
    )
    for column in ("person_id", "detail_id"):
        op.create_index(f"ix_review_{column}", "review", [column])
    _partial("uq_review_one_open", "review", ["person_id"], OPEN, unique=True)
    _partial("ix_review_due", "review", ["state", "due_on"], OPEN)
    _create_parts()


def _create_parts() -> None:
    op.create_table(
        "review_delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("review_id", sa.Uuid, sa.ForeignKey("review.id"), nullable=False),
        *_texts("what", "how", "language", "interpreter"),
        sa.Column("delivered_on", sa.Date, nullable=False),
        sa.Column("signed", sa.Boolean, nullable=False),
        *_moments("interview_at"),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_review_delivery_review_id", "review_delivery", ["review_id"])
    _partial("uq_review_delivery_once", "review_delivery", ["review_id", "what"], ONCE, unique=True)
    op.create_table(
        "review_presence",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("review_id", sa.Uuid, sa.ForeignKey("review.id"), nullable=False),
        *_texts("kind", "name", "body"),
        sa.Column("present_on", sa.Date, nullable=False),
        *_days("consented_on"),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.CheckConstraint(
            "kind <> 'unhcr' OR consented_on IS NOT NULL", name=op.f("ck_review_presence_unhcr_by_consent")
        ),
    )
    op.create_index("ix_review_presence_review_id", "review_presence", ["review_id"])


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _days(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Date) for name in names]


def _moments(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.DateTime(timezone=True)) for name in names]


def _people(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Uuid, sa.ForeignKey("staff.id")) for name in names]


def _partial(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
