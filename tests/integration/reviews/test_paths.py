"""Every ground and every path of a review, from the opening to its end, and what the end does (E8 to E10)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import RuleViolation
from issuance.law.persons import withdrawal as law
from issuance.models.documents import Document
from issuance.models.endings import Ending
from issuance.models.people import FamilyLink, Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.services.casework import decisions as requests_decided
from issuance.services.persons import family
from issuance.services.persons.family import Said
from issuance.services.reviews import decisions, ending, files
from issuance.services.reviews.files import Opening
from tests.fixtures.databases import on_sqlite
from tests.integration.reviews.shared import OPENING, STATUS_OF, Walk, day, days_pass
from tests.people import LAYLA, SmallOffice, changed

OUTCOME = {"cessation": "ceased", "cancellation": "cancelled"}
GROUNDS = list(law.grounds().values())


def opening_of(ground: law.Ground) -> Opening:
    letters = [each.code for each in law.exclusions().values() if each.article == ground.excludes]
    origin = "holder" if ground.renounces else "proposal"
    return Opening((ground.code,), origin, "New elements.", "a national authority", exclusions=letters)


def permit(office: SmallOffice, status: str = "refugee", **changes: object) -> tuple[UUID, str]:
    """A permit in its holder's hand: the request and the number."""
    case = office.carry("checked", changed(STATUS_OF[status], **changes) if changes else STATUS_OF[status])
    office.hand_over(case.request_id, case.number)
    return case.request_id, case.number


def states(office: SmallOffice) -> dict[str, str]:
    with office.reading() as look:
        return {document.number: str(document.state) for document in look.session.scalars(select(Document))}


def person_of(office: SmallOffice, request_id: UUID) -> Person:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).person


@on_sqlite
@pytest.mark.parametrize("ground", GROUNDS, ids=[each.code for each in GROUNDS])
def test_every_ground_is_walked_to_its_end(office: SmallOffice, ground: law.Ground) -> None:
    request_id, number = permit(office, ground.status)
    walk = Walk(office, request_id).open(opening_of(ground)).notified()
    if ground.renounces:
        with pytest.raises(RuleViolation) as refused:
            walk.heard("statement", "clerk").proposed("ceased")
        assert (refused.value.rule, refused.value.legal_basis) == ("E23", ground.article("en"))
        walk.explained()
    else:
        walk.heard()
    walk.proposed(OUTCOME[ground.kind]).agreed().communicated()
    assert states(office)[number] == "valid"
    walk.term_over()
    assert states(office)[number] == "valid"
    walk.final()
    assert states(office)[number] == "voided"
    assert person_of(office, request_id).status == "ended"
    row = walk.row
    assert (row.state, row.decision, row.grounds) == ("withdrawn", OUTCOME[ground.kind], ground.code)
    assert row.appeal_until is not None
    assert row.final_on == row.appeal_until + dt.timedelta(days=1)


def test_a_final_decision_voids_by_its_number_and_the_status_has_ended(office: SmallOffice) -> None:
    request_id, _ = permit(office)
    Walk(office, request_id).open().decided().term_over().final()
    with office.reading() as look:
        row = look.session.scalars(select(Ending)).one()
        version = look.session.scalars(select(PersonVersion).order_by(PersonVersion.number.desc())).first()
    assert (row.ground, row.evidence) == ("protection_ended", "R-7/2026")
    assert version is not None
    assert (version.status, version.why, version.evidence) == ("ended", "review", "R-7/2026")
    assert version.agreed_by != version.made_by


@on_sqlite
@pytest.mark.parametrize("outcome", ["maintained", "ceased"])
def test_protection_that_is_maintained_ends_the_review_when_the_person_is_told(
    office: SmallOffice, outcome: str
) -> None:
    request_id, number = permit(office)
    walk = Walk(office, request_id).open().notified().heard().proposed(outcome).agreed()
    assert walk.row.ended_at is None
    walk.communicated()
    assert walk.state == ("maintained" if outcome == "maintained" else "communicated")
    assert states(office)[number] == "valid"
    assert person_of(office, request_id).status == "refugee"


@on_sqlite
@pytest.mark.parametrize(
    ("result", "end"), [("rejected", "withdrawn"), ("withdrawn", "withdrawn"), ("admitted", "maintained")]
)
def test_an_appeal_holds_the_end_until_its_result(office: SmallOffice, result: str, end: str) -> None:
    request_id, number = permit(office)
    walk = Walk(office, request_id).open().decided().appealed()
    days_pass(office, 200)
    with pytest.raises(RuleViolation, match="appeal waits"):
        walk.final()
    walk.settled(result)
    if result != "admitted":
        assert states(office)[number] == "valid"
        walk.final()
    assert walk.state == end
    assert states(office)[number] == ("voided" if end == "withdrawn" else "valid")
    assert walk.row.final_on == day(office)


@on_sqlite
def test_a_late_appeal_is_late_and_still_holds_the_end(office: SmallOffice) -> None:
    request_id, _ = permit(office)
    walk = Walk(office, request_id).open().decided().term_over().appealed()
    assert walk.row.appeal_late
    with pytest.raises(RuleViolation):
        walk.final()


def test_nobody_elses_document_ends(office: SmallOffice) -> None:
    mine, number = permit(office)
    others = {}
    for name, tie, birth in (("Karim", "spouse", "1990-04-05"), ("Noor", "parent", "2016-02-03")):
        another = {"given_names": name, "birth_date": birth, "case_reference": name, "native_name": ""}
        minor = {"representative": "Al-Masri Layla (mother)"} if tie == "parent" else {}
        case = office.carry("checked", changed(LAYLA, **another, **minor))
        with office.act(office.actors["clerk"]) as act:
            request = act.session.get_one(IssuanceRequest, case.request_id)
            family.link(act, request, act.session.get_one(IssuanceRequest, mine).person, Said(tie, "authority", "book"))
            mandate = request.mandate_id
        office.hand_over(case.request_id, case.number, **({"mandate_id": mandate} if minor else {}))
        others[case.number] = "valid"
    Walk(office, mine).open().decided().term_over().final()
    with office.reading() as look:
        assert len(look.session.scalars(select(FamilyLink)).all()) == 2
    assert states(office) == others | {number: "voided"}
    with office.reading() as look:
        assert sorted(look.session.scalars(select(Person.status))) == ["ended", "refugee", "refugee"]


@on_sqlite
def test_what_rests_on_the_status_is_refused_with_its_article_and_a_newer_decision_is_not(
    office: SmallOffice,
) -> None:
    request_id, _ = permit(office)
    person_id = person_of(office, request_id).id
    travel = changed(LAYLA, document_type="TD-C", case_reference="2", person_id=person_id)
    waiting = office.carry("checked", travel)
    walk = Walk(office, request_id).open().decided()
    third = changed(LAYLA, document_type="RT", case_reference="3", person_id=person_id)
    office.lodge(third)  # an open review keeps nobody from a document
    walk.term_over().final()
    with office.reading(office.actors["clerk"]) as look:
        assert {each.document_type for each in ending.resting(look, walk.row)} == {"TD-C", "RT"}
    for attempt in (
        lambda: office.hand_over(waiting.request_id, waiting.number),
        lambda: office.lodge(changed(third, document_type="RP-R", case_reference="4")),
    ):
        with pytest.raises(RuleViolation) as refused:
            attempt()
        assert refused.value.legal_basis == "Law 122/2006, Art 98-106"
    newer = changed(third, document_type="RP-R", case_reference="5", decision_date=day(office), decision_number="9")
    with pytest.raises(RuleViolation):
        office.lodge(newer)  # of the very day
    days_pass(office, 2)
    office.lodge(changed(newer, decision_date=day(office)))


@on_sqlite
def test_an_open_request_is_not_approved_after_the_end(office: SmallOffice) -> None:
    request_id, _ = permit(office)
    person_id = person_of(office, request_id).id
    complete = office.carry("complete", changed(LAYLA, document_type="TD-C", case_reference="2", person_id=person_id))
    walk = Walk(office, request_id).open().decided().term_over().final()
    with pytest.raises(RuleViolation, match=r"Art 98-106"):
        office.approve(complete.request_id)
    with office.act(office.actors["decision_officer"]) as act:
        requests_decided.refuse(act, act.session.get_one(IssuanceRequest, complete.request_id), "protection ended")
    with office.reading(office.actors["clerk"]) as look:
        assert ending.resting(look, walk.row) == []


@on_sqlite
def test_documents_of_another_status_stay(office: SmallOffice) -> None:
    request_id, _ = permit(office)
    walk = Walk(office, request_id).open()
    with office.reading() as look:
        assert set(ending.given_by(look, "refugee")) == {"RP-R", "TD-C", "RT"}
        assert set(ending.given_by(look, "subsidiary")) == {"RP-S", "TD-S", "RT"}
        assert [each.document_type for each in ending.documents(look, walk.row)] == ["RP-R"]


@on_sqlite
def test_who_was_withdrawn_may_be_reviewed_again_once_protected_anew(office: SmallOffice) -> None:
    request_id, _ = permit(office)
    walk = Walk(office, request_id).open().decided().term_over().final()
    with pytest.raises(RuleViolation, match="Only refugee status"):
        Walk(office, request_id).open()
    with office.reading() as look:
        person = walk.row.person_id
        assert files.open_for(look, person, day(office)) is not None  # the day of its end is one of it
        assert files.open_for(look, person, day(office) + dt.timedelta(days=1)) is None
        assert [each.id for each in files.of_person(look, walk.row.person)] == [walk.review_id]
        assert look.session.scalars(select(Review)).one().due_on is None


@on_sqlite
def test_final_is_counted_from_the_delivery(office: SmallOffice) -> None:
    walk = Walk(office, permit(office)[0]).open().notified().heard().proposed().agreed()
    assert decisions.final_from(walk.row) is None
    walk.communicated()
    until = walk.row.appeal_until
    assert until is not None
    assert decisions.final_from(walk.row) == until + dt.timedelta(days=1)


@on_sqlite
def test_no_decision_is_final_on_the_last_day_of_the_appeal(office: SmallOffice) -> None:
    walk = Walk(office, permit(office)[0]).open(OPENING).decided()
    until = walk.row.appeal_until
    assert until is not None
    days_pass(office, (until - day(office)).days)
    office.clock.advance(dt.timedelta(hours=11, minutes=59))  # 23:59 in Romania
    office.keep_time()
    with pytest.raises(RuleViolation, match=r"final on .* at the earliest"):
        walk.final()
    office.clock.advance(dt.timedelta(minutes=1))
    walk.final()
