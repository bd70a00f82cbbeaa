"""The page of one case, and what a clerk does on it, from the spelling to the withdrawal."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.law.documents.requests import request_words
from issuance.law.office.clocks import clocks, reasons
from issuance.law.persons.registration import late_reasons, registration_rules_on
from issuance.models.clocks import Lateness
from issuance.models.duties import DutyName
from issuance.models.groups import GroupMember
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import duties, lateness, parties
from issuance.services.appointments import bookings
from issuance.services.capture import fingerprints
from issuance.services.care import observations, protection
from issuance.services.casework import corrections, decisions, enrolment, handover, queues, requests
from issuance.services.casework.lodging import travel_beside
from issuance.services.casework.queues import Work
from issuance.services.departures import noting as departures
from issuance.services.life.validity import extension, standing
from issuance.services.membership import members as group_members
from issuance.services.notices import contacts
from issuance.services.persons import guardians, registrations, signatures, versions
from issuance.services.production import documents
from issuance.services.public import mistakes
from issuance.services.remote import watches
from issuance.services.remote.watches import Watch
from issuance.services.residence.history import is_missing as lacks_residence
from issuance.services.reviews import files as reviews
from issuance.services.rights import grants
from issuance.states import AT_THE_DESK, OPEN, RequestState, allowed
from issuance.values import names
from issuance.web.case import access, card, papers
from issuance.web.case.access import acting, done, same_person
from issuance.web.case.brought import OWN_CHECKS, lines, missing_words
from issuance.web.case.families import members
from issuance.web.case.history import history
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language, sentence
from issuance.web.words import fingerprints as finger_words
from issuance.web.words import persons as person_words
from issuance.web.words.codes import (
    APPLICATION_PLACES,
    CHANNELS,
    PROCEDURES,
    REASONS,
    SIGNATURE_ABSENCES,
    STATUS_WORDS,
    travel_document,
)
from issuance.web.words.nationalities import nationality_names

blueprint = Blueprint("case", __name__)


FINDERS = (RoleName.CLERK, RoleName.SUPERVISOR)
"""Who finds a document wrong at the desk."""


LATER_ACTS = {
    RequestState.READY: "hand_over",
    RequestState.UNCOLLECTED: "uncollected",
    RequestState.DELIVERED: "lodge_next",
}


def next_act(case: IssuanceRequest, missing: tuple[str, ...]) -> str:
    """The one next step of the clerk: a missing code, `complete`, one of LATER_ACTS, or nothing."""
    if case.state in AT_THE_DESK:
        return missing[0] if missing else "complete"
    return LATER_ACTS.get(case.state, "")


def following(look: Look, found: IssuanceRequest, member: GroupMember | None) -> IssuanceRequest | None:
    """The next case of its group, else of the queue in which this one was: after a hand-over the next document that
    waits for its holder, else the next that waits for the desk."""
    lodged, ready = (Work((state,), look.actor.centre_id) for state in (RequestState.LODGED, RequestState.READY))
    was_ready = found.state in (RequestState.READY, RequestState.DELIVERED)
    if member and (of_group := group_members.next_one(look, member, to_hand_over=was_ready)):
        return of_group
    given = queues.next_one(look, ready, DutyName.HAND_OVER, besides=found.id) if was_ready else None
    return given or queues.next_one(look, lodged, DutyName.CASE, besides=found.id)


@blueprint.get("/cases/<uuid:request_id>")
@allow(*access.CASE_READERS)
def show(request_id: UUID) -> ResponseReturnValue:
    """One case: who, what, how far, what is missing, what is next. The opening is recorded."""
    access.open_case(request_id)
    return page(request_id)


def page(request_id: UUID, **sent: Form) -> Response:
    """The case page; `sent` is the form that was just refused, by its name on the page."""
    with access.looking(request_id) as (look, found):
        forms = _forms(found) | sent
        for name, form in sent.items():
            _compare(form, _forms(found)[name])
        shown = render_template(
            "desk/case.html",
            case=found,
            card=card.card(look, found),
            family=members(look, found.person),
            printed_with=parties.others(look, found),
            lone_child=guardians.waiting_for(look, found.person),
            now=look.clock.now(),
            forms=forms,
            history=history(look, found),
            papers=papers.choices(found),
            tells_rights=papers.tells_rights(found),
            protects_data=papers.answers_demands(look) and found.centre_id == look.actor.centre_id,
            evidence=lines(look, found),
            tongue=papers.language_form(look, found),
            otherwise=person_words.changes(versions.differences(found.holder, found.person)),
            late_acts=_late(look, found),
            **_application(look, found),
            **_desk_work(look, found),
            **_words(look, found),
        )
    return make_response(shown, max((form.status for form in sent.values()), default=200))


def _compare(form: Form, current: Form) -> None:
    """A stale form shows what was saved meanwhile."""
    if form.stale:
        fields = {name: value for name, value in current.values.items() if name != "version"}
        form.compare(fields, int(current.value("version")))


def _forms(found: IssuanceRequest) -> dict[str, Form]:
    """The small forms of the page, filled from the record."""
    person = found.person
    spelling = {"family_name": person.family_name, "given_names": person.given_names, "version": person.version}
    return {
        "spelling": Form(spelling),
        "residence": Form({"address": person.address, "version": person.version}),
        "phone": Form({"phone": found.phone, "version": found.version}),
        "replacement": Form({"replacement_reason": found.replacement_reason, "version": found.version}),
        "missing": Form({"missing": list(found.missing), "version": found.version}),
        "complete": Form({"version": found.version}),
        "withdrawal": Form({"reason": "", "version": found.version}),
        "found_wrong": Form({"reason": "", "version": found.version}),
    }


def _desk_work(look: Look, found: IssuanceRequest) -> dict[str, object]:
    """What there is to do, for whom."""
    actor = look.actor
    portrait = enrolment.newest(look, found)
    open_at_desk = found.state in AT_THE_DESK
    signature = signatures.of(look, found)
    missing = requests.missing_now(
        found,
        has_portrait=bool(portrait and portrait.accepted_by),
        has_signature=signature is not None,
        lacks_fingerprints=fingerprints.are_missing(look, found),
        lacks_residence=lacks_residence(look, found),
    )
    elsewhere = found.centre_id != actor.centre_id
    is_clerk = RoleName.CLERK in actor.roles and not elsewhere
    made = documents.of_request(look, found)
    member = None if elsewhere or not actor.roles & set(CLERKS) else group_members.of_request(look, found.id)
    return {
        "portrait": portrait,
        "signature": signature,
        "missing": missing,
        "next": next_act(found, missing) if is_clerk else "",
        "following": following(look, found, member) if is_clerk else None,
        "member": member,
        "is_clerk": is_clerk,
        "elsewhere": elsewhere,
        "protection": protection.of(look, found.person),
        "protects": not elsewhere and RoleName.SUPERVISOR in actor.roles,
        "notes_departure": not elsewhere and bool(actor.roles & set(departures.NOTING)),
        "notes_needs": not elsewhere and bool(actor.roles & set(observations.NOTING)),
        "unseen": decisions.is_unseen(found, actor),
        "open_at_desk": open_at_desk,
        "is_open": found.state in OPEN,
        "can_withdraw": is_clerk
        and RequestState.WITHDRAWN in allowed(found.state)
        and decisions.is_unmade(look, found),
        "can_be_sent": found.state in OPEN and not elsewhere and RoleName.SUPERVISOR in actor.roles,
        "can_find_wrong": found.state == RequestState.READY and not elsewhere and bool(actor.roles & set(FINDERS)),
        "barred": _barred(look, found) if is_clerk else "",
        "on_duty": _on_duty(look, found),
        "granted": is_clerk and grants.waiting(look, found.person) is not None,
        "also_travel": travel_beside(look, found) if is_clerk else "",
        "wrong_addresses": [str(CHANNELS[each]) for each in contacts.wrong(look, found.person)] if is_clerk else [],
        "comes_at": bookings.booked_for(look, found) if is_clerk else None,
        "said_wrong": is_clerk and mistakes.is_open(look, found),
        "review": reviews.open_now(look, found.person_id),
        "reads_review": bool(look.actor.roles & set(reviews.READERS)),
        "correction_waits": corrections.waiting(look, found.person) is not None,
        "old_portrait": enrolment.reusable(look, found) if open_at_desk else None,
        "documents": made,
        "standings": {document.id: standing(look, document) for document in made},
        "extensions": {document.id: extension(look, document) for document in made},
    }


WAITS_FOR = {
    RequestState.COMPLETE: RoleName.DECISION_OFFICER,
    RequestState.APPROVED: RoleName.QUALITY_OFFICER,
    RequestState.IN_PRODUCTION: RoleName.QUALITY_OFFICER,
}
"""Whose turn it is, or will be next."""


def _on_duty(look: Look, found: IssuanceRequest) -> Watch | None:
    """By which officer of another centre the case is decided or its document checked while they are on duty."""
    role = WAITS_FOR.get(found.state)
    return next(iter(watches.at(look, found.centre_id, role)), None) if role else None


def _late(look: Look, found: IssuanceRequest) -> list[tuple[Lateness, str, str, str]]:
    """What came late about this request: which term, by which article, and why when that was said."""
    said, law, why = language(), clocks(), reasons()
    return [
        (
            row,
            law[row.clock].title.text(said),
            law[row.clock].legal_basis.text(said),
            why[row.because].text(said) if row.because else "",
        )
        for row in lateness.of(look, found)
    ]


def _application(look: Look, found: IssuanceRequest) -> dict[str, object]:
    """The application that this request registers, if it does, and whether that was late (E22)."""
    row = registrations.of(look, found)
    if row is None:
        return {"application": None, "days_late": 0}
    late = late_reasons().get(row.late_because)
    return {
        "application": row,
        "application_place": str(APPLICATION_PLACES[row.place]),
        "days_late": registrations.days_late(row),
        "late_reason": late.text(language()) if late else "",
        "late_article": registration_rules_on(row.made_on).legal_basis.text(language()),
    }


def _barred(look: Look, found: IssuanceRequest) -> str:
    """Why this clerk does not hand the document over; empty when nothing is in the way, or nothing to hand over."""
    if found.state != RequestState.READY:
        return ""
    barred = duties.hindrance(look, handover.task_of(documents.current(look, found)))
    return sentence(barred) if barred else ""


def _words(look: Look, found: IssuanceRequest) -> dict[str, object]:
    """The record's codes as people say them."""
    words = missing_words(found)
    papers = [code for code in words if code not in OWN_CHECKS]
    checks: list[str] = [code for code in ("portrait", "signature", "latin_spelling") if code in words]
    checks += ["replacement_reason"] if found.kind == "replacement" else []
    fingers = ["fingerprints"] if fingerprints.are_asked(found) and fingerprints.are_taken_here(look) else []
    checks += fingers
    checks += ["proof_of_residence"] if "proof_of_residence" in papers else []
    return {
        "type_title": card.type_title(found.document_type),
        "checks": checks,
        "words": words,
        "missing_options": options(
            (code, words[code]) for code in ("portrait", "signature", *fingers, *papers) if code in words
        ),
        "reason_options": options(REASONS.items()),
        "absence_words": SIGNATURE_ABSENCES,
        "fingers": finger_words.said(look, found),
        "reason_word": str(REASONS.get(found.replacement_reason, "")),
        "status_word": str(STATUS_WORDS.get(found.holder.status, found.holder.status)),
        "procedure_word": str(PROCEDURES.get(found.procedure, found.procedure)),
        "travel_document": travel_document(found.travel_document),
        "nationality": nationality_names(found.holder.nationalities),
    }


@blueprint.post("/cases/<uuid:request_id>/spelling")
@allow(RoleName.CLERK)
def spelling(request_id: UUID) -> ResponseReturnValue:
    """Confirm the Latin spelling that will be printed."""
    form = Form.sent()
    with form.catch():
        family = form.text("family_name", limit=names.MAX_NAME)
        given = form.text("given_names", limit=names.MAX_NAME, required=False)
        with acting(form, request_id, same_person) as (act, found):
            requests.confirm_spelling(act, found, family, given)
        return done(request_id, gettext("The spelling is confirmed."))
    return page(request_id, spelling=form)


@blueprint.post("/cases/<uuid:request_id>/residence")
@allow(RoleName.CLERK)
def residence(request_id: UUID) -> ResponseReturnValue:
    """Record the address that the proof of residence gives."""
    form = Form.sent()
    with form.catch():
        address = form.text("address")
        with acting(form, request_id, same_person) as (act, found):
            requests.record_residence(act, found, address)
        return done(request_id, gettext("The residence is recorded."))
    return page(request_id, residence=form)


@blueprint.post("/cases/<uuid:request_id>/phone")
@allow(RoleName.CLERK)
def phone(request_id: UUID) -> ResponseReturnValue:
    """Record where the holder is called."""
    form = Form.sent()
    with form.catch():
        number = form.text("phone", required=False)
        with acting(form, request_id) as (act, found):
            requests.record_phone(act, found, number)
        return done(request_id, gettext("The telephone number is recorded."))
    return page(request_id, phone=form)


@blueprint.post("/cases/<uuid:request_id>/replacement-reason")
@allow(RoleName.CLERK)
def replacement_reason(request_id: UUID) -> ResponseReturnValue:
    """Say why the document is replaced."""
    form = Form.sent()
    with form.catch():
        reason = form.choice("replacement_reason", request_words().replacement_reasons)
        with acting(form, request_id) as (act, found):
            requests.state_replacement(act, found, reason)
        return done(request_id, gettext("The reason is recorded."))
    return page(request_id, replacement=form)


@blueprint.post("/cases/<uuid:request_id>/missing")
@allow(RoleName.CLERK)
def missing(request_id: UUID) -> ResponseReturnValue:
    """Note what is missing; the holder sees it on the status page."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            codes = form.choices("missing", missing_words(found))
            form.check()
            requests.wait_for(act, found, codes)
        return done(request_id, gettext("Noted. The holder sees what is missing. The days run on."))
    return page(request_id, missing=form)


@blueprint.post("/cases/<uuid:request_id>/complete")
@allow(RoleName.CLERK)
def complete(request_id: UUID) -> ResponseReturnValue:
    """Everything is there: send the request to the decision officer."""
    form = Form.sent()
    with form.catch():
        with acting(form, request_id) as (act, found):
            has_portrait, has_signature = (
                enrolment.accepted(act, found) is not None,
                signatures.of(act, found) is not None,
            )
            requests.complete(act, found, has_portrait=has_portrait, has_signature=has_signature)
        return done(request_id, gettext("Complete. The request is with the decision officer."))
    return page(request_id, complete=form)


@blueprint.post("/cases/<uuid:request_id>/withdraw")
@allow(RoleName.CLERK)
def withdraw(request_id: UUID) -> ResponseReturnValue:
    """The person withdraws the request."""
    form = Form.sent()
    with form.catch():
        reason = form.text("reason", limit=500, lines=True)
        with acting(form, request_id) as (act, found):
            decisions.withdraw(act, found, reason)
        return done(request_id, gettext("The request is withdrawn."))
    return page(request_id, withdrawal=form)


@blueprint.post("/cases/<uuid:request_id>/found-wrong")
@allow(*FINDERS)
def found_wrong(request_id: UUID) -> ResponseReturnValue:
    """The document that waits for its holder is wrong: it is made anew."""
    form = Form.sent()
    with form.catch():
        reason = form.text("reason", limit=500, lines=True)
        with acting(form, request_id) as (act, found):
            handover.find_wrong(act, found, reason)
        return done(request_id, gettext("The document is cancelled and made anew. Put it where spoiled ones lie."))
    return page(request_id, found_wrong=form)
