"""Where a holder says where to write to, ends it, and where who lost the reference asks for it.

The first follow the answer of the status page, which carries what the holder knows; what is typed goes into boxes of
the office and is never shown again. Who asks for a reference gets one answer, whatever was typed (`notices.lost`).
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from issuance.acts import Look
from issuance.errors import InvalidInput
from issuance.services.notices import channels, contacts, lost, offered
from issuance.services.public import receipts
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.values import addresses
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.public.parts import answering
from issuance.web.public.parts.carried import carried, carry
from issuance.web.public.parts.replies import question, too_often
from issuance.web.public.parts.spoken import LANGUAGES, words_in

CHANGES = 10
"""How often a holder may give and stop in one window: each is an act of the office."""

CODES = 5
"""How often a code may be typed in one window; of a million that could be."""

A_MESSAGE = 3
"""How often one address may be given in a window, whoever does it: so many codes it may get."""

MOST_SIGNS = 20

log = structlog.get_logger()
blueprint = Blueprint("contacts", __name__, url_prefix="/status")


@blueprint.route("/messages", methods=["GET", "POST"])
@public
def show() -> ResponseReturnValue:
    """By what the holder is written to, and how to change it."""
    known = _known()
    return _page(known) if known else question()


@blueprint.route("/messages/address", methods=["GET", "POST"])
@public
def give() -> ResponseReturnValue:
    """An address, with the consent to be written to there: a code goes to it."""
    known, form = _known(), answering.asked()
    if known is None:
        return question()
    channel = form.value("channel")
    if channel not in channels.names(current_office().settings):
        return _page(known, status=400)
    if not form.ticked("agrees"):
        return _page(known, "tick", channel, status=400)
    try:
        with current_office().upkeep() as look:
            _count_change(look, known)
            _count_address(look, channel, form.value("address"))
            at = offered.stand(look, receipts.shown_by(*known))
            if at is not None:
                offered.give(look, at, channel, form.value("address"))
    except InvalidInput:
        return _page(known, f"{channel}_wrong", channel, status=400)
    except TooManyTries as error:
        return too_often(error)
    log.info("contact", outcome="asked")
    return _page(known)


@blueprint.route("/messages/code", methods=["GET", "POST"])
@public
def prove() -> ResponseReturnValue:
    """The code that came there: from now on it counts."""
    known, form = _known(), answering.asked()
    if known is None:
        return question()
    code = "".join(each for each in form.value("code") if each.isdigit())[:MOST_SIGNS]
    try:
        with current_office().upkeep() as look:
            at = offered.stand(look, receipts.shown_by(*known))
            if at is None:
                return question()
            limits.count(look, Counted("contact-code", str(at.person_id), CODES))
            right = offered.prove(look, at, code)
    except TooManyTries as error:
        return too_often(error)
    log.info("contact", outcome="proved" if right else "wrong_code")
    return _page(known, "done") if right else _page(known, "wrong_code", status=400)


@blueprint.route("/messages/stop", methods=["GET", "POST"])
@public
def stop() -> ResponseReturnValue:
    """Nothing more by this channel, from now on."""
    known = _known()
    if known is None:
        return question()
    try:
        with current_office().upkeep() as look:
            _count_change(look, known)
            at = offered.stand(look, receipts.shown_by(*known))
            if at is not None:
                offered.stop(look, at, request.form.get("channel", ""))
    except TooManyTries as error:
        return too_often(error)
    log.info("contact", outcome="stopped")
    return _page(known, "stopped")


@blueprint.route("/lost", methods=["GET", "POST"])
@public
def lose() -> ResponseReturnValue:
    """Ask for a lost reference: it goes to the address that the office has, and who asks is told nothing of it."""
    g.languages = LANGUAGES
    form = answering.asked()
    if request.method == "GET":
        return _lost(form)
    channel, typed = form.value("channel"), form.value("address")
    with form.catch():
        born = form.partial_date("birth_date")
        form.check()
        if channel not in channels.names(current_office().settings):
            return _lost(form, "choose", status=400)
        try:
            with current_office().upkeep() as look:
                _count_asked(look, channel, typed)
                lost.ask(look, channel, typed, born)
        except InvalidInput:
            return _lost(form, f"{channel}_wrong", status=400)
        except TooManyTries as error:
            return too_often(error)
        log.info("reference", outcome="asked")
        return _lost(form, "lost_done")
    return _lost(form, status=form.status)


def _known() -> tuple[str, str] | None:
    """Who looked the status up a moment ago."""
    g.languages = LANGUAGES
    return carried(request.form.get("carried", ""))


def _count_change(look: Look, known: tuple[str, str]) -> None:
    limits.count(look, Counted("status-told", known[0], CHANGES))


def _count_address(look: Look, channel: str, typed: str) -> None:
    """By what was typed, whether anybody has such an address or not. InvalidInput on `address` for what is none."""
    limits.count(look, Counted("contact-address", contacts.read(channel, typed), A_MESSAGE))


def _count_asked(look: Look, channel: str, typed: str) -> None:
    """Who types an address somewhere does not shut out whose it is elsewhere: that gets one message a day anyway."""
    caller, each = addresses.customer(request.remote_addr or ""), look.settings.status_attempts_per_address
    pair = Counted("lost-pair", f"{contacts.read(channel, typed)} {caller}", A_MESSAGE)
    limits.count(look, Counted("lost-from", caller, each), pair)


def _page(known: tuple[str, str], said: str = "", channel: str = "", *, status: int = 200) -> ResponseReturnValue:
    """How it stands; `said` is what became of the form of this channel, by the name of its words."""
    with current_office().reading() as look:
        at = offered.stand(look, receipts.shown_by(*known))
        if at is None:
            return question()
        page = render_template(
            "public/contacts.html",
            words=words_in("contacts", str(get_locale())),
            at=at,
            offered=channels.names(look.settings) if at.may_ask else (),
            said=said,
            wrong=channel,
            carried=carry(*known),
        )
    return make_response(page, status)


def _lost(form: Form, said: str = "", *, status: int = 200) -> Response:
    names = channels.names(current_office().settings)
    words = words_in("contacts", str(get_locale()))
    page = render_template("public/lost.html", words=words, form=form, names=names, said=said)
    return make_response(page, status)
