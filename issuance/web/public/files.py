"""What anybody may fetch to judge documents without asking us: lists, certificates, revocation lists.

They are rows that the background thread wrote: served as well while the register cannot be written to. A list is also
found by its address alone, in the form that was asked for (IETF Token Status List, section 8.1).
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, jsonify, make_response, request
from werkzeug.wrappers import Response as Answer

from issuance.models.machinery import PublicFile
from issuance.services.public import lists
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from printing.lists.tokens import CWT_TYPE, JWT_TYPE

blueprint = Blueprint("files", __name__, url_prefix="/lists")

KEPT = 60
"""Seconds for which whoever stands between may keep a file: a loss is known a minute later."""

FORMS = {CWT_TYPE: "cwt", JWT_TYPE: "jwt"}


@blueprint.get("/")
@public
def listed() -> Answer:
    """Every file that is published, with its size and digest."""
    with current_office().reading() as look:
        rows = lists.published(look)
        found = [
            {
                "name": row.name,
                "type": row.kind,
                "bytes": row.size,
                "sha256": row.digest,
                "made_at": row.made_at.isoformat(),
            }
            for row in rows
        ]
    response = jsonify(files=found)
    response.add_etag()
    return _kept(response)


@blueprint.get("/<name>")
@public
def fetch(name: str) -> Answer:
    """One of them."""
    with current_office().reading() as look:
        file = lists.fetch(look, name) or lists.fetch(look, f"{name}.{_form()}")
    if file is None:
        abort(404)
    return _sent(file)


def _form() -> str:
    asked = request.accept_mimetypes.best_match(FORMS, default=CWT_TYPE)
    return FORMS[asked or CWT_TYPE]


def _sent(file: PublicFile) -> Answer:
    response = make_response(file.body)
    response.content_type = file.kind
    response.last_modified = file.made_at
    response.set_etag(file.digest)
    response.vary.add("Accept")
    return _kept(response)


def _kept(response: Response) -> Answer:
    g.kept_for = KEPT
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response.make_conditional(request)
