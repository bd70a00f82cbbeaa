"""The proof that nothing was changed since it was recorded."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import lazy_gettext

from issuance.services.trust import audit_chain
from issuance.settings import heads_file, key_file
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_office
from issuance.web.frame.rail import Queue

blueprint = Blueprint("chain", __name__, url_prefix="/oversight")

QUEUES = (Queue(lazy_gettext("Proof of the events"), "oversight.chain.show", READERS),)


@blueprint.get("/chain")
@allow(*READERS)
def show() -> Response:
    """Whether the events are what was recorded; computed when asked for (`?now=1`), since it reads all of them."""
    verdict = _verdict() if request.args.get("now") else None
    return make_response(
        render_template("oversight/chain.html", verdict=verdict, checked_at=current_office().clock.now())
    )


def _verdict() -> audit_chain.Verdict:
    office = current_office()
    public_key = Ed25519PrivateKey.from_private_bytes(key_file(office.settings, "audit")).public_key()
    with office.reading() as look:
        return audit_chain.verify(look, heads_file(office.settings), public_key)
