"""The hand-over at the desk, as a checklist in the order of the act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act, Look
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import duties
from issuance.services.casework import handover, overrides
from issuance.services.casework.handover import IDENTITY_MEANS, Meeting
from issuance.services.interpreters import register
from issuance.services.life.endings import WHY_NOT_GIVEN_BACK
from issuance.services.mandates import asking
from issuance.services.membership import members
from issuance.services.persons import notices, signatures
from issuance.services.persons.notices import Notice
from issuance.services.persons.signatures import Signed
from issuance.services.production import documents
from issuance.services.rule_versions import rules_today
from issuance.states import RequestState
from issuance.web.case import access, card
from issuance.web.case.access import acting, done
from issuance.web.case.families import cases_together, next_ready
from issuance.web.case.papers import tells_rights
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import sentence
from issuance.web.words.languages import language_name, languages
from printing.portraits.signature import MAX_BYTES

blueprint = Blueprint("handover", __name__)

HANDING_OVER = (RoleName.CLERK, RoleName.MISSION)

MEANS: dict[str, Any] = {
    "portrait": lazy_gettext("The face agrees with the portrait on this page"),
    "old_document": lazy_gettext("By the old document that is handed back"),
    "travel_document": lazy_gettext("By a passport or other travel document"),
    "receipt_and_questions": lazy_gettext("By the receipt and questions from the file"),
}
WHY_NOT: dict[str, Any] = {
    "lost": lazy_gettext("It is lost"),
    "stolen": lazy_gettext("It was stolen"),
    "elsewhere": lazy_gettext("Another office has it"),
    "refused": lazy_gettext("The person does not give it back"),
}


@blueprint.get("/cases/<uuid:request_id>/hand-over")
@allow(*HANDING_OVER)
def hand_over(request_id: UUID) -> ResponseReturnValue:
    """Everything that is done before the document is given out. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/hand-over")
@allow(*HANDING_OVER, body=UPLOAD_BYTES)
def give_out(request_id: UUID) -> ResponseReturnValue:
    """Hand the document over: it becomes valid."""
    form = Form.sent()
    with form.catch():
        meeting = _meeting(form)
        with acting(form, request_id) as (act, found):
            handover.hand_over(act, found, meeting)
            following = _following(act, found)
        message = gettext("Handed over. The document is valid now.")
        if RoleName.MISSION in current_actor().roles:
            flash(message, "done")
            return redirect(url_for("border.return_titles.issued", request_id=request_id), 303)
        if following is None:
            return done(request_id, message)
        flash(message, "done")
        return redirect(url_for("desk.handover.hand_over", request_id=following.id, **_together()), 303)
    return _page(request_id, form)


def _together() -> dict[str, Any]:
    """With whom this hand-over goes on, as the address says it: the family, or the group that came together."""
    return next(({name: 1} for name in ("together", "group") if name in request.args), {})


def _following(act: Act, found: IssuanceRequest) -> IssuanceRequest | None:
    """Whose document is handed over next, with those who came together; each by an act of its own."""
    if "together" in request.args:
        return next_ready(act, cases_together(act, found.person))
    member = members.of_request(act, found.id) if "group" in request.args else None
    return members.next_one(act, member, to_hand_over=True) if member else None


def _meeting(form: Form) -> Meeting:
    """What was ticked, scanned and signed. Which of it is needed the service decides."""
    return Meeting(
        identity_confirmed_by=form.choice("identity_confirmed_by", IDENTITY_MEANS),
        scanned_number=form.text("scanned_number", limit=40),
        mandate_id=form.id("representative_present"),
        signed_by=form.id("signed_by"),
        surrendered_number=form.text("surrendered_number", required=False),
        why_not_given_back=form.choice("why_not_given_back", WHY_NOT_GIVEN_BACK, required=False),
        signature=_signature(form),
        refusal=form.text("refusal", limit=500, lines=True, required=False),
        notice=_notice(form),
    )


def _signature(form: Form) -> Signed | None:
    """A scan that was uploaded, else what was drawn on the pad, else nothing."""
    scan = form.file("scan", required=False, limit=MAX_BYTES)
    return form.checked("signature", lambda: signatures.read(scan, form.drawn("signature")))


def _notice(form: Form) -> Notice | None:
    """The notice of rights given now, when a language was chosen."""
    language = form.choice("notice_language", [code for code, _ in languages()], required=False)
    if not language:
        return None
    signed = form.choice("notice_signed", ("yes", "no"))
    return Notice(language, form.text("interpreter", required=False), signed == "yes")


def _page(request_id: UUID, form: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, found):
        if form.stale or not form.value("version"):
            form.values["version"] = found.version
        form.values.setdefault("notice_language", found.person.language)
        page = render_template(
            "desk/hand_over.html",
            case=found,
            card=replace(card.card(look, found), number=""),  # it is read from the document, not from the page
            back=_back(request_id),
            form=form,
            together=_together(),
            is_ready=found.state == RequestState.READY,
            barred=_barred(look, found),
            unclosed=_unclosed(look, found),
            tells_rights=tells_rights(found),
            **_conditions(look, found),
        )
        return make_response(page, form.status)


def _back(request_id: UUID) -> str:
    """Where one came from: the case, which a mission does not open."""
    if RoleName.MISSION in current_actor().roles:
        return url_for("border.return_titles.listed")
    return url_for("desk.case.show", request_id=request_id)


def _unclosed(look: Look, found: IssuanceRequest) -> str:
    """That a supervisor is to close an override first; empty when nothing is in the way."""
    document = documents.newest(look, found)
    return gettext(overrides.UNCLOSED) if document and overrides.is_unclosed(look, document) else ""


def _barred(look: Look, found: IssuanceRequest) -> str:
    """Why this clerk does not hand the document over; empty when nothing is in the way."""
    document = documents.newest(look, found)
    barred = duties.hindrance(look, handover.task_of(document)) if document else None
    return sentence(barred) if barred else ""


def _conditions(look: Look, found: IssuanceRequest) -> dict[str, object]:
    """What the rules of the type ask for at this hand-over."""
    rules = rules_today(look, found.document_type)
    told, given = notices.told(look, found.person), notices.given(look, found.person)
    to_give_back = handover.to_give_back(look, found)
    return {
        "means": options((code, text) for code, text in MEANS.items() if to_give_back or code != "old_document"),
        "needs_representative": handover.needs_representative(look, found),
        "mandates": [(row.id, row.shown) for row in asking.who_may(look, found.person, "collect")],
        "signers": [(row.id, row.shown) for row in asking.who_may(look, found.person, "sign")],
        "to_give_back": to_give_back,
        "why_not": options(WHY_NOT.items()),
        "notice": told,
        "notice_language": language_name(told.language) if told else "",
        "needs_notice": told is None and rules.hand_over_requires("rights_notice"),
        "uncounted": given if told is None else None,
        "needs_signature": rules.hand_over_requires("signature"),
        "languages": languages(),
        "interpreters": register.names_of(look, found.person.language),
        "texts": {condition.step: condition for condition in rules.hand_over},
    }
