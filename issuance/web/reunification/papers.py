"""The papers of a request for the family: its receipt and its decision, in Romanian and the person's language."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.law.persons.reunification import reunification
from issuance.models.reunification import Reunification
from issuance.models.staff import RoleName, Staff
from issuance.services.reunification import files
from issuance.web.case import access
from issuance.web.case import papers as papers_of
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import allow
from printing import papers
from printing.errors import PrintingError
from printing.papers import FamilyAsked, FamilyDecided, Paper, Words

blueprint = Blueprint("papers", __name__)

ONE = "/cases/<uuid:request_id>/reunification/<uuid:reunification_id>"
DESK = (RoleName.CLERK, RoleName.DECISION_OFFICER)


@blueprint.get(f"{ONE}/receipt.pdf")
@allow(*DESK)
def receipt(request_id: UUID, reunification_id: UUID) -> Response:
    """The receipt. It names the family, so its opening is recorded."""
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        row = files.found(look, case, reunification_id)
        data, language = asked_of(look, row), papers_of.written(papers_of.language_of(look, case))
    return _pdf(data, language)


@blueprint.get(f"{ONE}/decision.pdf")
@allow(*DESK)
def decision(request_id: UUID, reunification_id: UUID) -> Response:
    """The decision. It names the family, so its opening is recorded."""
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        row = files.found(look, case, reunification_id)
        data, language = decided_of(row), papers_of.written(papers_of.language_of(look, case))
    return _pdf(data, language)


def asked_of(look: Look, row: Reunification) -> FamilyAsked:
    """What the receipt says."""
    return FamilyAsked(
        reference=row.reference,
        holder=row.person.full_name,
        lodged_on=row.asked_on,
        legal_basis=_basis(row),
        members=tuple(_name(member.full_name) for member in row.members),
        clerk=look.session.get_one(Staff, row.taken_by).full_name,
        centre_name=row.centre.name,
        centre_address=row.centre.address,
    )


def decided_of(row: Reunification) -> FamilyDecided:
    """What the decision says; Conflict while there is none."""
    if row.decided_on is None:
        raise Conflict("This request is not decided. Open it to see where it is.")
    refused = [f"{each.full_name}: {each.reason}" for each in row.members if each.outcome == "refused"]
    return FamilyDecided(
        reference=row.reference,
        holder=row.person.full_name,
        lodged_on=row.asked_on,
        decided_on=row.decided_on,
        legal_basis=_basis(row),
        approved=tuple(_name(each.full_name) for each in row.members if each.outcome == "approved"),
        refused="\n".join(refused),
        centre_name=row.centre.name,
        centre_address=row.centre.address,
    )


def _basis(row: Reunification) -> Words:
    law = reunification()
    basis = law.ex_officio.legal_basis if row.ex_officio else law.legal_basis
    return Words(basis.ro, basis.en)


def _name(name: str) -> Words:
    return Words(name, name, name)


def _pdf(paper: Paper, language: str) -> Response:
    """The paper in Romanian and this language."""
    try:
        composed = papers.compose(paper, language)
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(composed.pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.file}.pdf"'
    return answer
