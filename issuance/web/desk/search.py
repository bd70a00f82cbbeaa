"""The search: by scanned code, reference, number, or name in any script."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.errors import InvalidInput
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.ahead import codes
from issuance.services.casework.search import record_search, search
from issuance.services.life import validity
from issuance.services.life.validity import Standing
from issuance.services.production import floor
from issuance.services.public import forgeries
from issuance.values import references
from issuance.web.case.access import CASE_READERS
from issuance.web.case.card import row
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import MAX_TEXT
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("search", __name__)

SHORTEST_NUMBER = 5


KEPT = "searches"
"""Where the session keeps what was searched lately, by the token that stands in the address instead."""

MOST_KEPT = 20


@blueprint.post("/search")
@allow(*CASE_READERS)
def ask() -> ResponseReturnValue:
    """Take what is searched; the answer has an address of its own, in which nothing personal stands.

    The code of a form that a family filled in is kept nowhere: it goes on to the page that opens it.
    """
    if codes.normalise(request.form.get("q", "")):
        return redirect(url_for("ahead.window.take"), 307)
    token = secrets.token_urlsafe(9)
    asked = {"q": request.form.get("q", "")[: MAX_TEXT + 1], "scanned": bool(request.form.get("scanned"))}
    session[KEPT] = dict([*session.get(KEPT, {}).items(), (token, asked)][-MOST_KEPT:])
    return redirect(url_for("desk.search.find", token=token), 303)


@blueprint.get("/search/<token>")
@allow(*CASE_READERS)
def find(token: str) -> ResponseReturnValue:
    """Cases by scanned code, reference, number or name in any script; a code that fits one case opens it,
    and what fits one person who has several opens the person. A search of another session is none."""
    asked = session.get(KEPT, {}).get(token)
    if asked is None:
        over = gettext("This search is over. Type it again.")
        return render_template("desk/search.html", searched="", message=over, own=[], others=[]), 404
    text = scanned_text(asked["q"])
    if request_id := _to_check(text):
        return redirect(url_for("centre.quality.check", request_id=request_id), 303)
    try:
        found, standings = _found(text)
    except InvalidInput as error:
        page = render_template("desk/search.html", searched=text, message=sentence(error), own=[], others=[])
        return make_response(page, 400)
    by_code = asked["scanned"] or references.normalise(text) is not None
    if by_code and len(found) == 1:
        return redirect(url_for("desk.case.show", request_id=found[0].id), 303)
    if len(found) > 1 and len({case.person_id for case in found}) == 1:
        return redirect(url_for("case.person.show", person_id=found[0].person_id), 303)
    centre_id = current_actor().centre_id
    own = [row(case) for case in found if case.centre_id == centre_id]
    others = [row(case) for case in found if case.centre_id != centre_id]
    reports = bool(current_actor().roles & forgeries.REPORTERS)
    shown = {"own": own, "others": others, "standings": standings, "reports": reports}
    return render_template("desk/search.html", searched=text, **shown)


def _to_check(text: str) -> UUID | None:
    """Whose document it is that a quality officer has in the hand, known by its number or blank, and is to check."""
    actor = current_actor()
    if RoleName.QUALITY_OFFICER not in actor.roles or len(text) < SHORTEST_NUMBER:
        return None
    with current_office().reading(actor) as look:
        jobs = floor.to_check(look, actor.centre_id, serial=text)
        return jobs[0].document.request_id if len(jobs) == 1 else None


def _found(text: str) -> tuple[list[IssuanceRequest], dict[UUID, Standing]]:
    """What is found, which is recorded, and what became of the documents that were handed over."""
    with current_office().act(current_actor()) as act:
        found = search(act, text)
        standings = validity.handed_over(act, [case.id for case in found])
        record_search(act, found)
    return found, standings


def scanned_text(text: str) -> str:
    """What a scanner read, as it is searched: of the receipt's QR code, an address, only the reference after `#`."""
    before, mark, after = text.partition("#")
    return after.strip() if mark and before.startswith(("http://", "https://")) else text.strip()
