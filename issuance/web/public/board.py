"""The board of a waiting room: tickets and counters, nothing of a person, for any screen that has its address.

It renews itself without scripts; with them it asks by ETag, and what did not change is not sent again (ADR 0050).
"""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import get_locale
from werkzeug.wrappers import Response as Answer

from issuance.services.appointments import board
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.public.parts.spoken import LANGUAGES, words_in

blueprint = Blueprint("board", __name__)


@blueprint.get("/board/<centre>")
@public
def show(centre: str) -> Answer:
    """Whom the centre with this short name calls now; nobody is known who looks."""
    g.languages = LANGUAGES
    office = current_office()
    with office.reading() as look:
        called = board.called(look, centre)
    words, kiosk = words_in("board", str(get_locale())), office.settings.has_kiosk(centre)
    response: Response = make_response(render_template("public/board.html", called=called, words=words, kiosk=kiosk))
    response.add_etag()
    return response.make_conditional(request)
