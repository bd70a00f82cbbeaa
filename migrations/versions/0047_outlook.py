"""What holders may expect of their open requests: a place in the queue, a day by which nine of ten were ready."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "outlook",
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("a_day", sa.Integer),
        sa.Column("expected_on", sa.Date),
        sa.Column("said_before", sa.Date),
        sa.CheckConstraint("place > 0", op.f("ck_outlook_place_counts_from_one")),
        sa.CheckConstraint("said_before < expected_on", op.f("ck_outlook_only_later_days_are_said_again")),
    )
