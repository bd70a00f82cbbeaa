"""Everything that looks at a review agrees: records merged and split, transfers, retention, timers, the list."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.actors import SYSTEM
from issuance.background import HANDLERS
from issuance.db import Base
from issuance.errors import Conflict, NotAllowed, NotFound
from issuance.models.people import PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.models.vault import DataKey
from issuance.services.casework import decisions as requests_decided
from issuance.services.life import retention
from issuance.services.reviews import due, files
from issuance.states import ReviewState
from tests.fixtures.databases import on_sqlite
from tests.integration.life.test_retention import agree as agree_to_plan
from tests.integration.persons.regrouped import OTHER, merge, person_of, propose, split, undo
from tests.integration.reviews.shared import OPENING, Walk, day, days_pass
from tests.integration.reviews.test_paths import permit
from tests.integration.transfers.shared import send, there
from tests.people import LAYLA, SmallOffice, changed

DAY = dt.timedelta(days=1)


def owner_of(office: SmallOffice, walk: Walk) -> UUID:
    with office.reading() as look:
        return look.session.get_one(Review, walk.review_id).person_id


def listed(office: SmallOffice, role: str = "clerk") -> list[UUID]:
    with office.reading(office.actors[role]) as look:
        assert look.session.scalar(due.how_many(look)) == len(due.listed(look))
        return [row.id for row in due.listed(look)]


def count_due(office: SmallOffice) -> int:
    with office.reading(office.actors["clerk"]) as look:
        return look.session.scalar(due.how_many_due(look)) or 0


def test_no_timer_renewal_or_request_opens_a_review_and_none_ends_one(office: SmallOffice) -> None:
    request_id, number = permit(office)
    days_pass(office, 3 * 365 - 20)
    person_id = person_of(office, request_id).id
    again = changed(LAYLA, kind="renewal", previous_document=number, case_reference="2", person_id=person_id)
    office.lodge(again)
    days_pass(office, 60)
    for item in tasks.PERIODIC:
        HANDLERS[item.name](office)
    with office.reading() as look:
        assert look.session.scalars(select(Review)).all() == []
    walk = Walk(office, request_id).open().decided().term_over()
    days_pass(office, 500)
    for item in tasks.PERIODIC:
        HANDLERS[item.name](office)
    assert walk.state == "communicated"
    assert person_of(office, request_id).status == "refugee"


# Records of one person, or of two


def test_a_review_goes_with_the_case_that_it_was_opened_from(office: SmallOffice) -> None:
    one, other = office.lodge(), office.lodge(OTHER)
    walk = Walk(office, other).open()
    first, second = person_of(office, one).id, person_of(office, other).id
    merged = merge(office, first, second)
    assert owner_of(office, walk) in (first, second)
    assert owner_of(office, walk) == person_of(office, other).id
    undo(office, merged)
    assert owner_of(office, walk) == second
    merge(office, first, second)
    split(office, person_of(office, other).id, [other])
    assert owner_of(office, walk) == person_of(office, other).id != person_of(office, one).id


@on_sqlite
def test_two_with_an_open_review_each_are_not_merged(office: SmallOffice) -> None:
    one, other = office.lodge(), office.lodge(OTHER)
    walk = Walk(office, one).open()
    Walk(office, other).open()
    people = [person_of(office, each).id for each in (one, other)]
    with pytest.raises(Conflict, match="open review"):
        propose(office, *people)
    walk.do("supervisor", lambda act, review: files.stop(act, review, "two files of one person"))
    propose(office, *people)


# Another centre


@on_sqlite
def test_a_file_goes_with_its_case_to_the_other_centre(office: SmallOffice) -> None:
    walk = Walk(office, office.lodge()).open()
    assert listed(office) == [walk.review_id]
    send(office, walk.request_id)
    assert listed(office) == []
    with pytest.raises(NotAllowed):
        walk.notified()
    with office.reading(there(office, "decision_officer")) as look:
        assert files.own(look, walk.review_id).centre_id == look.actor.centre_id
        assert [row.id for row in due.listed(look)] == [walk.review_id]


# The list


@on_sqlite
def test_the_list_has_what_is_due_first_and_the_rail_what_is_due_soon(office: SmallOffice) -> None:
    later = Walk(office, office.lodge(changed(LAYLA, case_reference="9", **other_person()))).open()
    later.notified()
    walk = Walk(office, office.lodge()).open()
    assert listed(office) == [walk.review_id, later.review_id]
    assert count_due(office) == 1
    assert listed(office, "supervisor") == listed(office)
    days_pass(office, 24)
    assert count_due(office) == 2
    walk.notified().heard().proposed().agreed().communicated().appealed()
    assert listed(office) == [later.review_id, walk.review_id]  # that of a court has no day
    assert walk.row.due_on is None
    later.heard().proposed("maintained").agreed().communicated()
    assert listed(office) == [walk.review_id]


def other_person() -> dict[str, object]:
    return {"given_names": "Karim", "birth_date": "1990-04-05", "native_name": ""}


# What is kept, and how long


def test_an_open_review_is_decided_on_what_is_kept(office: SmallOffice) -> None:
    opening = files.Opening(("100-b",), "ex_officio", "New elements about Layla.", exclusions=("25-a",))
    walk = Walk(office, office.lodge()).open(opening)
    with office.act(office.actors["clerk"]) as act:
        requests_decided.withdraw(act, act.session.get_one(IssuanceRequest, walk.request_id), "not wanted")
    days_pass(office, 200)
    agree_to_plan(office)
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == 0
    walk.notified(language="en", interpreter="Samir Haddad").heard().proposed("maintained").agreed()
    walk.communicated(language="en", interpreter="Samir Haddad")
    agree_to_plan(office)
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == 1
    with office.reading(office.actors["decision_officer"]) as look:
        row = files.own(look, walk.review_id)
        with pytest.raises(NotFound, match="destroyed"):
            files.detail(look, row)
        assert look.session.scalars(select(DataKey)).one().wrapped is None
        tables = [table for name, table in Base.metadata.tables.items() if name.startswith("review")]
        kept = "\n".join(str(each) for table in tables for each in look.session.execute(select(table)))
    assert (row.state, row.decision, row.grounds) == (ReviewState.MAINTAINED, "maintained", "100-b")
    for word in ("Layla", "Samir", "New elements", "protection of the country"):
        assert word not in kept


@on_sqlite
def test_no_review_is_opened_on_what_was_destroyed(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        requests_decided.withdraw(act, act.session.get_one(IssuanceRequest, request_id), "not wanted")
    days_pass(office, 200)
    agree_to_plan(office)
    with office.act(SYSTEM) as act:
        retention.destroy_ended(act)
    with pytest.raises(Conflict, match="No case of this person is kept here"):
        Walk(office, request_id).open(OPENING)


# Who asks whether a review is open


@on_sqlite
def test_whether_a_review_is_open_on_a_day(office: SmallOffice) -> None:
    walk = Walk(office, office.lodge()).open()
    begun, person_id = day(office), walk.row.person_id

    def is_open(on: dt.date) -> bool:
        with office.reading() as look:
            return files.open_for(look, person_id, on) is not None

    assert [is_open(begun - DAY), is_open(begun), is_open(begun + 400 * DAY)] == [False, True, True]
    days_pass(office, 5)
    walk.do("supervisor", lambda act, review: files.stop(act, review, "a mistake"))
    assert [is_open(begun), is_open(begun + 5 * DAY), is_open(begun + 6 * DAY)] == [True, True, False]


@on_sqlite
def test_the_day_of_a_review_is_that_of_romania(office: SmallOffice) -> None:
    office.clock.advance(dt.timedelta(hours=12))  # 22:00 in UTC is the next day there
    walk = Walk(office, office.lodge()).open()
    with office.reading() as look:
        assert files.open_for(look, walk.row.person_id, office.clock.today()) is not None
        assert files.open_for(look, walk.row.person_id, office.clock.now().date()) is None
        assert look.session.scalars(select(PersonVersion)).all()
