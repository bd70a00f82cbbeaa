"""Where a holder makes a code that shows one reader that the document is valid, sees which work, and stops them.

It follows the answer of the status page, which carries what the holder knows. A code is made of the form that asked for
it: sent twice, by a slow telephone or a page that is loaded again, it is the same code. Nobody keeps it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.services.public import confirmations
from issuance.services.public.confirmations import Holder, Purpose
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.values.references import ALPHABET
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.public.parts.carried import carried, carry
from issuance.web.public.parts.spoken import LANGUAGES, words_in
from printing.pages.symbols import qr

MADE = 20
"""Codes that a holder makes or stops within a window: each is an event of the audit trail."""

LETTERS = 16
"""Of a code: of 31 signs, as many as nobody guesses."""

SIDE = 100
LONGEST = 100

log = structlog.get_logger()
blueprint = Blueprint("confirmations", __name__, url_prefix="/status/confirmations")


@blueprint.route("", methods=["GET", "POST"])
@public
def listed() -> ResponseReturnValue:
    """For whom a code can be made, and the codes that work."""
    holder = _holder()
    return _page(holder) if holder else _back()


@blueprint.route("/new", methods=["GET", "POST"])
@public
def make() -> ResponseReturnValue:
    """Make a code; it is shown this once."""
    holder = _holder()
    if holder is None:
        return _back()
    sent = request.form.get("purpose", "")
    if sent not in set(Purpose):
        return _page(holder, status=400)
    purpose = Purpose(sent)
    code = _code(holder, request.form.get("once", "")[:LONGEST], purpose)
    try:
        with current_office().upkeep() as look:
            _count(look, holder)
            until = confirmations.make(look, holder, purpose, code)
    except TooManyTries:
        return _page(holder, "limited", status=429)
    except Conflict:
        return _page(holder, "full", status=409)
    if until is None:
        return _page(holder)
    log.info("confirmation", outcome="made")
    grouped = "-".join(code[at : at + 4] for at in range(0, LETTERS, 4))
    squares = qr(f"{_address()}#{code}", (0, 0, SIDE, SIDE))
    return _page(holder, code=grouped, purpose=purpose, until=until, squares=squares)


@blueprint.route("/withdrawn", methods=["GET", "POST"])
@public
def withdraw() -> ResponseReturnValue:
    """Stop a code of this holder."""
    holder = _holder()
    if holder is None:
        return _back()
    try:
        key = UUID(request.form.get("confirmation", "")[:LONGEST])
        with current_office().upkeep() as look:
            _count(look, holder)
            confirmations.withdraw(look, holder, key)
    except TooManyTries:
        return _page(holder, "limited", status=429)
    except ValueError:
        return _page(holder, status=400)
    log.info("confirmation", outcome="withdrawn")
    return _page(holder, "stopped")


def _holder() -> Holder | None:
    """Who looked the status up a moment ago."""
    g.languages = LANGUAGES
    known = carried(request.form.get("carried", ""))
    return Holder(*known) if known else None


def _back() -> ResponseReturnValue:
    return redirect(url_for("public.status.ask", lang=request.args.get("lang")), 303)


def _count(look: Look, holder: Holder) -> None:
    limits.count(look, Counted("confirmation", holder.reference, MADE))


def _code(holder: Holder, once: str, purpose: Purpose) -> str:
    key = hashlib.sha256(b"confirmation " + str(current_app.config["SECRET_KEY"]).encode()).digest()
    made_of = "\0".join((*holder, once, purpose)).encode()
    number, letters = int.from_bytes(hmac.digest(key, made_of, "sha256")), ""
    for _ in range(LETTERS):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    return letters


def _address() -> str:
    """Where a code is checked: by the office's own name, whatever the browser calls it."""
    return current_office().settings.public_url.rstrip("/") + url_for("public.verify.confirmation")


def _page(holder: Holder, said: str = "", *, status: int = 200, **made: object) -> Response:
    language = str(get_locale())
    with current_office().reading() as look:
        page = render_template(
            "public/confirmations.html",
            words=words_in("confirmations", language),
            purposes=[(each, words_in("verify", language)[f"for_{each}"]) for each in Purpose],
            named=words_in("verify", language),
            may_make=confirmations.may_make(look, holder),
            working=confirmations.working(look, holder),
            carried=carry(*holder),
            once=secrets.token_urlsafe(12),
            address=_address(),
            side=SIDE,
            said=said,
            **made,
        )
    return make_response(page, status)
