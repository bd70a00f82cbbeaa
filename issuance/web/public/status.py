"""The holder's status page: reference and birth date, no login, no session, no name (docs/status-page.md).

What it answers is `answering`'s; here a holder also tells of a loss.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from issuance.services.life.loss import STATUS_PAGE, Said
from issuance.services.notices import channels
from issuance.services.public import told
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import speak_to_everybody
from issuance.web.public.parts import answering
from issuance.web.public.parts.answering import Templates
from issuance.web.public.parts.carried import carried, carry
from issuance.web.words.status import LOSSES

TEMPLATES = Templates("public/answer.html", "public/not_found.html", "public/limited.html")

blueprint = Blueprint("status", __name__)


@blueprint.record
def _start_page(state: BlueprintSetupState) -> None:
    """Where the public pages are alone, the address without a path is theirs."""
    if not any(rule.rule == "/" for rule in state.app.url_map.iter_rules()):
        state.app.add_url_rule("/", "status.start", ask)


@blueprint.route("/status", methods=["GET", "POST"])
@public
def ask() -> Response:
    """The question, and its answer: one of eight states, nothing found, or when to try again.

    A reference in the fragment of the address is filled in by the page itself and never sent in an address; the code of
    a receipt is sent at once in its stead, without a birth date.
    """
    speak_to_everybody()
    form = answering.asked()
    if request.method == "POST":
        with form.catch():
            known = answering.read(form)
            today = current_office().clock.today().isoformat()
            return answering.answer(TEMPLATES, known, Form({"carried": carry(*known), "noticed_on": today}))
    writes = bool(channels.names(current_office().settings))
    return make_response(render_template("public/ask.html", form=form, writes=writes), form.status)


@blueprint.route("/status/loss", methods=["GET", "POST"])
@public
def lose() -> ResponseReturnValue:
    """The holder tells that the document is lost or stolen; the answer is that of the status page from now on."""
    speak_to_everybody()
    form = answering.asked()
    known = carried(form.value("carried"))
    if known is None:  # the language menu leads to an address, and a page may lie open for long
        return redirect(url_for("public.status.ask", lang=request.args.get("lang")), 303)
    return answering.answer(TEMPLATES, known, form, lambda: _tell(known, form))


def _tell(known: tuple[str, str], form: Form) -> None:
    """Put down what the form tells; what it lacks is marked in it."""
    with form.catch(), current_office().upkeep() as look:
        told.tell(look, *known, _said(form))


def _said(form: Form) -> Said:
    """What the form says about a loss. FormRefused names what is missing."""
    kind, noticed_on = form.choice("kind", LOSSES), form.date("noticed_on")
    form.check()
    assert noticed_on is not None
    return Said(kind, STATUS_PAGE, noticed_on)
