"""What other rooms are told of a review: bodies outside, the page of clocks, whoever asks what was told of them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from issuance.chores import feeds as chores
from issuance.law.office.clocks import clocks
from issuance.models.documents import Document
from issuance.models.feeds import FeedRow
from issuance.models.people import Person
from issuance.services.clocks import running
from issuance.services.housing import moving
from issuance.services.privacy import disclosures
from tests.fixtures.databases import on_sqlite
from tests.integration.reviews.shared import Walk, day, days_pass
from tests.people import SmallOffice, Stage


def handed_over(office: SmallOffice) -> UUID:
    case = office.carry(Stage.CHECKED)
    with office.reading() as look:
        number = look.session.scalars(select(Document.number)).one()
    office.hand_over(case.request_id, number)
    return case.request_id


def told(office: SmallOffice, recipient: str = "return_system") -> list[tuple[str, dict[str, object]]]:
    with office.reading() as look:
        rows = look.session.scalars(select(FeedRow).where(FeedRow.recipient == recipient).order_by(FeedRow.id))
        return [(row.fact, dict(row.says)) for row in rows]


def near(office: SmallOffice, step: str) -> list[dt.date]:
    with office.reading(office.actors["decision_officer"]) as look:
        return [row.last_day for row in running.rows(look, clocks()[f"review_{step}"])]


def test_the_return_system_hears_of_an_appeal_and_of_the_end_once_and_of_nothing_before(office: SmallOffice) -> None:
    walk = Walk(office, handed_over(office)).open().notified().heard().proposed("ceased", leaves=True).agreed()
    walk.communicated()
    assert told(office) == []
    walk.appealed()
    case = {"case": "2026/TM/0001"}
    assert told(office) == [("appeal_filed", case | {"appeal_suspends": True})]
    days_pass(office, 40)
    walk.settled("rejected").final()
    final_on = str(walk.row.final_on)
    ended = case | {"ground": "protection_ended", "order_to_leave": True, "appeal_suspends": False}
    assert told(office)[1:] == [
        ("right_ended", ended | {"final_on": final_on}),
        ("document_withdrawn", case | {"ground": "protection_ended"}),
    ]
    assert [fact for fact, _ in told(office, "sis")] == ["invalidated"]


@on_sqlite
def test_who_keeps_the_protection_is_told_to_nobody(office: SmallOffice) -> None:
    walk = Walk(office, handed_over(office)).open().notified().heard().proposed("maintained").agreed().communicated()
    assert walk.state == "maintained"
    assert told(office) == told(office, "sis") == []


@on_sqlite
def test_each_step_of_a_review_runs_on_the_page_of_clocks_until_it_is_done(office: SmallOffice) -> None:
    """Opened on Monday, 2 November 2026: five working days, then thirty days, of which the last is a Wednesday."""
    walk = Walk(office, office.lodge()).open()
    assert near(office, "notice") == [dt.date(2026, 11, 9)]
    walk.notified()
    assert near(office, "notice") == []
    assert near(office, "hearing") == []  # thirty days: not near yet
    days_pass(office, 24)
    assert near(office, "hearing") == [dt.date(2026, 12, 2)]
    walk.heard().proposed().agreed()
    days_pass(office, 5)
    assert near(office, "communication") == [dt.date(2026, 12, 7)]  # 30 November and 1 December are holidays
    walk.communicated()
    assert near(office, "communication") == []
    days_pass(office, 4)
    assert near(office, "appeal") == [dt.date(2026, 12, 11)]
    walk.appealed()
    assert near(office, "appeal") == []


@on_sqlite
def test_what_went_outside_is_among_what_was_told_of_the_person(office: SmallOffice) -> None:
    walk = Walk(office, handed_over(office)).open().decided().term_over()
    walk.final()
    with office.reading() as look:
        person = look.session.scalars(select(Person)).one()
        assert [each.recipient for each in disclosures.disclosed(look, person)] == []  # nothing has left yet
    chores.make_feeds(office)
    with office.reading() as look:
        person = look.session.scalars(select(Person)).one()
        found = {(each.recipient, each.told) for each in disclosures.disclosed(look, person)}
    assert found == {
        ("case_handling", ("number",)),
        ("return_system", ("case_step",)),
        ("return_system", ("number",)),
        ("sis", ("number",)),
        ("sltd", ("number",)),
    }


@on_sqlite
def test_a_move_during_a_review_has_the_term_of_the_law(office: SmallOffice) -> None:
    Walk(office, office.lodge()).open()
    assert moving.due_on(day(office), "review") == day(office) + dt.timedelta(days=5)
