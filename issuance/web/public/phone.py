"""Where a holder signs on a phone: no log-in, the address is the only key, and nothing of the request is shown.

Used, late and unknown addresses get one answer. See docs/adr/0046-signing-on-a-phone.md.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import get_locale

from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.services.persons import phones
from issuance.web.frame.auth import drawing
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.public.parts.spoken import LANGUAGES, words_in

blueprint = Blueprint("phone", __name__)


@blueprint.route("/sign/<token>", methods=["GET", "POST"])
@drawing
def sign(token: str) -> Response:
    """Draw one's name and send it, once."""
    g.languages = LANGUAGES
    try:
        with current_office().reading() as look:
            centre = phones.live(look, token).request.centre.name
        if request.method == "GET":
            return _page("draw", centre=centre)
        return _sent(token, centre)
    except (Conflict, NotFound):  # a clock that jumped, and a key that was destroyed, are no matter of the holder's
        return _page("over", 404)


def _sent(token: str, centre: str) -> Response:
    try:
        picture = phones.read(Form.sent().drawn("signature") or b"")
    except InvalidInput:
        return _page("again", 400, centre=centre)
    with current_office().act(SYSTEM) as act:
        phones.receive(act, token, picture)
    return _page("thanks")


def _page(stage: str, status: int = 200, **shown: Any) -> Response:
    """The page at `stage`: draw, again, thanks or over."""
    words = words_in("phone", str(get_locale()))
    return make_response(render_template("public/phone.html", stage=stage, words=words, **shown), status)
