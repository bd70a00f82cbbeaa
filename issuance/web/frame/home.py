"""The first page after logging in, the work that waits, and the small help that every form with names needs."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from issuance.web.frame.auth import ANY_ROLE, allow
from issuance.web.frame.forms import MAX_TEXT
from printing.mrz.transliteration import TransliterationError, to_mrz

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@allow(*ANY_ROLE)
def start() -> str:
    """The queues of one's roles, with what waits in each."""
    return render_template("frame/home.html")


@blueprint.post("/mrz")
@allow(*ANY_ROLE)
def mrz() -> Response:
    """The MRZ form of a name while it is typed, by the tables that will be used; empty while there is none."""
    try:
        text = to_mrz(request.form.get("text", "")[:MAX_TEXT], request.form.get("language"))
    except TransliterationError:
        text = ""
    return Response(text.replace(" ", "<"), mimetype="text/plain")
