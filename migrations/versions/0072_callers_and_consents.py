"""Tokens of all systems outside stand in one table, and the consent that UNHCR sees a file stands with the mandates.

A server of the release before goes on with what it knows: tokens to fetch with stay among the allowances too, and their
digest here is another, so that it takes none of them for a token of events.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

from issuance.db import uuid7
from migrations.shared import add_column

revision = "0072"
down_revision = "0071"

EVENTS = "case_events"
TO_FETCH = """
    SELECT recipient, digest, asked_by, asked_at, agreed_by, agreed_at FROM feed_allowance
    WHERE what = 'token' AND ended_at IS NULL ORDER BY id
"""
CONSENTED = """
    SELECT id, person_id, unhcr_consent_on, opened_by, opened_at, ended_at FROM review
    WHERE unhcr_consent_on IS NOT NULL AND NOT (ended_at IS NULL AND EXISTS (
        SELECT 1 FROM mandate JOIN consent ON consent.mandate_id = mandate.id
        WHERE mandate.person_id = review.person_id AND mandate.kind = 'unhcr' AND mandate.ended_at IS NULL
            AND consent.withdrawn_at IS NULL))
    ORDER BY id
"""


def upgrade() -> None:
    _let_tokens_open_more()
    _carry_tokens()
    _carry_consents()


def _let_tokens_open_more() -> None:
    add_column("exchange_token", sa.Column("opens", sa.String, nullable=False, server_default=sa.text(f"'{EVENTS}'")))
    for name in ("made_by", "agreed_by", "revoked_by"):
        check = ("ck_exchange_token_two_agree", "agreed_by <> made_by") if name == "agreed_by" else None
        add_column("exchange_token", sa.Column(name, sa.Uuid, sa.ForeignKey("staff.id")), check)
    add_column("exchange_token", sa.Column("agreed_at", sa.DateTime(timezone=True)))


def _carry_tokens() -> None:
    connection = op.get_bind()
    token = sa.table(
        "exchange_token",
        *(sa.column(name, sa.Uuid) for name in ("id", "made_by", "agreed_by")),
        *(sa.column(name, sa.String) for name in ("name", "token_digest", "opens")),
        *(sa.column(name, sa.Integer) for name in ("per_minute", "minute", "calls")),
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("made_at", "agreed_at")),
    )
    asked = sa.text(TO_FETCH).columns(
        asked_by=sa.Uuid, agreed_by=sa.Uuid, asked_at=sa.DateTime(timezone=True), agreed_at=sa.DateTime(timezone=True)
    )
    names = set(connection.scalars(sa.text("SELECT name FROM exchange_token")))
    for row in connection.execute(asked).all():
        connection.execute(
            token.insert().values(
                id=uuid7(),
                name=_free(row.recipient, names),
                token_digest=hashlib.sha256(f"{row.recipient} {row.digest}".encode()).hexdigest(),
                opens=row.recipient,
                per_minute=600,
                minute=0,
                calls=0,
                made_by=row.asked_by,
                made_at=row.asked_at,
                agreed_by=row.agreed_by,
                agreed_at=row.agreed_at,
            )
        )


def _free(recipient: str, names: set[str]) -> str:
    """A name that no token had: the recipient's code, with a number where somebody named one so."""
    name, number = recipient, 1
    while name in names:
        number += 1
        name = f"{recipient} {number}"
    names.add(name)
    return name


def _carry_consents() -> None:
    """What a review held is a mandate of UNHCR without a body, consented to; it ended with a review that is over."""
    connection = op.get_bind()
    at = sa.DateTime(timezone=True)
    mandate = sa.table(
        "mandate",
        *(sa.column(name, sa.Uuid) for name in ("id", "person_id", "given_by")),
        *(sa.column(name, sa.Integer) for name in ("version",)),
        *(sa.column(name, sa.String) for name in ("holder_name", "kind", "relation", "scopes", "granted_by")),
        *(sa.column(name, sa.String) for name in ("evidence", "ended_because")),
        sa.column("from_day", sa.Date),
        *(sa.column(name, at) for name in ("given_at", "ended_at")),
    )
    consent = sa.table(
        "consent",
        *(sa.column(name, sa.Uuid) for name in ("id", "mandate_id", "recorded_by")),
        *(sa.column(name, sa.String) for name in ("text_version", "language", "interpreter")),
        sa.column("given_on", sa.Date),
        *(sa.column(name, at) for name in ("recorded_at", "withdrawn_at")),
    )
    held = sa.text(CONSENTED).columns(
        id=sa.Uuid, person_id=sa.Uuid, opened_by=sa.Uuid, unhcr_consent_on=sa.Date, opened_at=at, ended_at=at
    )
    for row in connection.execute(held).all():
        key = uuid7()
        connection.execute(
            mandate.insert().values(
                id=key,
                version=1,
                person_id=row.person_id,
                holder_name="UNHCR",
                kind="unhcr",
                relation="UNHCR",
                scopes="see_file",
                granted_by="person",
                evidence="",
                from_day=row.unhcr_consent_on,
                given_by=row.opened_by,
                given_at=row.opened_at,
                ended_at=row.ended_at,
                ended_because="over" if row.ended_at else None,
            )
        )
        connection.execute(
            consent.insert().values(
                id=uuid7(),
                mandate_id=key,
                text_version="",
                language="",
                interpreter="",
                given_on=row.unhcr_consent_on,
                recorded_by=row.opened_by,
                recorded_at=row.opened_at,
                withdrawn_at=row.ended_at,
            )
        )
