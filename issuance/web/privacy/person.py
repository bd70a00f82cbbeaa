"""Data protection on a case: what its person asks, what others were told, whether the data are restricted."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from issuance.acts import Look
from issuance.law.office.privacy import KINDS, article, privacy
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import restrictions
from issuance.services.privacy import demands, disclosures, restricting
from issuance.services.privacy.demands import Asked
from issuance.services.privacy.disclosures import NOTED, Note
from issuance.services.privacy.restricting import Because
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form, options
from issuance.web.words.events.privacy import DEMANDS, GROUNDS, IDENTITIES, OUTCOMES, RECIPIENTS, TOLD
from issuance.web.words.languages import CODES, languages

blueprint = Blueprint("person", __name__, url_prefix="/cases/<uuid:request_id>/privacy")

DESK = (RoleName.CLERK, RoleName.SUPERVISOR)


@blueprint.get("")
@allow(*DESK)
def show(request_id: UUID) -> ResponseReturnValue:
    """Data protection for the person of this case. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id)


@blueprint.post("/demands")
@allow(*DESK)
def take_in(request_id: UUID) -> ResponseReturnValue:
    """Take in what the person, or who acts for them, asks."""
    form = Form.sent()
    with form.catch():
        asked = Asked(
            kind=form.choice("kind", KINDS),
            identity=form.choice("identity", IDENTITIES),
            said=form.text("said", required=False, limit=2000, lines=True),
            mandate_id=_key(form.value("mandate_id")),
            language=form.choice("language", CODES, required=False),
        )
        with acting(form, request_id, None) as (act, case):
            demand_id = demands.take_in(act, case, asked).id
        flash(gettext("Taken in. Somebody else answers it within the term."), "done")
        return redirect(url_for("privacy.demands.show", demand_id=demand_id), 303)
    return _page(request_id, take=form)


@blueprint.post("/disclosures")
@allow(*DESK)
def note(request_id: UUID) -> ResponseReturnValue:
    """Note that a body outside was told something."""
    form = Form.sent()
    with form.catch():
        recipient, told = form.choice("recipient", NOTED), form.choices("told", disclosures.TOLD)
        body, day = form.text("body", limit=100), form.date("told_on")
        form.check()
        assert day is not None  # it is required
        with acting(form, request_id, None) as (act, case):
            disclosures.note(act, case, Note(recipient, body, told, day))
        return _done(request_id, gettext("Noted. The person reads it in the report."))
    return _page(request_id, note=form)


@blueprint.post("/informed")
@allow(*DESK)
def inform(request_id: UUID) -> ResponseReturnValue:
    """Note that a body was told of a change."""
    form = Form.sent()
    with form.catch():
        version_id, recipient = _key(form.text("version_id")), form.text("recipient")
        body = form.text("body", required=False)
        with acting(form, request_id, None) as (act, case):
            disclosures.inform(act, case, version_id or case.id, recipient, body)
        return _done(request_id, gettext("Noted. This body knows of the change."))
    return _page(request_id, inform=form)


@blueprint.post("/restriction")
@allow(*DESK)
def restrict(request_id: UUID) -> ResponseReturnValue:
    """Restrict the data of the person."""
    form = Form.sent()
    with form.catch():
        because = Because(form.choice("ground", GROUNDS), form.ticked("goes_on"))
        with acting(form, request_id, None) as (act, case):
            restricting.impose(act, case, because)
        return _done(request_id, gettext("Restricted. Every page about the person says so."))
    return _page(request_id, restrict=form)


@blueprint.post("/restriction/consent")
@allow(*DESK)
def consent(request_id: UUID) -> ResponseReturnValue:
    """The person agrees that the requests go on, or does not any more."""
    form = Form.sent()
    with form.catch():
        goes_on = form.choice("goes_on", ("yes", "no")) == "yes"
        with acting(form, request_id, None) as (act, case):
            restricting.let_go_on(act, case, goes_on=goes_on)
        return _done(request_id, gettext("Noted."))
    return _page(request_id, consent=form)


@blueprint.post("/restriction/lift")
@allow(*DESK)
def lift(request_id: UUID) -> ResponseReturnValue:
    """Lift the restriction, of which the person was told before."""
    form = Form.sent()
    with form.catch():
        told_on = form.date("lift_told_on")
        with acting(form, request_id, None) as (act, case):
            restricting.lift(act, case, told_on)
        return _done(request_id, gettext("Lifted. The data are used as before."))
    return _page(request_id, lift=form)


def _key(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _done(request_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("privacy.person.show", request_id=request_id), 303)


def _page(request_id: UUID, **sent: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, case):
        language = str(get_locale())
        page = render_template(
            "privacy/person.html",
            case=case,
            card=card(look, case),
            forms={name: Form({"language": case.person.language}) for name in FORMS} | sent,
            rows=demands.of_person(look, case.person),
            told=disclosures.disclosed(look, case.person),
            to_inform=disclosures.to_inform(look, case.person),
            article=lambda at: article(at, language),
            **_restriction(look, case),
            **_choices(look, case),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


FORMS = ("take", "note", "inform", "restrict", "consent", "lift")


def _restriction(look: Look, case: IssuanceRequest) -> dict[str, object]:
    found = restrictions.of_person(look, case.person_id)
    own = found is not None and found.imposed_by == look.actor.id
    return {"restriction": found, "is_own": own, "restrictions": privacy().restrictions}


def _choices(look: Look, case: IssuanceRequest) -> dict[str, object]:
    mandates = [(str(row.id), row.shown) for row in demands.who_may_ask(look, case.person)]
    return {
        "kinds": options(DEMANDS.items()),
        "means": options(IDENTITIES.items()),
        "mandates": mandates,
        "tongues": [(code, label) for code, label in languages()],
        "noted": options((code, RECIPIENTS[code]) for code in NOTED),
        "tellable": options((code, TOLD[code]) for code in disclosures.TOLD),
        "grounds": options(GROUNDS.items()),
        "demand_words": DEMANDS,
        "outcome_words": OUTCOMES,
        "ground_words": GROUNDS,
        "recipient_words": RECIPIENTS,
        "told_words": TOLD,
    }
