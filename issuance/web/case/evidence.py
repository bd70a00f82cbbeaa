"""Each scan of a case, whose opening is recorded."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from issuance.models.staff import RoleName
from issuance.services.casework import cases
from issuance.services.evidence import papers
from issuance.web.case import access
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_office

blueprint = Blueprint("evidence", __name__)

READERS = (RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)
"""Who looks at scans."""

TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg"}


@blueprint.get("/cases/<uuid:request_id>/evidence/<uuid:evidence_id>")
@allow(*READERS)
def scan(request_id: UUID, evidence_id: UUID) -> Response:
    """One scan, as PDF or JPEG; its opening is recorded."""
    with current_office().act(access.acting_on(request_id)) as act:
        opened = papers.open_scan(act, cases.case(act, request_id), evidence_id)
    return Response(opened.data, mimetype=TYPES[opened.kind])
