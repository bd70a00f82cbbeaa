"""What systems outside are answered when nothing of theirs was taken: a `Problem` in English, and never a page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from issuance.errors import Busy, InvalidInput, LimanError, StaleState
from issuance.services.exchange.schema import Problem
from issuance.services.trust.limits import TooManyTries
from issuance.services.trust.trusted_time import ClockStopped
from issuance.web.frame.forms import http_status

JSON = "application/json"
NOT_TAKEN = "This was not taken. Compare the call with what the register takes: /api/openapi.json, docs/feeds.md."
NO_TOKEN = (
    "no_token",
    "This token is missing, wrong, revoked or not for this address. Ask the administrator of the register for one.",
)


def json(said: BaseModel, status: int) -> Response:
    """What is answered."""
    answer = make_response(said.model_dump_json(), status)
    answer.mimetype = JSON
    return answer


def handle(blueprint: Blueprint, unreadable: int, words: Mapping[int, tuple[str, str]]) -> None:
    """Answer the refusals of these addresses: `unreadable` for what cannot be read, `words` by status."""

    def refused(error: LimanError) -> Response:
        """Overtaken by another act, or while the clock is stopped, it is to be sent again."""
        if isinstance(error, StaleState):
            error = Busy()
        status = unreadable if isinstance(error, InvalidInput) else http_status(error)
        if isinstance(error, ClockStopped):
            status = http_status(Busy())
        answer = json(Problem(error=error.code, message=error.sentence(), field=error.field or ""), status)
        if isinstance(error, TooManyTries):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer

    def unanswered(error: HTTPException) -> Response:
        """The same for what never came as far as an act."""
        status = error.code or 500
        code, message = ({401: NO_TOKEN} | dict(words)).get(status, ("http", NOT_TAKEN))
        answer = json(Problem(error=code, message=message), status)
        for name, value in error.get_headers():
            if name in ("Allow", "WWW-Authenticate"):
                answer.headers[name] = value
        return answer

    blueprint.register_error_handler(LimanError, refused)
    blueprint.register_error_handler(HTTPException, unanswered)
