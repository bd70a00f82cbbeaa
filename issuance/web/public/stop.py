"""One tap ends what is sent to an address: the link of a notice asks, a button stops. No name, no login, no session.

Looking stops nothing: programs that read mail open what stands in it. The button of a mailbox itself (RFC 8058) sends
the same as ours.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import get_locale

from issuance.services.notices import stops
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.public.parts.spoken import LANGUAGES, words_in

blueprint = Blueprint("stop", __name__)


@blueprint.route("/stop/<token>", methods=["GET", "POST"])
@public
def stop(token: str) -> Response:
    """Ask whether, and stop; an address that we do not know gets an answer of its own."""
    g.languages = LANGUAGES
    if request.method == "POST":
        with current_office().upkeep() as look:
            channel = stops.tell(look, token)
        return _page("done", channel)
    with current_office().reading() as look:
        channel = stops.channel_of(look, token)
    return _page("ask", channel)


def _page(stage: str, channel: str) -> Response:
    """The page at `stage`: ask, done, or without a channel that nothing is known."""
    words = words_in("stop", str(get_locale()))
    page = render_template("public/stop.html", stage=stage if channel else "nothing", channel=channel, words=words)
    return make_response(page, 200 if channel else 404)
