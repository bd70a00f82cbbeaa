"""Loss and theft: suspended at once by anybody's word, settled by the window, and void for ever."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.endings import LossReport
from issuance.services.life import endings, loss
from issuance.services.life.loss import Said
from issuance.services.life.validity import Standing, standing
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice

TODAY = dt.date(2026, 11, 2)
SAID = Said("lost", "holder", TODAY)


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    office.hand_over(checked.request_id, checked.number)
    return checked


def report(office: SmallOffice, case: Case, said: Said = SAID) -> None:
    with office.act(office.actors["clerk"]) as act:
        loss.report(act, act.session.get_one(Document, case.document_id), said)


def settle(office: SmallOffice, who: str, case: Case, what: str) -> None:
    with office.act(office.actors[who]) as act:
        row = loss.open_report(act, act.session.get_one(Document, case.document_id))
        assert row is not None
        if what == "find":
            loss.find(act, row)
        elif what == "lift":
            loss.lift(act, row)
        else:
            loss.confirm(act, row, what, "portrait")


def standing_of(office: SmallOffice, case: Case, day: dt.date = TODAY) -> Standing:
    with office.reading() as look:
        return standing(look, look.session.get_one(Document, case.document_id), day)


def test_a_reported_document_holds_nowhere_from_that_moment(office: SmallOffice, valid: Case) -> None:
    assert standing_of(office, valid) == Standing.VALID
    report(office, valid)
    assert standing_of(office, valid) == Standing.SUSPENDED


@pytest.mark.parametrize("kind", ["lost", "stolen"])
def test_the_window_confirms_and_nothing_brings_it_back(office: SmallOffice, valid: Case, kind: str) -> None:
    report(office, valid)
    settle(office, "second_clerk", valid, kind)
    assert standing_of(office, valid) == kind
    with pytest.raises(Conflict):
        report(office, valid)
    with office.reading() as look:
        assert loss.open_report(look, look.session.get_one(Document, valid.document_id)) is None


def test_a_found_document_takes_two_persons(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    with pytest.raises(Conflict, match="Say so first"):
        settle(office, "clerk", valid, "lift")
    settle(office, "clerk", valid, "find")
    with pytest.raises(NotAllowed):
        settle(office, "clerk", valid, "lift")
    assert standing_of(office, valid) == Standing.SUSPENDED
    settle(office, "second_clerk", valid, "lift")
    assert standing_of(office, valid) == Standing.VALID


@on_sqlite
def test_the_database_too_wants_two(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    settle(office, "clerk", valid, "find")
    with office.database.transaction() as session:
        row = session.scalars(select(LossReport)).one()
        row.settled_by = row.found_by
        with pytest.raises(IntegrityError, match="two_lift_a_suspension"):
            session.flush()
        session.rollback()


@on_sqlite
@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said("mislaid", "holder", TODAY), "kind"),
        (Said("lost", "neighbour", TODAY), "source"),
        (Said("lost", "holder", TODAY + dt.timedelta(days=1)), "noticed_on"),
        (Said("lost", "holder", dt.date(2026, 1, 1)), "noticed_on"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(office: SmallOffice, valid: Case, said: Said, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        report(office, valid, said)
    assert refused.value.field == field
    assert standing_of(office, valid) == Standing.VALID


@on_sqlite
def test_what_nobody_has_cannot_be_lost(office: SmallOffice, checked: Case) -> None:
    with pytest.raises(Conflict):
        report(office, checked)


@on_sqlite
@pytest.mark.parametrize(("days", "in_time"), [(5, True), (6, False)])
def test_a_permit_is_declared_within_five_days(office: SmallOffice, valid: Case, days: int, in_time: bool) -> None:
    office.clock.advance(dt.timedelta(days=days))
    report(office, valid)
    with office.reading(office.actors["clerk"]) as look:
        assert [row.in_time for row in loss.waiting(look)] == [in_time]


@on_sqlite
def test_number_and_birth_date_go_together(office: SmallOffice, valid: Case) -> None:
    with office.reading() as look:
        spaced = f"{valid.number[:2]} {valid.number[2:].lower()}"
        assert loss.by_number(look, spaced, "1992-01-01").id == valid.document_id
        said = []
        for number, birth_date in ((valid.number, "1992-01-02"), ("RP9999999", "1992-01-01")):
            with pytest.raises(InvalidInput) as refused:
                loss.by_number(look, number, birth_date)
            said.append(str(refused.value))
        assert said[0] == said[1]


@on_sqlite
def test_expired_is_a_matter_of_the_day(office: SmallOffice, valid: Case) -> None:
    last = dt.date(2029, 11, 1)
    days = {last: Standing.VALID, last + dt.timedelta(days=1): Standing.EXPIRED}
    assert {day: standing_of(office, valid, day) for day in days} == days


@on_sqlite
def test_a_lost_document_that_lies_on_the_table_ends(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    with office.act(office.actors["supervisor"]) as act:
        document = act.session.get_one(Document, valid.document_id)
        endings.end(act, document, "death", "certificate 12/2026", given_back=True)
    assert standing_of(office, valid) == Standing.VOIDED
    with office.reading(office.actors["clerk"]) as look:
        assert loss.waiting(look) == []
