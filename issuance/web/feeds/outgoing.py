"""Where a body outside fetches its files and acknowledges their rows, by its token. Every refusal is JSON.

Files are signed beforehand: nobody signs while the other side waits. A file comes as often as it is asked for, until
its rows are answered.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from issuance.actors import SYSTEM
from issuance.errors import InvalidInput, LimanError, NotAllowed
from issuance.law.office.feeds import recipients
from issuance.services.feeds import allowances, files, pushing, receipts
from issuance.web.frame.auth import machine
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import http_status

blueprint = Blueprint("outgoing", __name__, url_prefix="/api/outgoing/<recipient>")

BEARER = "Bearer "
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@blueprint.get("")
@machine
def following(recipient: str) -> Response:
    """The first file after `after` whose rows are not all answered; 204 when there is none."""
    try:
        after = _after()
        with current_office().reading() as look:
            _check(recipient, allowances.recipient_of(look, _token()))
            file = files.following(look, recipient, after)
            if file is None:
                return Response(status=204)
            body, headers = files.body_of(look, file), pushing.headers(file)
    except LimanError as error:
        return _refused(error)
    return Response(body, headers=headers | {"Cache-Control": "no-store"})


@blueprint.post("/acknowledged")
@machine
def acknowledged(recipient: str) -> Response:
    """A receipt: taken whole, or refused with a sentence and nothing of it taken."""
    office = current_office()
    try:
        with office.reading() as look:
            _check(recipient, allowances.recipient_of(look, _token()))
        receipt = _receipt()
        with office.act(SYSTEM) as act:
            kept = receipts.take(act, recipients()[recipient], receipt)
    except LimanError as error:
        return _refused(error)
    return jsonify(taken=kept.taken, refused=kept.refused)


def _receipt() -> bytes:
    if request.mimetype in FORMS:  # it was read as one already
        raise InvalidInput("receipt", "Send the receipt as application/jsonl, not as a form.")
    return request.get_data()


def _token() -> str:
    given = request.headers.get("Authorization", "")
    return given.removeprefix(BEARER) if given.startswith(BEARER) else ""


def _check(code: str, whose: str) -> None:
    if not whose or whose != code:
        raise NotAllowed("This token is not of this recipient. Ask the office for one, and send it as Bearer.")


def _after() -> int:
    """The number of the last file that the other side has; 0 for none."""
    typed = request.args.get("after", "0")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise InvalidInput("after", "Give the number of the last file that you have, 0 for none.")
    return int(typed)


def _refused(error: LimanError) -> Response:
    """A refusal as a program reads it."""
    status = 401 if isinstance(error, NotAllowed) else http_status(error)
    response = jsonify(error=error.code, field=getattr(error, "field", "") or "", message=str(error))
    response.status_code = status
    return response
