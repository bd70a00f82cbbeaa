"""What owners of accounts are written by e-mail, and in which language."""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"


STATES = ("waiting", "sending", "accepted", "delivered", "refused", "given_up", "unknown", "dropped")


def upgrade() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, length=20, create_constraint=True)
    op.add_column("staff", sa.Column("language", sa.String, nullable=False, server_default="ro"))
    op.create_table(
        "account_letter",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("kinds", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
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
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("settled_by <> staff_id", op.f("ck_account_letter_nobodys_own")),
    )
    for name, column, where in (
        ("waiting", "next_at", "state = 'waiting'"),
        ("sending", "taken_at", "state = 'sending'"),
        ("came_back", "staff_id", "state IN ('refused', 'given_up') AND settled_at IS NULL"),
    ):
        some = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
        op.create_index(f"ix_account_letter_{name}", "account_letter", [column], **some)
