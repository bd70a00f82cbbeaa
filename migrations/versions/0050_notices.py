"""Where persons agreed to be written to, and the outbox of what is written to them."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"

STATES = ("waiting", "sending", "accepted", "delivered", "refused", "given_up", "unknown", "dropped")


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("encrypted", sa.LargeBinary, nullable=False),
        sa.Column("stop_digest", sa.String, nullable=False, unique=True),
        sa.Column("given_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_because", sa.String, nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("refused_in", sa.Uuid, sa.ForeignKey("centre.id")),
        sa.CheckConstraint(
            "(withdrawn_because = '') = (withdrawn_at IS NULL)", op.f("ck_contact_withdrawn_for_a_reason")
        ),
    )
    op.create_index("ix_contact_person_id", "contact", ["person_id"])
    _partial("uq_contact_one_live", "contact", ["person_id", "channel"], "withdrawn_at IS NULL", unique=True)
    came_back = "refused_in IS NOT NULL AND withdrawn_at IS NULL"
    _partial("ix_contact_refused", "contact", ["refused_in", "refused_at"], came_back)
    op.create_table(
        "told_stop",
        sa.Column("contact_id", sa.Uuid, sa.ForeignKey("contact.id"), primary_key=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    state = sa.Enum(*STATES, name="state", native_enum=False, length=20, create_constraint=True)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False),
        sa.Column("contact_id", sa.Uuid, sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("state_by", sa.Uuid),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("gateway_id", sa.String, nullable=False),
        sa.Column("receipt", sa.String, nullable=False),
        sa.UniqueConstraint("request_id", "kind", "channel", "occasion"),
    )
    op.create_index("ix_notice_contact_id", "notice", ["contact_id"])
    _partial("ix_notice_waiting", "notice", ["next_at"], "state = 'waiting'")
    _partial("ix_notice_sending", "notice", ["taken_at"], "state = 'sending'")
    # Who has a document that ends soon is told: by the day, without a look at all that ever ended.
    _partial("ix_document_expiring", "document", ["expiry_date", "id"], "state = 'valid'")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=said, postgresql_where=said)
