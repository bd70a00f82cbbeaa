"""The papers of a case in words: what was brought, scanned, seen or is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale, lazy_gettext

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.services.capture import fingerprints
from issuance.services.evidence import papers
from issuance.services.evidence.papers import Paper
from issuance.services.rule_versions import rules_of

OWN_CHECKS: dict[str, Any] = {
    "portrait": lazy_gettext("Portrait, accepted"),
    "signature": lazy_gettext("Signature, or why there is none"),
    "fingerprints": lazy_gettext("Fingerprints, one of each hand"),
    "latin_spelling": lazy_gettext("Latin spelling, confirmed"),
    "replacement_reason": lazy_gettext("Reason of the replacement"),
}
"""What the register itself checks, beside the papers of the document type."""


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
    return _asked(case) | {code: str(label) for code, label in OTHER_PAPERS.items()}


def missing_words(case: IssuanceRequest) -> dict[str, str]:
    """What can be missing from this request, by code, in the language of the page."""
    asked = {"signature": rules_of(case).signature is not None, "fingerprints": fingerprints.are_asked(case)}
    return {code: str(label) for code, label in OWN_CHECKS.items() if asked.get(code, True)} | _asked(case)


def _asked(case: IssuanceRequest) -> dict[str, str]:
    """The papers that the type's rules ask for."""
    language = str(get_locale())
    return {paper.code: paper.text.text(language) for paper in rules_of(case).evidence if case.kind in paper.kinds}
