"""The papers of a case as PDF: receipt, approval and refusal notice, hand-over protocol, beside Romanian in a language
that the person reads."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from issuance import document_types
from issuance.document_types.values import Localised
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import current_office
from issuance.services import enquiries
from issuance.web import cases
from issuance.web.auth import allow
from issuance.web.desk import blueprint
from printing import papers
from printing.papers import Paper, Receipt, Words

__all__ = ["blueprint"]


def languages(case: IssuanceRequest) -> str:
    """The language to stand beside Romanian: the one asked for, else the person's, else English."""
    written = papers.languages(Receipt)
    asked = request.args.get("language", case.person.language)
    return asked if asked in written and asked != "ro" else "en"


@blueprint.get("/cases/<uuid:request_id>/receipt.pdf")
@allow(RoleName.CLERK)
def receipt(request_id: UUID) -> Response:
    """The receipt to print for the person: reference, codes, due date with its article; no name."""
    with current_office().database.reading() as session:
        found = enquiries.case(session, request_id, actor=cases.acting_on(request_id))
        data, language = receipt_of(found), languages(found)
    return _pdf(data, language)


def _pdf(paper: Paper, language: str) -> Response:
    answer = Response(papers.compose(paper, language).pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.file}.pdf"'
    return answer


def receipt_of(case: IssuanceRequest) -> Receipt:
    """What the receipt of a request says."""
    kind = document_types.get(case.document_type)
    rules = kind.rules_on(case.lodged_on)
    evidence = {item.code: _words(item.text) for item in rules.evidence}
    return Receipt(
        reference=case.reference,
        status_url=_status_url(case),
        document=_words(kind.title),
        lodged_on=case.lodged_on,
        due_on=case.due_on,
        due_article=_words(rules.deadline.legal_basis),
        centre_name=case.centre.name,
        centre_address=case.centre.address,
        initials=_initials(case),
        missing=tuple(evidence[code] for code in case.missing if code in evidence),
    )


def _words(text: Localised) -> Words:
    return Words(text.ro, text.en)


def _status_url(case: IssuanceRequest) -> str:
    """The status page takes the reference after `#`, which is never sent to it."""
    return f"{current_office().settings.public_url.rstrip('/')}/status#{case.reference}"


def _initials(case: IssuanceRequest) -> str:
    return f"{case.person.family_name[:1]}{case.person.given_names[:1]}"
