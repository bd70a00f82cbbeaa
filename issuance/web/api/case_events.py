"""Where case handling tells events, and the OpenAPI document of it. Every refusal is a `Problem` in English (ADR 0094).

An event may be sent any number of times: it happens once, and each answer says what became of it.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from issuance.office import Office
from issuance.services.exchange import callers, openapi, taking
from issuance.services.exchange.schema import Answer, Told
from issuance.web.api import answers
from issuance.web.frame.auth import caller, public
from issuance.web.frame.current import current_caller, current_office

blueprint = Blueprint("case_events", __name__, url_prefix="/api")

WORDS = {
    413: ("too_large", "An event has at most 32 kB. Send one event in a call."),
    415: ("not_json", "Send the event as application/json in UTF-8."),
}
answers.handle(blueprint, 422, WORDS)


@blueprint.post("/case-events")
@caller
def tell() -> Response:
    """Take one event; what waited for it follows in its turn."""
    if request.mimetype != answers.JSON or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        abort(415)
    event = taking.read(request.get_data())
    return answers.json(_taken(current_office(), event), 200)


@blueprint.get("/openapi.json")
@public
def describe() -> Response:
    """What can be told, as OpenAPI 3.1: made from the same schema by which events are read."""
    return Response(openapi.text(), mimetype=answers.JSON)


def _taken(office: Office, event: Told) -> Answer:
    with office.reading() as look:
        if before := taking.known(look, event):
            return taking.answer(before)
        actor = callers.actor(look)
    with office.act(actor) as act:
        return taking.answer(taking.take(act, event, current_caller().id))
