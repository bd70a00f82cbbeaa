"""The first page after logging in, the work that waits, and the small help that every form with names needs."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from issuance.errors import NotAllowed
from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.current import WORKS_BY, current_stays
from issuance.web.frame.forms import MAX_TEXT
from printing.mrz.transliteration import TransliterationError, to_mrz

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@allow(*ANY_ROLE)
def start() -> str:
    """The queues of one's roles, with what waits in each."""
    return render_template("frame/home.html")


@blueprint.post("/work-at")
@allow(*ANY_ROLE)
def work_at() -> ResponseReturnValue:
    """Work at another centre by its roster, or at one's own again (`roster` empty). It changes no row: acts say it."""
    chosen = request.form.get("roster", "")
    if chosen and chosen not in {str(entry.id) for entry, _ in current_stays()}:
        raise NotAllowed("You are not on the roster of that centre today. Ask its supervisor.")
    session[WORKS_BY] = chosen
    return redirect(url_for("frame.home.start"), 303)


@blueprint.post("/mrz")
@allow(*ANY_ROLE)
def mrz() -> Response:
    """The MRZ form of a name while it is typed, by the tables that will be used; empty while there is none."""
    try:
        text = to_mrz(request.form.get("text", "")[:MAX_TEXT], request.form.get("language"))
    except TransliterationError:
        text = ""
    return Response(text.replace(" ", "<"), mimetype="text/plain")
