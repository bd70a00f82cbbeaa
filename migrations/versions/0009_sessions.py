"""Sessions in the register, spent codes, passwords that must be changed, one spelling for each e-mail address.

Two addresses that become the same would make two accounts one: the migration then names both and changes nothing.
Everybody logs in anew, since what browsers held before is no session any more.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

from issuance.errors import Conflict

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _normalise_addresses()
    op.add_column("staff", sa.Column("totp_step", sa.Integer))
    op.add_column("staff", sa.Column("password_given_at", sa.DateTime(timezone=True)))
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.String, nullable=False),
    )


def _normalise_addresses() -> None:
    staff = sa.table("staff", sa.column("id", sa.Uuid), sa.column("email", sa.String))
    spelt: dict[str, str] = {}
    rows = op.get_bind().execute(sa.select(staff.c.id, staff.c.email).order_by(staff.c.email)).all()
    for _, email in rows:
        other = spelt.setdefault(_folded(email), email)
        if other != email:
            raise Conflict(
                "Two accounts have one e-mail address: %(one)s and %(other)s. Change one of them in the table staff, "
                "then run set-up again.",
                one=other,
                other=email,
            )
    for key, email in rows:
        if email != _folded(email):
            op.execute(staff.update().where(staff.c.id == key).values(email=_folded(email)))


def _folded(email: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email.strip()).casefold())
