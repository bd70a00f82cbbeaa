"""What can be missing from a request, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale, lazy_gettext

from issuance.models.requests import IssuanceRequest
from issuance.services.rule_versions import rules_of

OWN_CHECKS: dict[str, Any] = {
    "portrait": lazy_gettext("Portrait, accepted"),
    "signature": lazy_gettext("Signature, or why there is none"),
    "latin_spelling": lazy_gettext("Latin spelling, confirmed"),
    "replacement_reason": lazy_gettext("Reason of the replacement"),
}
"""What the register itself checks, beside the papers of the document type."""


def missing_words(case: IssuanceRequest) -> dict[str, str]:
    """What can be missing from this request, by code, in the language of the page."""
    rules = rules_of(case)
    language = str(get_locale())
    papers = {paper.code: paper.text.text(language) for paper in rules.evidence if case.kind in paper.kinds}
    own = {code: str(label) for code, label in OWN_CHECKS.items() if code != "signature" or rules.signature}
    return own | papers
