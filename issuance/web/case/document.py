"""The page of one document: whether it holds, what was reported about it, and how it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound, StaleState
from issuance.law.documents.endings import grounds as grounds_of_law
from issuance.models.documents import Document
from issuance.models.endings import LossReport
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.life import destruction, endings, loss
from issuance.services.life.validity import HELD_BY_HOLDER, extension, standing
from issuance.services.public import forgeries
from issuance.services.rule_versions import rules_today
from issuance.web.case import access, card
from issuance.web.case.access import CASE_READERS, acting
from issuance.web.case.history import history_of
from issuance.web.case.losses import KINDS, SAID_BY, SOURCES, WINDOW, said_in
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language

blueprint = Blueprint("document", __name__, url_prefix="/cases/<uuid:request_id>/documents/<uuid:document_id>")

ENDERS = (RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)

ISSUERS: dict[str, Any] = {
    "inspectorate": lazy_gettext("the inspectorate"),
    "mission": lazy_gettext("the mission abroad, approved by the inspectorate"),
}

MEANS: dict[str, Any] = {
    "portrait": lazy_gettext("The face agrees with the portrait on this page"),
    "travel_document": lazy_gettext("By a passport or other travel document"),
    "receipt_and_questions": lazy_gettext("By the receipt and questions from the file"),
}


@blueprint.get("")
@allow(*CASE_READERS)
def show(request_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """One document: what it is today, what was reported, how it ended. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, document_id)


@blueprint.post("/report")
@allow(*WINDOW)
def report(request_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """Somebody says that it is lost or stolen: it is suspended at once."""
    form = Form.sent()
    with form.catch():
        said = said_in(form)
        with _acting(form, request_id, document_id) as (act, document):
            loss.report(act, document, said)
        return _done(request_id, document_id, gettext("Suspended. The holder confirms the loss at the window."))
    return _page(request_id, document_id, report=form)


@blueprint.post("/confirm")
@allow(*WINDOW)
def confirm(request_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """The holder is here and confirms the loss: the document is void for ever."""
    form = Form.sent()
    with form.catch():
        kind = form.choice("kind", KINDS)
        means = form.choice("identity_confirmed_by", MEANS)
        with _acting(form, request_id, document_id) as (act, document):
            loss.confirm(act, _open_report(act, document), kind, means)
        return _done(request_id, document_id, gettext("Void for ever, also when it is found."))
    return _page(request_id, document_id, confirm=form)


@blueprint.post("/found")
@allow(*WINDOW)
def found(request_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """The document was found before the loss was confirmed: a first person says so."""
    form = Form.sent()
    with form.catch():
        with _acting(form, request_id, document_id) as (act, document):
            loss.find(act, _open_report(act, document))
        return _done(request_id, document_id, gettext("Noted. A second person lifts the suspension."))
    return _page(request_id, document_id, found=form)


@blueprint.post("/lift")
@allow(*WINDOW)
def lift(request_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """A second person agrees: the document is valid again."""
    form = Form.sent()
    with form.catch():
        with _acting(form, request_id, document_id) as (act, document):
            loss.lift(act, _open_report(act, document))
        return _done(request_id, document_id, gettext("The suspension is lifted."))
    return _page(request_id, document_id, lift=form)


@blueprint.post("/end")
@allow(*ENDERS)
def end(request_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """The document ends on a ground of the law."""
    form = Form.sent()
    with form.catch():
        with _acting(form, request_id, document_id) as (act, document):
            ground = form.choice("ground", [each.code for each in endings.offered(document, act.actor.roles)])
            evidence = form.text("evidence")
            is_back = form.choice("given_back", ("yes", "no"))
            form.check()
            endings.end(act, document, ground, evidence, given_back=is_back == "yes")
        return _done(request_id, document_id, gettext("The document has ended."))
    return _page(request_id, document_id, end=form)


@contextmanager
def _acting(form: Form, request_id: UUID, document_id: UUID) -> Iterator[tuple[Act, Document]]:
    """Act on the document of this case, unless it was changed since the form was drawn."""
    with acting(form, request_id, None) as (act, case):
        document = _of_case(act, case, document_id)
        if document.version != form.version:
            raise StaleState("Someone else changed this meanwhile. Look at it again below, and send it again.")
        yield act, document


def _of_case(look: Look, case: IssuanceRequest, document_id: UUID) -> Document:
    document = look.session.get(Document, document_id)
    if document is None or document.request_id != case.id:
        raise NotFound("There is no such document. Open its case again.")
    return document


def _open_report(look: Look, document: Document) -> LossReport:
    found = loss.open_report(look, document)
    if found is None:
        raise Conflict("Nothing is reported about this document any more. Look at it again below.")
    return found


def _done(request_id: UUID, document_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("case.document.show", request_id=request_id, document_id=document_id), 303)


def _page(request_id: UUID, document_id: UUID, **sent: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, case):
        document = _of_case(look, case, document_id)
        forms = {name: Form({"version": document.version}) for name in ("report", "confirm", "found", "lift", "end")}
        for form in sent.values():
            form.values["version"] = document.version
        page = render_template(
            "case/document.html",
            case=case,
            card=card.card(look, case),
            document=document,
            forms=forms | sent,
            standing=standing(look, document),
            extension=extension(look, document),
            ends=_ends(look, document),
            reports=loss.reports(look, document),
            ending=endings.ending_of(look, document),
            is_destroyed=destruction.is_destroyed(look, document),
            suspected=forgeries.is_suspected(look, document.number),
            history=history_of(look, document),
            **_law(look, document),
            **_acts(look, case, document),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _ends(look: Look, document: Document) -> list[tuple[str, str, bool]]:
    """What ends such a document by today's rules, with the article, and whether that happened to this one."""
    tongue = language()
    ending, now = endings.ending_of(look, document), standing(look, document)
    return [
        (each.text.text(tongue), each.legal_basis.text(tongue), endings.has_happened(each.event, ending, now))
        for each in rules_today(look, document.document_type).ends
    ]


def _law(look: Look, document: Document) -> dict[str, object]:
    """Who issues such a document, and how long its data are kept, by today's rules."""
    kind = document_types.get(document.document_type)
    rules, tongue = rules_today(look, document.document_type), language()
    return {
        "issued_by": ISSUERS[kind.issued_by],
        "kept": (rules.retention.text.text(tongue), rules.retention.legal_basis.text(tongue)),
        "retained_since": _retained_since(look, document),
        "erased_on": document.request.erased_on,
    }


def _retained_since(look: Look, document: Document) -> dt.date | None:
    """The day from which the term of its data counts: what holds longer than is printed is kept longer."""
    since, longer = document.request.retained_since, extension(look, document)
    return max(since, longer.until) if since and longer else since


def _acts(look: Look, case: IssuanceRequest, document: Document) -> dict[str, object]:
    """What this account may do with the document now."""
    at_home = case.centre_id == look.actor.centre_id
    term = loss.term(look, document)
    open_report = loss.open_report(look, document)
    grounds = endings.offered(document, look.actor.roles) if at_home else []
    return {
        "at_window": at_home and bool(look.actor.roles & set(WINDOW)),
        "open_report": open_report,
        "said_found": open_report is not None and open_report.found_by == look.actor.id,
        "can_report": open_report is None and document.state in HELD_BY_HOLDER,
        "term": term,
        "grounds": options((ground.code, ground.title.text(language())) for ground in grounds),
        "kinds": options(KINDS.items()),
        "sources": options(SOURCES.items()),
        "means": options(MEANS.items()),
        "source_words": SAID_BY,
        "ground_words": {code: ground.title.text(language()) for code, ground in grounds_of_law().items()},
    }
