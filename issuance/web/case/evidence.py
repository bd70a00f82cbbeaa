"""The papers of a case in words: what was brought, scanned, seen or missing; each scan, whose opening is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from flask_babel import get_locale, lazy_gettext

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import cases
from issuance.services.evidence import papers
from issuance.services.evidence.papers import Paper
from issuance.services.rule_versions import rules_of
from issuance.web.case import access
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_office

blueprint = Blueprint("evidence", __name__)

READERS = (RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)
"""Who looks at scans."""

TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg"}
OTHER_PAPERS: dict[str, Any] = {
    "travel_document": lazy_gettext("The travel document shown"),
    "mandate": lazy_gettext("The mandate of the representative"),
    "other": lazy_gettext("Another paper"),
}
STANDINGS: dict[str, tuple[Any, str]] = {
    "scanned": (lazy_gettext("scanned"), "done"),
    "seen": (lazy_gettext("seen, not scanned"), "done"),
    "missing": (lazy_gettext("missing"), "soon"),
    "none": (lazy_gettext("not there"), "info"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of paper as a page shows it; `tone` is its chip's."""

    paper: Paper
    label: str
    standing: str
    tone: str


def lines(look: Look, case: IssuanceRequest) -> list[Line]:
    """The papers of a case in the language of the page."""
    labels = paper_words(case)
    return [
        Line(paper, labels[paper.code], str(STANDINGS[paper.standing][0]), STANDINGS[paper.standing][1])
        for paper in papers.papers_of(look, case)
    ]


def paper_words(case: IssuanceRequest) -> dict[str, str]:
    """Every kind of paper that may be attached, by code; those that the type's rules ask for first."""
    language = str(get_locale())
    asked = {paper.code: paper.text.text(language) for paper in rules_of(case).evidence if case.kind in paper.kinds}
    return asked | {code: str(label) for code, label in OTHER_PAPERS.items()}


@blueprint.get("/cases/<uuid:request_id>/evidence/<uuid:evidence_id>")
@allow(*READERS)
def scan(request_id: UUID, evidence_id: UUID) -> Response:
    """One scan, as PDF or JPEG; its opening is recorded."""
    with current_office().act(access.acting_on(request_id)) as act:
        opened = papers.open_scan(act, cases.case(act, request_id), evidence_id)
    return Response(opened.data, mimetype=TYPES[opened.kind])
