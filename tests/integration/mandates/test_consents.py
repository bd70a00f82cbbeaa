"""Consent that a file is seen, the files that a body sees by it, and what was done by mandates (E12)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound, Raced, StaleState
from issuance.law.persons.consent import consent_text
from issuance.models.audit import AuditEvent
from issuance.models.mandates import BodyAccount, Consent, Mandate, MandateUse
from issuance.models.requests import IssuanceRequest
from issuance.services.life import retention
from issuance.services.mandates import asking, bodies, consents, giving, uses
from issuance.services.mandates.consents import Said
from issuance.services.mandates.giving import Given
from issuance.services.partners import files
from tests.fixtures.databases import on_sqlite
from tests.people import NOON, SmallOffice

READ = Said("ar", consent_text().version.isoformat(), "Haddad Rana")


class Unhcr:
    """UNHCR with an account, and a person who gave it a mandate to see the file."""

    def __init__(self, office: SmallOffice) -> None:
        self.office, self.request_id = office, office.lodge()
        with office.act(office.actors["administrator"]) as act:
            self.body_id = bodies.add(act, "UNHCR Romania", "unhcr").id
        given = Given("unhcr", "", "UNHCR", ["see_status", "see_file"], "form 3", body_id=self.body_id)
        with office.act(office.actors["clerk"]) as act:
            self.mandate_id = giving.give(act, self.request(act), replace(given, granted_by="person")).id
        with office.act(office.actors["administrator"]) as act:
            body = bodies.with_id(act, self.body_id)
            self.account_id = bodies.let_see(act, body, "partner@test.example").id

    def request(self, look: Any) -> IssuanceRequest:
        return look.session.get_one(IssuanceRequest, self.request_id)  # type: ignore[no-any-return]

    def agree(self) -> None:
        with self.office.act(replace(self.office.actors["administrator"], id=self.second())) as act:
            bodies.agree(act, act.session.get_one(BodyAccount, self.account_id))

    def second(self) -> UUID:
        """Somebody who is not the administrator of the test office."""
        return self.office.actors["supervisor"].id  # type: ignore[return-value]

    def consent(self, said: Said = READ) -> None:
        with self.office.act(self.office.actors["clerk"]) as act:
            consents.record(act, self.request(act), act.session.get_one(Mandate, self.mandate_id), said)

    def withdraw(self) -> None:
        with self.office.act(self.office.actors["clerk"]) as act:
            consents.withdraw(act, self.request(act), act.session.get_one(Mandate, self.mandate_id))

    def listed(self) -> list[UUID]:
        with self.office.reading(self.office.actors["partner"]) as look:
            return [row.id for row in files.listed(look)]

    def look(self) -> None:
        with self.office.act(self.office.actors["partner"]) as act:
            files.open_file(act, self.mandate_id)


@pytest.fixture
def unhcr(office: SmallOffice) -> Unhcr:
    return Unhcr(office)


def test_a_file_is_closed_until_consented_and_at_once_when_withdrawn(unhcr: Unhcr) -> None:
    unhcr.agree()
    assert unhcr.listed() == []
    with pytest.raises(NotFound):
        unhcr.look()
    unhcr.consent()
    assert unhcr.listed() == [unhcr.mandate_id]
    unhcr.look()
    with pytest.raises(Conflict, match="already"):
        unhcr.consent()
    unhcr.withdraw()
    assert unhcr.listed() == []
    with pytest.raises(NotFound):
        unhcr.look()
    with pytest.raises(Conflict):
        unhcr.withdraw()
    unhcr.consent()
    assert unhcr.listed() == [unhcr.mandate_id]


def test_each_look_is_an_event_and_kept_for_the_person(unhcr: Unhcr) -> None:
    unhcr.agree()
    unhcr.consent()
    unhcr.look()
    unhcr.look()
    with unhcr.office.reading() as look:
        person = unhcr.request(look).person
        assert [(row.what, row.mandate_id, row.at) for row in uses.of(look, person)] == [
            ("file_seen", unhcr.mandate_id, NOON)
        ] * 2
        seen = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "mandate.file_seen")).all()
        assert [{subject.kind for subject in event.subjects} for event in seen] == [{"mandate", "person"}] * 2


def test_consent_keeps_text_language_interpreter_and_day(unhcr: Unhcr) -> None:
    unhcr.consent(replace(READ, day=dt.date(2026, 10, 30)))
    with unhcr.office.reading() as look:
        row = look.session.scalars(select(Consent)).one()
        assert (row.text_version, row.language, row.interpreter) == (READ.version, "ar", "Haddad Rana")
        assert (row.given_on, row.recorded_by) == (dt.date(2026, 10, 30), unhcr.office.actors["clerk"].id)


@on_sqlite
@pytest.mark.parametrize(
    ("said", "field"),
    [
        (replace(READ, interpreter=""), "interpreter"),
        (replace(READ, language="ps", interpreter=" "), "interpreter"),
        (replace(READ, language=""), "consent_language"),
        (replace(READ, day=dt.date(2026, 11, 3)), "given_on"),
    ],
)
def test_a_consent_names_what_is_wrong(unhcr: Unhcr, said: Said, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        unhcr.consent(said)
    assert refused.value.field == field
    with unhcr.office.reading() as look:
        assert look.session.scalars(select(Consent)).all() == []


@on_sqlite
def test_a_text_that_changed_meanwhile_is_read_anew_and_english_needs_no_interpreter(unhcr: Unhcr) -> None:
    with pytest.raises(StaleState):
        unhcr.consent(replace(READ, version="2020-01-01"))
    unhcr.consent(replace(READ, language="en", interpreter=""))


@on_sqlite
def test_a_family_member_needs_no_consent_and_gets_none(unhcr: Unhcr) -> None:
    given = Given("family", "Popa Ana", "aunt", ["see_status"], "letter", granted_by="person")
    with pytest.raises(Conflict), unhcr.office.act(unhcr.office.actors["clerk"]) as act:
        consents.record(act, unhcr.request(act), giving.give(act, unhcr.request(act), given), READ)


def test_an_account_sees_nothing_before_two_administrators_agreed_or_once_it_is_taken(unhcr: Unhcr) -> None:
    unhcr.consent()
    assert unhcr.listed() == []
    with pytest.raises(NotAllowed):
        unhcr.look()
    with pytest.raises(NotAllowed), unhcr.office.act(unhcr.office.actors["administrator"]) as act:
        bodies.agree(act, act.session.get_one(BodyAccount, unhcr.account_id))
    unhcr.agree()
    assert unhcr.listed() == [unhcr.mandate_id]
    with unhcr.office.act(unhcr.office.actors["administrator"]) as act:
        bodies.take_away(act, act.session.get_one(BodyAccount, unhcr.account_id))
    with pytest.raises(NotAllowed):
        unhcr.look()


def agree_alone(unhcr: Unhcr) -> None:
    with unhcr.office.act(unhcr.office.actors["clerk"]) as act:
        row = act.session.get_one(BodyAccount, unhcr.account_id)
        row.agreed_by = row.added_by
        act.session.flush()


def consent_again(unhcr: Unhcr) -> None:
    with unhcr.office.act(unhcr.office.actors["clerk"]) as act:
        assert act.actor.id
        row = Consent(mandate_id=unhcr.mandate_id, text_version="1", language="en", given_on=NOON.date())
        row.recorded_by, row.recorded_at = act.actor.id, NOON
        act.session.add(row)
        act.session.flush()


def test_the_table_itself_knows_that_two_agree_and_one_consent_lives(unhcr: Unhcr) -> None:
    unhcr.consent()
    with pytest.raises(IntegrityError, match="two_agree"):
        agree_alone(unhcr)
    with pytest.raises(Raced):
        consent_again(unhcr)


@on_sqlite
def test_only_a_partner_account_becomes_a_bodys(unhcr: Unhcr) -> None:
    for email in ("clerk@test.example", "partner@test.example"):  # no partner; a body's already
        with pytest.raises(InvalidInput) as refused, unhcr.office.act(unhcr.office.actors["administrator"]) as act:
            bodies.let_see(act, bodies.with_id(act, unhcr.body_id), email)
        assert refused.value.field == "email"


def test_another_body_sees_nothing_of_it(unhcr: Unhcr) -> None:
    unhcr.agree()
    unhcr.consent()
    with unhcr.office.act(unhcr.office.actors["administrator"]) as act:
        bodies.take_away(act, act.session.get_one(BodyAccount, unhcr.account_id))
        other = bodies.add(act, "Another organisation", "ngo")
        unhcr.account_id = bodies.let_see(act, other, "partner@test.example").id
    unhcr.agree()
    assert unhcr.listed() == []
    with pytest.raises(NotFound):
        unhcr.look()


def test_the_end_of_the_mandate_ends_the_consent(unhcr: Unhcr) -> None:
    unhcr.agree()
    unhcr.consent()
    with unhcr.office.act(unhcr.office.actors["clerk"]) as act:
        giving.end(act, unhcr.request(act), act.session.get_one(Mandate, unhcr.mandate_id), "person")
    assert unhcr.listed() == []
    with unhcr.office.reading() as look:
        assert look.session.scalars(select(Consent.withdrawn_at)).one() == NOON


def test_a_status_is_told_to_whom_and_only_by_a_mandate_that_says_so(unhcr: Unhcr) -> None:
    with unhcr.office.act(unhcr.office.actors["clerk"]) as act:
        assert uses.tell_status(act, unhcr.request(act), unhcr.mandate_id).shown == "UNHCR Romania (UNHCR)"
    for wrong in (uuid4(), None):
        with pytest.raises(InvalidInput), unhcr.office.act(unhcr.office.actors["clerk"]) as act:
            uses.tell_status(act, unhcr.request(act), wrong)
    with unhcr.office.reading() as look:
        (use,) = uses.of(look, unhcr.request(look).person)
        assert (use.what, use.request_id, use.by) == (
            "status_told",
            unhcr.request_id,
            unhcr.office.actors["clerk"].id,
        )


def test_every_scope_is_asked_somewhere_by_what_is_done(unhcr: Unhcr) -> None:
    """A scope that nothing reads would be a promise to nobody: notices are the outbox's, the others are uses."""
    assert {*uses.WHAT.values(), "receive_notices"} == set(asking.SCOPES)


def test_a_forgotten_person_leaves_no_consent_no_look_and_no_mandate(unhcr: Unhcr) -> None:
    unhcr.agree()
    unhcr.consent()
    unhcr.look()
    with unhcr.office.act(unhcr.office.actors["administrator"]) as act:
        retention._forget_all(act, unhcr.request(act).person)
        unhcr.request(act).mandate_id = None
    assert unhcr.listed() == []
    with unhcr.office.reading() as look:
        for kind in (Consent, MandateUse, Mandate):
            assert look.session.scalars(select(kind)).all() == []
