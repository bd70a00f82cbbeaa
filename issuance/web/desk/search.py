"""The search: by scanned code, reference, number, or name in any script."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from issuance.errors import InvalidInput
from issuance.models.requests import IssuanceRequest
from issuance.services.casework.search import record_search, search
from issuance.services.life import validity
from issuance.services.life.validity import Standing
from issuance.values import references
from issuance.web.case.access import CASE_READERS
from issuance.web.case.card import row
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("search", __name__)


@blueprint.post("/search")
@allow(*CASE_READERS)
def find() -> ResponseReturnValue:
    """Cases by scanned code, reference, number or name in any script; a code that fits one case opens it,
    and what fits one person who has several opens the person."""
    actor, text = current_actor(), scanned_text(request.form.get("q", ""))
    message, found, standings = "", list[IssuanceRequest](), dict[UUID, Standing]()
    try:
        with current_office().act(actor) as act:
            found = search(act, text)
            standings = validity.handed_over(act, [case.id for case in found])
            record_search(act, found)
    except InvalidInput as error:
        message = sentence(error)
    by_code = bool(request.form.get("scanned")) or references.normalise(text) is not None
    if by_code and len(found) == 1:
        return redirect(url_for("desk.case.show", request_id=found[0].id), 303)
    if len(found) > 1 and len({case.person_id for case in found}) == 1:
        return redirect(url_for("case.person.show", person_id=found[0].person_id), 303)
    own = [row(case) for case in found if case.centre_id == actor.centre_id]
    others = [row(case) for case in found if case.centre_id != actor.centre_id]
    page = render_template("desk/search.html", text=text, message=message, own=own, others=others, standings=standings)
    return make_response(page, 400 if message else 200)


def scanned_text(text: str) -> str:
    """What a scanner read, as it is searched: of the receipt's QR code, an address, only the reference after `#`."""
    before, mark, after = text.partition("#")
    return after.strip() if mark and before.startswith(("http://", "https://")) else text.strip()
