"""Who is told of rights and duties, by which text, and who was granted protection and did not ask for its document."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound, StaleState
from issuance.law.office import text_reviews
from issuance.law.persons import rights
from issuance.models.people import RightsNotice
from issuance.models.requests import IssuanceRequest
from issuance.models.rights import Grant
from issuance.services import centres
from issuance.services.persons import notices
from issuance.services.persons.notices import Notice
from issuance.services.rights import grants, texts, untold
from issuance.services.rights.grants import Decision
from issuance.services.rights.texts import Reading
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
GRANTED = Decision("refugee", "77/2026", dt.date(2026, 10, 30))
REVIEWED = '[ar]\nstate = "reviewed"\nby = "H. Haddad"\non = 2026-12-01\n'


@pytest.fixture
def asked(office: SmallOffice) -> UUID:
    return office.lodge(TID)


def tell(office: SmallOffice, request_id: UUID, notice: Notice) -> RightsNotice:
    with office.act(office.actors["clerk"]) as act:
        return notices.record(act, act.session.get_one(IssuanceRequest, request_id).person, notice)


def note(office: SmallOffice, request_id: UUID, decision: Decision = GRANTED) -> None:
    with office.act(office.actors["clerk"]) as act:
        grants.note(act, act.session.get_one(IssuanceRequest, request_id), decision)


def elsewhere(office: SmallOffice) -> Actor:
    with office.reading() as look:
        return replace(office.actors["clerk"], centre_id=centres.named(look, "galati").id)


def lists(office: SmallOffice, who: Actor | None = None) -> tuple[list[UUID], list[tuple[UUID, bool]]]:
    with office.reading(who or office.actors["clerk"]) as look:
        told = [row.id for row in untold.not_told(look)]
        waiting = [(row.grant.request_id, row.is_told) for row in untold.not_asked(look)]
        assert look.session.scalar(untold.how_many(look)) == len(told) + len(waiting)
    return told, waiting


def test_a_notice_keeps_the_text_that_was_read(office: SmallOffice, asked: UUID) -> None:
    row = tell(office, asked, Notice("ar", "Samir Haddad"))
    said = (row.status, row.text_version, row.text_language, row.text_state, row.counts)
    assert said == ("applicant", "2026-11-30", "ar", "machine", True)


@on_sqlite
@pytest.mark.parametrize(
    ("notice", "language", "state", "counts"),
    [
        (Notice("ro"), "ro", "ours", True),
        (Notice("ar"), "ar", "machine", False),
        (Notice("ar", "  "), "ar", "machine", False),
        (Notice("ps"), "ro", "ours", False),
        (Notice("ps", "an interpreter"), "ro", "ours", True),
    ],
)
def test_a_machines_text_counts_by_an_interpreter_alone(
    office: SmallOffice, asked: UUID, notice: Notice, language: str, state: str, counts: bool
) -> None:
    row = tell(office, asked, notice)
    assert (row.text_language, row.text_state, row.counts) == (language, state, counts)


@on_sqlite
def test_a_reviewed_text_counts(office: SmallOffice, asked: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    read = text_reviews.read(REVIEWED)
    monkeypatch.setattr(text_reviews, "load", lambda: read)
    row = tell(office, asked, Notice("ar"))
    assert (row.text_state, row.counts) == ("reviewed", True)


def review(office: SmallOffice, digest: str, **changes: str) -> None:
    said = {"reader": "H. Haddad, translator", "back": "Puteți munci."} | changes
    with office.act(office.actors["administrator"]) as act:
        texts.keep(act, "ar", digest, Reading(**said))


def test_texts_that_the_office_had_read_count_when_all_of_them_are(office: SmallOffice, asked: UUID) -> None:
    read = rights.read_to("applicant")
    assert read is not None
    first, *rest = [text_reviews.digest(text.key, text.ar) for text in read.texts]
    for each in rest:
        review(office, each)
    assert tell(office, asked, Notice("ar")).text_state == "machine"
    review(office, first)
    row = tell(office, asked, Notice("ar"))
    assert (row.text_state, row.counts) == ("reviewed", True)


def test_a_text_is_reviewed_once_and_by_somebody(office: SmallOffice) -> None:
    for field in ("reader", "back"):
        with pytest.raises(InvalidInput) as refused:
            review(office, "0" * 32, **{field: " "})
        assert refused.value.field == field
    review(office, "0" * 32)
    with pytest.raises(Conflict, match="reviewed already"):
        review(office, "0" * 32)


@on_sqlite
def test_a_text_that_changed_since_it_was_read_is_not_recorded(office: SmallOffice, asked: UUID) -> None:
    with pytest.raises(StaleState, match="changed meanwhile"):
        tell(office, asked, Notice("ar", version="2026-01-01"))


def test_an_open_case_of_protection_is_listed_until_its_person_is_told(office: SmallOffice, asked: UUID) -> None:
    permit = office.lodge(changed(LAYLA, given_names="Amal", birth_date="1980-02-02", case_reference="2026/TM/9"))
    assert lists(office) == ([permit], [])
    tell(office, permit, Notice("ar"))
    assert lists(office) == ([permit], [])
    tell(office, permit, Notice("ar", "Samir Haddad"))
    assert lists(office) == ([], [])


def test_a_hand_over_by_a_machines_text_is_no_obstacle(office: SmallOffice) -> None:
    case = office.carry("checked")
    office.hand_over(case.request_id, case.number)
    assert lists(office) == ([], [])


def test_a_grant_waits_until_the_document_is_asked_for(office: SmallOffice, asked: UUID) -> None:
    note(office, asked)
    assert lists(office) == ([], [(asked, False)])
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, asked).person
        row = notices.record(act, person, Notice("ar", "Samir Haddad", status="refugee"))
        person_id = person.id
    assert row.status == "refugee"
    assert lists(office) == ([], [(asked, True)])
    office.lodge(changed(LAYLA, case_reference="2026/TM/2", person_id=person_id))
    assert lists(office) == ([], [])
    with office.reading() as look:
        ended = look.session.query(Grant).one()
    assert (ended.ended_because, ended.decision_number) == ("requested", "77/2026")


def test_one_grant_of_a_person_waits(office: SmallOffice, asked: UUID) -> None:
    note(office, asked)
    with pytest.raises(Conflict, match="noted already"):
        note(office, asked)


def end(office: SmallOffice, request_id: UUID, because: str) -> None:
    with office.act(office.actors["decision_officer"]) as act:
        grants.end(act, act.session.get_one(IssuanceRequest, request_id), because)


def test_a_grant_is_waited_for_no_more_for_a_reason(office: SmallOffice, asked: UUID) -> None:
    note(office, asked)
    with pytest.raises(InvalidInput):
        end(office, asked, "tired")
    end(office, asked, "mistaken")
    assert lists(office) == ([], [])
    with pytest.raises(NotFound):
        end(office, asked, "mistaken")
    note(office, asked)  # and this time rightly


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "applicant"}, "status"),
        ({"status": "temporary_protection"}, "status"),
        ({"number": " "}, "decision_number"),
        ({"day": None}, "decision_number"),
        ({"day": dt.date(2027, 1, 1)}, "decided_on"),
    ],
)
def test_what_is_noted_of_a_grant_is_judged(
    office: SmallOffice, asked: UUID, changes: dict[str, Any], field: str
) -> None:
    decision = Decision(**{"status": "refugee", "number": "1", "day": dt.date(2026, 10, 1)} | changes)
    with pytest.raises(InvalidInput) as refused:
        note(office, asked, decision)
    assert refused.value.field == field


@on_sqlite
def test_who_asked_for_the_permit_has_no_grant_to_wait_for(office: SmallOffice) -> None:
    permit = office.lodge()
    with pytest.raises(Conflict, match="asked for the permit already"):
        note(office, permit)


@on_sqlite
def test_another_centre_notes_nothing(office: SmallOffice, asked: UUID) -> None:
    with office.act(elsewhere(office)) as act, pytest.raises(NotAllowed):
        grants.note(act, act.session.get_one(IssuanceRequest, asked), GRANTED)


@on_sqlite
def test_the_lists_are_the_own_centres(office: SmallOffice, asked: UUID) -> None:
    note(office, asked)
    office.lodge(changed(LAYLA, given_names="Amal", birth_date="1980-02-02", case_reference="9"))
    assert lists(office, elsewhere(office)) == ([], [])
