"""A filled register of the release before comes to this one: its tokens open what they opened, its consents hold."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command

from issuance import migrate
from issuance.actors import SYSTEM
from issuance.acts import Look
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.exchange import ExchangeToken
from issuance.models.mandates import Consent, Mandate
from issuance.models.reviews import Review
from issuance.services.exchange import callers
from issuance.services.feeds import allowances
from issuance.services.reviews import partaking
from issuance.services.trust import audit_adoption
from tests.people import NOON
from tests.registers import saved

RELEASE, FILLED_BY = "0067", "0056"
EVENTS, CASES, TAKEN, WAITS = "of events", "of cases", "revoked", "waits"
AT, DAY = "2026-10-05T10:00:00+00:00", "2026-10-05"


class Before:
    """The rows that this release is tried on."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection, self.tables = connection, saved._tables(connection)
        self.staff = self.ids("staff", 3)
        self.persons = self.ids("person", 2)
        (self.request,) = self.ids("request", 1)
        self._tokens()
        self._reviews()

    def ids(self, table: str, number: int) -> list[str]:
        found = self.connection.scalars(sa.select(self.tables.tables[table].c.id).limit(number)).all()
        return [str(each) for each in found]

    def put(self, table_name: str, /, **values: object) -> None:
        table = self.tables.tables[table_name]
        typed = {"id": uuid4().hex} | {key: value for key, value in values.items() if value is not None}
        for column in table.c:
            if not column.nullable and column.name not in typed:
                typed[column.name] = False if isinstance(column.type, sa.Boolean) else ""
        said = {key: saved._typed(table.c[key].type, value) for key, value in typed.items()}
        self.connection.execute(table.insert().values(said))

    def _tokens(self) -> None:
        for name, revoked in ((EVENTS, None), ("case_handling", AT)):
            digest = hashlib.sha256((TAKEN if revoked else name).encode()).hexdigest()
            numbers = {"per_minute": 60, "minute": 0, "calls": 0}
            self.put("exchange_token", name=name, token_digest=digest, made_at=AT, revoked_at=revoked, **numbers)
        other = self.staff[1]
        for token, recipient, agreed, ended in (
            (CASES, "case_handling", other, None),
            (TAKEN, "return_system", other, AT),
            (WAITS, "return_system", None, None),
        ):
            self._allowance(recipient, "token", token, agreed, ended)
        self._allowance("sis", "personal", "", other, None)

    def _allowance(self, recipient: str, what: str, token: str, agreed: str | None, ended: str | None) -> None:
        said = {"digest": hashlib.sha256(token.encode()).hexdigest()} if token else {"legal_basis": "Art 38(2)"}
        by = {"asked_by": self.staff[0], "asked_at": AT, "agreed_by": agreed, "agreed_at": agreed and AT}
        self.put("feed_allowance", recipient=recipient, what=what, ended_at=ended, **said, **by)

    def _reviews(self) -> None:
        held = {"request_id": self.request, "version": 1, "opened_by": self.staff[0], "opened_at": AT}
        self.put("review", person_id=self.persons[0], state="notified", unhcr_consent_on=DAY, **held)
        over = {"state": "stopped", "ended_at": AT, "unhcr_consent_on": DAY}
        self.put("review", person_id=self.persons[1], **over, **held)
        self.put("review", person_id=self.persons[1], state="opened", **held)


@pytest.fixture
def upgraded(empty_database_url: str) -> Iterator[Database]:
    opened = Database(empty_database_url)
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), FILLED_BY)
        saved.fill(connection, saved.saved(FILLED_BY))
        migrate.upgrade_on(connection, RELEASE)
        Before(connection)
    migrate.upgrade(opened)
    yield opened
    opened.engine.dispose()


class Surroundings:
    """The little of an office that these questions ask."""

    clock = FixedClock(NOON)


@pytest.fixture
def look(upgraded: Database) -> Iterator[Look]:
    with upgraded.reading() as session:
        yield Look(session, Surroundings(), SYSTEM)


def test_tokens_open_what_they_opened_and_nothing_else(look: Look) -> None:
    opened = {
        (token, door): found.name
        for token in (EVENTS, CASES, TAKEN, WAITS)
        for door in callers.doors()
        if (found := callers.by_token(look, token, door))
    }
    assert opened == {
        (EVENTS, "case_events"): EVENTS,
        (CASES, "case_handling"): "case_handling 2",
    }
    row = callers.named(look, "return_system")
    assert (row.made_at, row.waits, row.per_minute) == (dt.datetime.fromisoformat(AT), True, 600)
    assert {each.name for each in callers.listed(look)} == {EVENTS, "case_handling", "case_handling 2", "return_system"}


def test_a_server_of_before_takes_no_token_to_fetch_for_one_of_events(look: Look) -> None:
    digests = [hashlib.sha256(token.encode()).hexdigest() for token in (CASES, WAITS)]
    known = sa.select(ExchangeToken.id).where(ExchangeToken.token_digest.in_(digests))
    assert look.session.scalars(known).all() == []


def test_personal_columns_stay_allowed(look: Look) -> None:
    assert allowances.is_allowed(look, "sis", allowances.PERSONAL)
    assert allowances.live(look, "case_handling") == {}


def test_a_consent_that_a_review_held_stands_with_the_mandates(look: Look) -> None:
    held = {(row.state, row.unhcr_consent_on is not None): row for row in look.session.scalars(sa.select(Review))}
    day = dt.date.fromisoformat(DAY)
    consent = partaking.consented(look, held["notified", True], NOON.date())
    assert consent is not None
    assert (consent.given_on, consent.text_version) == (day, "")
    assert partaking.consented(look, held["notified", True], day - dt.timedelta(days=1)) is None
    assert partaking.consented(look, held["opened", False], NOON.date()) is None  # it ended with that review
    mandates = look.session.scalars(
        sa.select(Mandate).where(Mandate.kind == "unhcr").order_by(Mandate.ended_because.is_not(None))
    ).all()
    assert [(row.holder_name, row.scopes, row.body_id, row.ended_because) for row in mandates] == [
        ("UNHCR", "see_file", None, None),
        ("UNHCR", "see_file", None, "over"),
    ]
    assert len(look.session.scalars(sa.select(Consent)).all()) == 2


def test_what_was_carried_is_witnessed_once_more() -> None:
    assert {"consent", "exchange_token", "mandate"} <= set(audit_adoption.FILLED)
    assert "mandate" not in audit_adoption.FILLED.values()  # releases before said that of an earlier migration
