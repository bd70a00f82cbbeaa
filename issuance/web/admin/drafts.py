"""One's own drafts: what the scripts of a form keep while somebody types, and bring back."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from issuance.models.staff import RoleName
from issuance.services import drafts
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import moment

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")

PLACE = re.compile(r"/[a-z0-9/-]{1,150}")
NOT_TYPED = {"csrf_token", "version", "mark", "draft", "place"}
"""What a form carries and nobody typed."""


@blueprint.get("")
@allow(RoleName.CLERK)
def find() -> ResponseReturnValue:
    """What one typed into the form at `place` today and did not send; nothing (204) when there is nothing."""
    with current_office().reading(current_actor()) as look:
        draft = drafts.kept(look, current_user.id, _place())
    if draft is None:
        return Response(status=204)
    return {"kept_at": moment(draft.kept_at), "fields": draft.fields}


@blueprint.post("")
@allow(RoleName.CLERK, body=UPLOAD_BYTES)
def keep() -> Response:
    """Keep what is typed now."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_TYPED]
    with current_office().upkeep() as look:
        drafts.keep(look, current_user.id, _place(), typed)
    return Response(status=204)


@blueprint.post("/drop")
@allow(RoleName.CLERK)
def drop() -> Response:
    """Begin the form anew."""
    with current_office().upkeep() as look:
        drafts.drop(look, current_user.id, _place())
    return Response(status=204)


def _place() -> str:
    """The address of a form; anything else is no page of ours."""
    place = request.values.get("place", "")
    if not PLACE.fullmatch(place):
        abort(400)
    return place


@blueprint.after_app_request
def _sent(answer: Response) -> Response:
    """A form that was sent and done is no draft any more."""
    is_done = request.method == "POST" and answer.status_code == 303
    if is_done and "draft" in request.form and current_user.is_authenticated and PLACE.fullmatch(request.path):
        with current_office().upkeep() as look:
            drafts.drop(look, current_user.id, request.path)
    return answer
