"""Where a body outside fetches its files and acknowledges their rows, by its token. Every refusal is JSON.

Files are signed beforehand: nobody signs while the other side waits. A file comes as often as it is asked for, until
its rows are answered.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from issuance.actors import SYSTEM
from issuance.errors import InvalidInput
from issuance.law.office.feeds import recipients
from issuance.services.feeds import files, pushing, receipts
from issuance.web.api import answers
from issuance.web.frame.auth import fetcher
from issuance.web.frame.current import current_office

blueprint = Blueprint("outgoing", __name__, url_prefix="/api/outgoing/<recipient>")

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
answers.handle(blueprint, 400, {})


@blueprint.get("")
@fetcher
def following(recipient: str) -> Response:
    """The first file after `after` whose rows are not all answered; 204 when there is none."""
    after = _after()
    with current_office().reading() as look:
        file = files.following(look, recipient, after)
        if file is None:
            return Response(status=204)
        body, headers = files.body_of(look, file), pushing.headers(file)
    return Response(body, headers=headers | {"Cache-Control": "no-store"})


@blueprint.post("/acknowledged")
@fetcher
def acknowledged(recipient: str) -> Response:
    """A receipt: taken whole, or refused with a sentence and nothing of it taken."""
    receipt = _receipt()
    with current_office().act(SYSTEM) as act:
        kept = receipts.take(act, recipients()[recipient], receipt)
    return jsonify(taken=kept.taken, refused=kept.refused)


def _receipt() -> bytes:
    if request.mimetype in FORMS:  # it was read as one already
        raise InvalidInput("receipt", "Send the receipt as application/jsonl, not as a form.")
    return request.get_data()


def _after() -> int:
    """The number of the last file that the other side has; 0 for none."""
    typed = request.args.get("after", "0")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise InvalidInput("after", "Give the number of the last file that you have, 0 for none.")
    return int(typed)
