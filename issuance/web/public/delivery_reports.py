"""Where the gateway of SMS tells what became of messages. Its address is the only key (docs/notices.md).

One line is logged, with how much was told and how much of it is of ours; no number, no id, nothing of the body.
"""

from __future__ import annotations

import hmac

import structlog
from flask import Blueprint, Response, abort, request

from issuance.models.notices import DeliveryReport
from issuance.sending import gateway, templates
from issuance.services.notices import delivery_reports
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office

FINDERS = {"ours": delivery_reports.by_ours, "theirs": delivery_reports.by_theirs}

log = structlog.get_logger()
blueprint = Blueprint("delivery_reports", __name__)


@blueprint.route(f"{gateway.REPORTS}<token>", methods=["GET", "POST"])
@blueprint.route(f"{gateway.EARLIER}<token>", methods=["GET", "POST"])
@public
def take(token: str) -> Response:
    """Take delivery reports; 404 for a stranger, and for a gateway that names no message that it was given."""
    office = current_office()
    how = templates.report_of(office.settings.sms_gateway)
    if how is None or not _is_known(token, gateway.reports_token(office.settings)):
        abort(404)
    told = how.read(request.values, request.get_data())
    with office.upkeep() as look:
        found = [(FINDERS[how.names](look, key), DeliveryReport(says)) for key, says in told]
        ours = [(given, says) for given, says in found if given]
        delivery_reports.tell(look, ours)
    log.info("delivery_reports", told=len(told), ours=len(ours))
    return Response(how.answer, 200 if ours else 404, mimetype="text/plain")


def _is_known(token: str, known: str) -> bool:
    return hmac.compare_digest(token.encode("utf-8", "replace"), known.encode())
