"""Rights and duties of the person of a case, in the person's language beside Romanian: read, told, put on paper.

Here it is also noted that protection was granted to somebody who has its document still to ask for (E7, ADR 0080).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict
from issuance.law.persons import rights
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services.interpreters import register
from issuance.services.mandates import asking, uses
from issuance.services.persons import notices
from issuance.services.persons.notices import Notice
from issuance.services.rights import grants
from issuance.services.rights.grants import Decision
from issuance.web.case import access, card
from issuance.web.case.access import acting
from issuance.web.case.papers import TELLERS
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import RIGHT_TO_LEFT, endonym
from issuance.web.words.codes import STATUSES, TEXT_STATES
from issuance.web.words.languages import CODES, language_name, languages
from printing import papers
from printing.errors import PrintingError
from printing.papers import Rights, Words
from printing.papers.data import Told

blueprint = Blueprint("reading", __name__)

WHY_ENDED: dict[str, Any] = {
    "mistaken": lazy_gettext("It was noted by mistake"),
    "gone": lazy_gettext("The person does not ask for the document"),
}


@blueprint.get("/cases/<uuid:request_id>/rights")
@allow(*TELLERS)
def show(request_id: UUID) -> ResponseReturnValue:
    """What the person of this case is read, in two languages. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id)


@blueprint.post("/cases/<uuid:request_id>/rights")
@allow(*TELLERS)
def tell(request_id: UUID) -> ResponseReturnValue:
    """Record that it was read, in which language and which text."""
    form = Form.sent()
    with form.catch():
        language = form.choice("notice_language", CODES)
        interpreter, signed = form.text("interpreter", limit=100, required=False), form.choice("signed", ("yes", "no"))
        version, signer = form.text("text_version", limit=20), form.id("signed_by")
        with acting(form, request_id, None) as (act, case):
            notice = Notice(language, interpreter, signed == "yes", status_of(act, case), version)
            if signer and notice.signed:
                uses.sign_rights(act, case, signer)
            row = notices.record(act, case.person, notice)
            counts = row.counts
        return _done(request_id, _said(counts))
    return _page(request_id, tell=form)


@blueprint.post("/cases/<uuid:request_id>/grant")
@allow(*TELLERS)
def grant(request_id: UUID) -> ResponseReturnValue:
    """Note that protection was granted; its document is still to be asked for."""
    form = Form.sent()
    with form.catch():
        status, number = form.choice("status", rights.rights().statuses), form.text("decision_number", limit=60)
        day = form.date("decided_on")
        with acting(form, request_id, None) as (act, case):
            grants.note(act, case, Decision(status, number, day))
        return _done(request_id, gettext("Noted. Read the rights and duties now, and advise to ask for the permit."))
    return _page(request_id, grant=form)


@blueprint.post("/cases/<uuid:request_id>/grant/end")
@allow(*TELLERS)
def end(request_id: UUID) -> ResponseReturnValue:
    """The document of the grant is waited for no more."""
    form = Form.sent()
    with form.catch():
        because = form.choice("because", WHY_ENDED)
        with acting(form, request_id, None) as (act, case):
            grants.end(act, case, because)
        return _done(request_id, gettext("Noted. Nobody waits for this document any more."))
    return _page(request_id, end=form)


@blueprint.get("/cases/<uuid:request_id>/rights.pdf")
@allow(*TELLERS)
def paper(request_id: UUID) -> Response:
    """The same on paper, to be signed. It names the person, so its opening is recorded."""
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        language = _language(look, case)
        data = rights_of(look, case, language)
    try:
        composed = papers.compose(data, notices.text_language(language))
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(composed.pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="rights.pdf"'
    return answer


def status_of(look: Look, case: IssuanceRequest) -> str:
    """Whose rights the person of this case is read: those of a grant that waits, else of the status in the register."""
    waiting = grants.waiting(look, case.person)
    return waiting.status if waiting else case.person.status


def rights_of(look: Look, case: IssuanceRequest, language: str) -> Rights:
    """What the paper of rights says; Conflict for a status that has none."""
    read = rights.read_to(status_of(look, case))
    if read is None:
        raise Conflict("There is no text of rights for this status. Correct the status of the person, if it is wrong.")
    waiting, own = grants.waiting(look, case.person), notices.text_language(language)
    return Rights(
        reference=case.reference,
        holder=case.person.full_name,
        status=cast(Told, read.status),
        granted_on=waiting.decided_on if waiting else case.decision_date,
        given_on=look.clock.now().astimezone(OFFICE_ZONE).date(),
        given_by=look.session.get_one(Staff, look.actor.id).full_name,
        centre_name=case.centre.name,
        centre_address=case.centre.address,
        text_version=read.version,
        about=_on_paper(read.of("about"), own),
        rights=_on_paper(read.of("right"), own),
        duties=_on_paper(read.of("duty"), own),
    )


def _on_paper(texts: Iterable[rights.Text], own: str) -> tuple[Words, ...]:
    return tuple(
        Words(*(f"{text.in_(each)} — {rights.articles(text, each)}" for each in ("ro", "en", own))) for text in texts
    )


def _language(look: Look, case: IssuanceRequest) -> str:
    """The language asked for in the address, else that of the person."""
    asked = request.args.get("language", "")
    return asked if asked in CODES else case.person.language


def _said(counts: bool) -> str:
    if counts:
        return str(gettext("Recorded: the person was told of rights and duties."))
    return str(
        gettext(
            "Recorded. It does not count yet: nobody has reviewed this text, and no interpreter was there."
            " Tell it again with an interpreter."
        )
    )


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("rights.reading.show", request_id=request_id), 303)


def _page(request_id: UUID, **sent: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, case):
        refused = sent.get("tell")
        language = (refused.value("notice_language") if refused else "") or _language(look, case)
        page = render_template(
            "rights/reading.html",
            case=case,
            card=card.card(look, case),
            read=rights.read_to(status_of(look, case)),
            articles=rights.articles,
            waiting=grants.waiting(look, case.person),
            grantable=_grantable(look, case.person),
            lodges=RoleName.CLERK in look.actor.roles and case.centre_id == look.actor.centre_id,
            forms={"tell": Form(), "grant": Form(), "end": Form()} | sent,
            statuses=STATUSES,
            why_ended=options(WHY_ENDED.items()),
            signers=[(row.id, row.shown) for row in asking.who_may(look, case.person, "sign")],
            **_given(look, case.person),
            **_spoken(look, case, language),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _given(look: Look, person: Person) -> dict[str, object]:
    given = [(each, language_name(each.language)) for each in notices.all_given(look, person)]
    return {"given": given, "text_states": TEXT_STATES}


def _grantable(look: Look, person: Person) -> list[tuple[str, str]]:
    """The statuses that can be noted as granted; none for who has one of them."""
    permits = grants.permits(look)
    return [] if person.status in permits else [(each, str(STATUSES[each])) for each in permits]


def _spoken(look: Look, case: IssuanceRequest, language: str) -> dict[str, object]:
    """The language of the person, that of its text, and what is to be said of that."""
    own, read = notices.text_language(language), rights.read_to(status_of(look, case))
    return {
        "chosen": Form({"language": language}),
        "spoken": language,
        "interpreters": register.names_of(look, language),
        "spoken_name": language_name(language),
        "choices": languages(),
        "own": own,
        "own_name": endonym(own),
        "own_direction": "rtl" if own in RIGHT_TO_LEFT else "ltr",
        "has_text": own == language,
        "unreviewed": read is not None and notices.state_of(look, read, own) == "machine",
    }
