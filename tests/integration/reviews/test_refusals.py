"""What a review refuses, with its article and nothing half done: order of steps, duties, consent, renunciation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound, RuleViolation
from issuance.law.persons import withdrawal as law
from issuance.models.audit import AuditEvent
from issuance.models.mandates import Mandate
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review, ReviewDelivery, ReviewPresence
from issuance.models.vault import Blob
from issuance.services.mandates import asking, consents, giving
from issuance.services.reviews import decisions, ending, files, hearings, partaking
from issuance.services.reviews.files import Opening
from issuance.services.reviews.hearings import Present
from tests.fixtures.databases import on_sqlite
from tests.integration.reviews.shared import OPENING, SUBSIDIARY, Walk, at_ten, day, days_pass, elsewhere
from tests.people import LAYLA, SmallOffice, changed

DAY = dt.timedelta(days=1)


@pytest.fixture
def walk(office: SmallOffice) -> Walk:
    return Walk(office, office.lodge()).open()


def refused(kind: type[LimanError], what: Callable[[], object]) -> LimanError:
    with pytest.raises(kind) as found:
        what()
    return found.value


def events(office: SmallOffice) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).where(AuditEvent.act.startswith("review."))) or 0


# Opening


@on_sqlite
@pytest.mark.parametrize(
    ("opening", "field"),
    [
        (replace(OPENING, grounds=()), "grounds"),
        (replace(OPENING, grounds=("99-1",)), "grounds"),
        (replace(OPENING, origin="nobody"), "origin"),
        (replace(OPENING, origin="holder"), "origin"),
        (replace(OPENING, grounds=("98-g",)), "origin"),
        (replace(OPENING, origin="proposal"), "institution"),
        (replace(OPENING, why=" "), "why"),
        (replace(OPENING, procedure="border"), "procedure"),
        (replace(OPENING, grounds=("100-b",)), "exclusions"),
        (replace(OPENING, grounds=("100-b",), exclusions=("28-a",)), "exclusions"),
        (replace(OPENING, exclusions=("25-a",)), "exclusions"),
    ],
)
def test_what_is_no_opening_names_its_field(office: SmallOffice, opening: Opening, field: str) -> None:
    request_id = office.lodge()
    assert refused(InvalidInput, lambda: Walk(office, request_id).open(opening)).field == field
    with office.reading() as look:
        assert look.session.scalars(select(Review)).all() == []
        assert look.session.scalars(select(Blob).where(Blob.purpose == files.PURPOSE)).all() == []


def test_one_review_of_a_person_is_open_at_once(office: SmallOffice, walk: Walk) -> None:
    assert refused(Conflict, lambda: Walk(office, walk.request_id).open()).field == "grounds"
    person_id = walk.row.person_id
    beside = office.lodge(changed(LAYLA, document_type="TD-C", case_reference="2", person_id=person_id))
    refused(Conflict, lambda: Walk(office, beside).open())
    walk.do("decision_officer", lambda act, review: files.stop(act, review, "the wrong person"))
    assert walk.state == "stopped"
    Walk(office, beside).open()


@on_sqlite
def test_only_officers_and_supervisors_of_the_centre_open_one(office: SmallOffice) -> None:
    request_id = office.lodge()
    for role in ("clerk", "auditor", "quality_officer"):
        refused(NotAllowed, lambda role=role: Walk(office, request_id).open(role=role))
    office.actors["elsewhere"] = elsewhere(office, "decision_officer")
    refused(NotAllowed, lambda: Walk(office, request_id).open(role="elsewhere"))
    Walk(office, request_id).open(role="supervisor")


@on_sqlite
def test_an_applicants_status_is_not_reviewed(office: SmallOffice) -> None:
    tid = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
    error = refused(RuleViolation, lambda: Walk(office, office.lodge(tid)).open())
    assert "Law 122/2006, Art 98-106" in error.sentence()


# The order of the steps


@on_sqlite
def test_what_was_never_notified_is_not_decided(office: SmallOffice, walk: Walk) -> None:
    before = events(office)
    for step in (walk.proposed, lambda: walk.proposed("maintained")):
        error = refused(RuleViolation, step)
        assert "never told" in error.message
        assert "Art 103(1)" in error.sentence()
    assert "Art 103(1)" in refused(RuleViolation, walk.heard).sentence()
    refused(Conflict, walk.agreed)
    refused(Conflict, walk.communicated)
    refused(Conflict, walk.appealed)
    refused(RuleViolation, walk.final)
    assert (events(office), walk.state) == (before, "opened")


@on_sqlite
def test_who_was_not_heard_is_not_decided_on(office: SmallOffice, walk: Walk) -> None:
    assert "Art 103(4)" in refused(RuleViolation, walk.notified().proposed).sentence()
    assert "Art 103(4)" in refused(RuleViolation, lambda: walk.heard("file", "clerk")).sentence()


def test_the_database_holds_the_order_and_the_two_officers(office: SmallOffice, walk: Walk) -> None:
    officer = office.actors["decision_officer"].id
    walk.notified().heard().proposed()
    for values in (
        {"agreed_by": officer},
        {"notified_on": None},
        {"hearing": ""},
        {"state": "withdrawn"},
        {"state": "maintained"},
        {"renounces": True, "agreed_by": office.actors["supervisor"].id},
    ):
        with pytest.raises(IntegrityError), office.database.transaction() as session:
            session.execute(update(Review).values(**values))
    there = {"kind": "unhcr", "name": "A", "present_on": day(office), "recorded_by": officer}
    row = ReviewPresence(review_id=walk.review_id, **there)
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.add(row)


@on_sqlite
def test_who_proposed_the_decision_does_not_agree_to_it(office: SmallOffice, walk: Walk) -> None:
    walk.notified().heard().proposed()
    refused(NotAllowed, lambda: walk.do("decision_officer", decisions.agree))
    refused(NotAllowed, lambda: walk.do("supervisor", decisions.agree))
    walk.do("decision_officer", decisions.decline)
    assert (walk.state, walk.row.decision, walk.row.proposed_by) == ("heard", "", None)
    assert walk.proposed("maintained").agreed().state == "agreed"


@on_sqlite
def test_nothing_comes_after_the_end(office: SmallOffice, walk: Walk) -> None:
    walk.decided().term_over().final()
    for step in (
        walk.appealed,
        lambda: walk.settled("rejected"),
        walk.final,
        walk.consented,
    ):
        assert "Law 122/2006, Art 105" in refused(RuleViolation, step).sentence()
    for other in (
        walk.notified,
        walk.agreed,
        walk.communicated,
        walk.proposed,
        lambda: walk.fixed(day(office) + 30 * DAY),
    ):
        refused(LimanError, other)
    assert walk.state == "withdrawn"


@on_sqlite
def test_days_that_cannot_be(office: SmallOffice, walk: Walk) -> None:
    tomorrow, yesterday = day(office) + DAY, day(office) - DAY
    for on in (None, tomorrow, yesterday):
        assert refused(InvalidInput, lambda on=on: walk.notified(on=on)).field == "delivered_on"
    assert refused(InvalidInput, lambda: walk.notified(how="by pigeon")).field == "how"
    assert refused(InvalidInput, lambda: walk.notified(language=" ")).field == "language"
    walk.notified()
    for on in (tomorrow, yesterday):
        assert refused(InvalidInput, lambda on=on: walk.heard(on=on)).field == "heard_on"
    days_pass(office, 1)
    walk.heard().proposed().agreed()
    assert refused(InvalidInput, lambda: walk.communicated(on=day(office) - DAY)).field == "delivered_on"
    walk.communicated()
    assert refused(InvalidInput, lambda: walk.appealed(day(office) - DAY)).field == "appealed_on"
    assert refused(InvalidInput, lambda: walk.appealed(day(office) + DAY)).field == "appealed_on"
    walk.appealed()
    assert refused(InvalidInput, lambda: walk.settled("rejected", day(office) + DAY)).field == "final_on"
    assert refused(InvalidInput, lambda: walk.settled("won")).field == "appeal_result"


# The language, the interview, who was there


@on_sqlite
def test_a_translation_that_nobody_read_needs_an_interpreter(office: SmallOffice, walk: Walk) -> None:
    for language in ("ar", "ps"):
        error = refused(InvalidInput, lambda language=language: walk.notified(language=language, interpreter=" "))
        assert error.field == "interpreter"
    walk.notified(language="ro", interpreter="")
    with office.reading() as look:
        row = look.session.scalars(select(ReviewDelivery)).one()
    assert (row.what, row.language, row.interpreter, row.signed) == ("notice", "ro", "", True)


@on_sqlite
def test_an_interview_leaves_days_to_prepare(office: SmallOffice, walk: Walk) -> None:
    earliest = law.term("preparation", day(office)).last_day(day(office), "regular")
    assert refused(RuleViolation, lambda: walk.fixed(earliest - DAY)).field == "interview_on"
    sunday = earliest + dt.timedelta(days=6 - earliest.weekday())
    assert refused(InvalidInput, lambda: walk.fixed(sunday)).field == "interview_on"
    walk.fixed(earliest)
    assert walk.row.interview_at == at_ten(earliest)


@on_sqlite
def test_who_was_invited_in_time_and_did_not_come_is_decided_on_by_the_file(office: SmallOffice, walk: Walk) -> None:
    interview = day(office) + dt.timedelta(days=9)
    walk.fixed(interview).notified()
    assert walk.row.due_on == interview
    refused(RuleViolation, lambda: walk.heard("file", "clerk"))  # it is still to come
    days_pass(office, 10)
    assert refused(InvalidInput, lambda: walk.heard("file", "clerk")).field == "heard_on"
    walk.heard("file", "clerk", interview)
    assert (walk.state, walk.row.hearing) == ("heard", "file")


@on_sqlite
def test_an_invitation_that_came_too_late_is_none(office: SmallOffice, walk: Walk) -> None:
    interview = day(office) + dt.timedelta(days=9)
    walk.fixed(interview)
    days_pass(office, 8)
    walk.notified()  # with an interview of tomorrow on it
    days_pass(office, 2)
    refused(RuleViolation, lambda: walk.heard("file", "clerk", interview))
    assert refused(InvalidInput, walk.invited).field == "delivered_on"
    again = day(office) + dt.timedelta(days=11)
    walk.fixed(again).invited()
    days_pass(office, 12)
    walk.heard("file", "clerk", again)


@on_sqlite
def test_an_officer_holds_the_interview_and_a_clerk_takes_a_statement(office: SmallOffice, walk: Walk) -> None:
    walk.notified()
    refused(NotAllowed, lambda: walk.heard("interview", "clerk"))
    refused(NotAllowed, lambda: walk.heard("statement", "supervisor"))
    assert walk.heard("statement", "clerk").row.hearing == "statement"


def test_unhcr_takes_part_by_consent_alone(office: SmallOffice, walk: Walk) -> None:
    def attend(kind: str) -> object:
        present = Present(kind, "Anna Berg", day(office), "an organisation")
        return walk.do("clerk", lambda act, review: hearings.attend(act, review, present))

    error = refused(RuleViolation, lambda: attend("unhcr"))
    assert isinstance(error, RuleViolation)
    assert (error.rule, error.legal_basis) == ("E12", "Law 122/2006, Art 103(6)")
    for kind in ("lawyer", "interpreter", "ngo"):
        attend(kind)
    walk.notified().consented()
    attend("unhcr")
    walk.do("clerk", partaking.withdraw)
    refused(RuleViolation, lambda: attend("unhcr"))
    refused(Conflict, lambda: walk.do("clerk", partaking.withdraw))
    with office.reading() as look:
        found = hearings.present(look, walk.row)
    assert sorted(row.kind for row in found) == ["interpreter", "lawyer", "ngo", "unhcr"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": ""}, "consent_language"),
        ({"interpreter": " "}, "interpreter"),
        ({"day": dt.date(2030, 1, 1)}, "given_on"),
        ({"version": "2020-01-01"}, None),
    ],
)
@on_sqlite
def test_a_consent_of_a_review_is_recorded_like_any_other(
    office: SmallOffice, walk: Walk, changes: dict[str, Any], field: str | None
) -> None:
    error = refused(LimanError, lambda: walk.consented(**changes))
    assert error.field == field
    with office.reading() as look:
        assert not look.session.scalars(select(Mandate)).all(), "nothing half done"


def test_a_consent_given_with_a_mandate_counts_in_the_review_and_ends_with_it(office: SmallOffice, walk: Walk) -> None:
    """One truth: what the desk records, the review reads, and the other way round."""
    walk.consented()
    with office.reading() as look:
        row = look.session.scalars(select(Mandate)).one()
        request = look.session.get_one(IssuanceRequest, walk.request_id)
        assert (row.kind, row.scopes, row.holder_name) == ("unhcr", "see_file", "UNHCR Romania")
        assert asking.who_may(look, request.person, "see_file") == [row]
        assert partaking.consented(look, walk.row, day(office)) is not None
    refused(Conflict, walk.consented)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, walk.request_id)
        consents.withdraw(act, request, act.session.get_one(Mandate, row.id))
    with office.reading() as look:
        assert partaking.consented(look, walk.row, day(office)) is None
    walk.consented()
    with office.reading() as look:
        assert look.session.scalars(select(Mandate.id)).all() == [row.id], "the mandate that is there is used again"
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, walk.request_id)
        giving.end(act, request, act.session.get_one(Mandate, row.id), "over")
    with office.reading() as look:
        assert partaking.consented(look, walk.row, day(office)) is None


# Restricted detail


def test_the_restricted_detail_is_encrypted_and_read_by_few(office: SmallOffice) -> None:
    opening = replace(OPENING, grounds=("101-a",), exclusions=("28-d", "28-b"))
    walk = Walk(office, office.lodge(SUBSIDIARY)).open(opening)
    with office.reading() as look:
        blob = look.session.scalars(select(Blob).where(Blob.purpose == files.PURPOSE)).one()
    assert b"28-d" not in blob.encrypted
    for role in ("decision_officer", "supervisor"):
        with office.reading(office.actors[role]) as look:
            assert files.detail(look, walk.row).exclusions == ("28-b", "28-d")
    for actor in (*(office.actors[role] for role in ("clerk", "auditor")), elsewhere(office, "decision_officer")):
        with office.reading(actor) as look, pytest.raises(NotAllowed):
            files.detail(look, walk.row)
    with office.reading() as look:
        details = [str(event.details) for event in look.session.scalars(select(AuditEvent))]
    assert not any("28-" in each for each in details)


@on_sqlite
def test_compelling_reasons_that_stand_keep_the_protection(office: SmallOffice) -> None:
    walk = Walk(office, office.lodge()).open(replace(OPENING, grounds=("98-e",))).notified().heard()

    def invoke(accepted: bool) -> None:
        walk.do("decision_officer", lambda act, review: files.invoke(act, review, "in 2014", accepted=accepted))

    invoke(True)
    error = refused(RuleViolation, walk.proposed)
    assert isinstance(error, RuleViolation)
    assert (error.rule, error.legal_basis) == ("E8", "Law 122/2006, Art 98(e) and Art 99")
    assert "2014" not in error.sentence()
    invoke(False)
    with office.reading() as look:
        assert len(look.session.scalars(select(Blob).where(Blob.purpose == files.PURPOSE)).all()) == 1
    walk.proposed()
    refused(Conflict, lambda: invoke(True))


@on_sqlite
def test_other_grounds_know_no_compelling_reasons(office: SmallOffice, walk: Walk) -> None:
    refused(
        RuleViolation,
        lambda: walk.do("supervisor", lambda act, review: files.invoke(act, review, "in 2014", accepted=True)),
    )
    refused(NotAllowed, lambda: walk.do("clerk", lambda act, review: files.invoke(act, review, "x", accepted=True)))


# Renunciation


@on_sqlite
@pytest.mark.parametrize(("status", "ground"), [("refugee", "98-g"), ("subsidiary", "99-2")])
def test_a_renunciation_has_no_effect_before_it_was_explained(office: SmallOffice, status: str, ground: str) -> None:
    lodging = LAYLA if status == "refugee" else SUBSIDIARY
    walk = Walk(office, office.lodge(lodging)).open(replace(OPENING, grounds=(ground,), origin="holder"))
    walk.notified().heard("statement", "clerk")
    error = refused(RuleViolation, walk.proposed)
    assert isinstance(error, RuleViolation)
    assert (error.rule, error.legal_basis) == ("E23", law.grounds()[ground].article("en"))
    assert refused(InvalidInput, lambda: walk.explained(interpreter="")).field == "interpreter"
    walk.explained()
    assert (walk.row.explained_on, walk.row.explained_in) == (day(office), "ar")
    walk.proposed().agreed()
    refused(Conflict, walk.explained)


@on_sqlite
def test_who_takes_a_renunciation_back_keeps_the_protection(office: SmallOffice) -> None:
    walk = Walk(office, office.lodge()).open(replace(OPENING, grounds=("98-g",), origin="holder"))
    walk.notified().heard("statement", "clerk").proposed("maintained").agreed().communicated()
    assert walk.state == "maintained"
    refused(Conflict, Walk(office, walk.request_id).open().explained)


@on_sqlite
def test_a_review_of_another_centre_is_out_of_reach(office: SmallOffice, walk: Walk) -> None:
    for role in ("decision_officer", "supervisor", "clerk"):
        actor = elsewhere(office, role)
        refused(NotAllowed, lambda actor=actor: walk.do(actor, ending.withdraw))
    walk.review_id = walk.request_id
    refused(NotFound, lambda: walk.notified())
