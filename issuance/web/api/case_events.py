"""Where case handling tells events, and the OpenAPI document of it. Every refusal is a `Problem` in English (ADR 0094).

An event may be sent any number of times: it happens once, and each answer says what became of it.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, request
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from issuance.errors import Busy, InvalidInput, LimanError, StaleState
from issuance.office import Office
from issuance.services.exchange import callers, openapi, taking
from issuance.services.exchange.schema import Answer, Problem, Told
from issuance.services.trust.limits import TooManyTries
from issuance.services.trust.trusted_time import ClockStopped
from issuance.web.frame.auth import caller, public
from issuance.web.frame.current import current_caller, current_office
from issuance.web.frame.forms import http_status

blueprint = Blueprint("case_events", __name__, url_prefix="/api")

JSON = "application/json"
UNREADABLE = 422
WORDS = {
    401: ("no_token", "This token is missing, wrong or revoked. Ask the administrator of the register for a new one."),
    413: ("too_large", "An event has at most 32 kB. Send one event in a call."),
    415: ("not_json", "Send the event as application/json in UTF-8."),
}


@blueprint.post("/case-events")
@caller
def tell() -> Response:
    """Take one event; what waited for it follows in its turn."""
    if request.mimetype != JSON or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        abort(415)
    event = taking.read(request.get_data())
    return _json(_taken(current_office(), event), 200)


@blueprint.get("/openapi.json")
@public
def describe() -> Response:
    """What can be told, as OpenAPI 3.1: made from the same schema by which events are read."""
    return Response(openapi.text(), mimetype=JSON)


def _taken(office: Office, event: Told) -> Answer:
    with office.reading() as look:
        if before := taking.known(look, event):
            return taking.answer(before)
        actor = callers.actor(look)
    with office.act(actor) as act:
        return taking.answer(taking.take(act, event, current_caller().id))


@blueprint.errorhandler(LimanError)
def refused(error: LimanError) -> Response:
    """What was not taken, and why; overtaken by another act, or while the clock is stopped, it is to be sent again."""
    if isinstance(error, StaleState):
        error = Busy()
    status = UNREADABLE if isinstance(error, InvalidInput) else http_status(error)
    if isinstance(error, ClockStopped):
        status = http_status(Busy())
    answer = _json(Problem(error=error.code, message=error.sentence(), field=error.field or ""), status)
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@blueprint.errorhandler(HTTPException)
def unanswered(error: HTTPException) -> Response:
    """The same for what never came as far as an event."""
    status = error.code or 500
    code, message = WORDS.get(status, ("http", "This was not taken. Compare the call with /api/openapi.json."))
    answer = _json(Problem(error=code, message=message), status)
    for name, value in error.get_headers():
        if name in ("Allow", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def _json(said: BaseModel, status: int) -> Response:
    answer = make_response(said.model_dump_json(), status)
    answer.mimetype = JSON
    return answer
