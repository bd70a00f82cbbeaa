"""The papers of a case as PDF: receipt, approval and refusal notice, hand-over protocol.

Romanian stands on each, and beside it a language that the person reads. The data are gathered in a transaction, the
page is set after it.
"""

from __future__ import annotations

from typing import cast
from uuid import UUID

from babel import Locale
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.document_types.values import Localised
from issuance.errors import Conflict
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services.casework import cases, handover
from issuance.services.persons import guardians
from issuance.services.production import documents
from issuance.services.public import receipts
from issuance.services.rule_versions import rules_of
from issuance.states import APPROVED, RequestState
from issuance.web.case import access
from issuance.web.case import papers as papers_of
from issuance.web.case.families import cases_together
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import REGISTRARS, allow
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import partial_day
from printing import papers
from printing.errors import PrintingError
from printing.papers import Approval, GuardianReferral, HandOver, Identity, Paper, Receipt, Refusal, Signature, Words

blueprint = Blueprint("papers", __name__)

ON_PAPER = ("ro", "en")

# The papers.


@blueprint.get("/cases/<uuid:request_id>/receipt.pdf")
@allow(*REGISTRARS)
def receipt(request_id: UUID) -> Response:
    """The receipt to print for the person: reference, codes, due date with its article; no name."""
    _give_codes(request_id)
    with access.looking(request_id) as (look, case):
        language = _language(look, case)
        data = receipt_of(look, case, language)
    return _pdf(data, language)


@blueprint.post("/cases/<uuid:request_id>/receipt")
@allow(RoleName.CLERK)
def renew_receipt(request_id: UUID) -> ResponseReturnValue:
    """A receipt was lost: the ones that were printed so far open nothing any more."""
    with access.acting(Form.sent(), request_id, None) as (act, case):
        receipts.renew(act, case)
    return access.done(request_id, gettext("The receipts before open nothing any more. Print the new one now."))


@blueprint.get("/cases/<uuid:request_id>/family/receipts.pdf")
@allow(RoleName.CLERK)
def family_receipts(request_id: UUID) -> Response:
    """The receipts of the whole family in one file, those of this centre; no name."""
    _give_codes(request_id, family=True)
    with access.looking(request_id) as (look, case):
        here = _family_here(look, case)
        spoken = [papers_of.written(papers_of.language_of(look, each)) for each in here]
        receipts = [(receipt_of(look, each, language), language) for each, language in zip(here, spoken, strict=True)]
    composed = [papers.compose(*each) for each in receipts]
    pages = tuple(drawing for each in composed for drawing in each.drawings)
    return _inline(papers.Composed(composed[0].title, pages).pdf(), "receipts")


@blueprint.get("/cases/<uuid:request_id>/approval.pdf")
@allow(RoleName.CLERK, RoleName.DECISION_OFFICER)
def approval(request_id: UUID) -> Response:
    """The approval notice, without a name; Conflict while the request is not approved."""
    with access.looking(request_id) as (look, case):
        language = _language(look, case)
        data = approval_of(look, case, language)
    return _pdf(data, language)


@blueprint.get("/cases/<uuid:request_id>/refusal.pdf")
@allow(RoleName.CLERK, RoleName.DECISION_OFFICER)
def refusal(request_id: UUID) -> Response:
    """The refusal notice. It names the person, so its opening is recorded."""
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        language = _language(look, case)
        data = refusal_of(case, language)
    return _pdf(data, language)


@blueprint.get("/cases/<uuid:request_id>/hand-over.pdf")
@allow(RoleName.CLERK, RoleName.MISSION)
def hand_over_protocol(request_id: UUID) -> Response:
    """The protocol of the hand-over. It names the person, so its opening is recorded."""
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        language = _language(look, case)
        data = hand_over_of(look, case, language)
    return _pdf(data, language)


@blueprint.get("/cases/<uuid:request_id>/guardian-referral.pdf")
@allow(RoleName.CLERK)
def guardian_referral(request_id: UUID) -> Response:
    """The referral of an unaccompanied minor to child protection. It names the child, so its opening is recorded."""
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        data = guardian_referral_of(look, case)
    return _pdf(data, "en")


def _give_codes(request_id: UUID, *, family: bool = False) -> None:
    """A receipt has its code from the first time that its own centre draws it."""
    with access.looking(request_id) as (look, case):
        wanting = receipts.lacking(look, _family_here(look, case) if family else [case])
        keys = [each.id for each in wanting if each.centre_id == look.actor.centre_id]
    if keys:
        with current_office().act(access.acting_on(request_id)) as act:
            for key in keys:
                receipts.ensure(act, cases.own_case(act, key))


def _family_here(look: Look, case: IssuanceRequest) -> list[IssuanceRequest]:
    return [each for each in cases_together(look, case.person) if each.centre_id == case.centre_id]


def _language(look: Look, case: IssuanceRequest) -> str:
    """The language asked for in the address, else that of the person; one that the papers are written in."""
    return papers_of.written(request.args.get("language", papers_of.language_of(look, case)))


def _pdf(paper: Paper, language: str) -> Response:
    """The paper in Romanian and this language."""
    try:
        composed = papers.compose(paper, language)
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    return _inline(composed.pdf(), paper.file)


def _inline(data: bytes, name: str) -> Response:
    """A PDF that the browser shows."""
    answer = Response(data, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


# What each says.


def receipt_of(look: Look, case: IssuanceRequest, language: str) -> Receipt:
    """What the receipt of a request says."""
    rules, code = rules_of(case), receipts.code_of(look, case)
    return Receipt(
        reference=case.reference,
        status_url=_status_url(case.reference),
        document=papers_of.title_of(case, language),
        lodged_on=case.lodged_on,
        due_on=case.due_on,
        due_article=_words(rules.deadline.legal_basis),
        centre_name=case.centre.name,
        centre_address=case.centre.address,
        initials=_initials(case),
        missing=papers_of.missing_of(case, language),
        scan_url=_status_url(code) if code else "",
        kiosk=current_office().settings.has_kiosk(case.centre.code),
    )


def approval_of(look: Look, case: IssuanceRequest, language: str) -> Approval:
    """What the approval notice says; the day of approval is the document's date of issue."""
    if case.state not in APPROVED:
        raise Conflict("This request is not approved. Open the case to see where it is.")
    rules = rules_of(case)
    return Approval(
        reference=case.reference,
        status_url=_status_url(case.reference),
        document=papers_of.title_of(case, language),
        lodged_on=case.lodged_on,
        decided_on=documents.current(look, case).issue_date,
        validity=_words(rules.validity.text),
        legal_basis=_words(rules.legal_basis),
        due_on=case.due_on,
        centre_name=case.centre.name,
        centre_address=case.centre.address,
        initials=_initials(case),
        surrendered_number=", ".join(handover.to_give_back(look, case)),
    )


def refusal_of(case: IssuanceRequest, language: str) -> Refusal:
    """What the refusal notice says; a refused request ended on the day of the decision."""
    if case.state != RequestState.REFUSED or case.ended_on is None:
        raise Conflict("This request is not refused. Open the case to see where it is.")
    return Refusal(
        reference=case.reference,
        holder=case.holder.full_name,
        document=papers_of.title_of(case, language),
        lodged_on=case.lodged_on,
        decided_on=case.ended_on,
        reason=case.decision_reason,
        legal_basis=_words(rules_of(case).legal_basis),
        centre_name=case.centre.name,
        centre_address=case.centre.address,
    )


def hand_over_of(look: Look, case: IssuanceRequest, language: str) -> HandOver:
    """What the protocol of a hand-over says."""
    found = handover.recorded(look, case)
    if found is None:
        raise Conflict("No document of this request was handed over yet. Open the case to see where it is.")
    document, record = found
    return HandOver(
        reference=case.reference,
        holder=case.holder.full_name,
        document=papers_of.title_of(case, language),
        number=document.number,
        handed_over_on=record.at.astimezone(OFFICE_ZONE).date(),
        identity=cast(Identity, record.identity_confirmed_by),
        clerk=look.session.get_one(Staff, record.clerk_id).full_name,
        centre_name=case.centre.name,
        centre_address=case.centre.address,
        valid_until=document.expiry_date,
        representative=record.representative,
        surrendered_number=record.surrendered_number,
        signature=cast(Signature, record.signature_source),
        refusal=record.refusal_reason,
    )


def guardian_referral_of(look: Look, case: IssuanceRequest) -> GuardianReferral:
    """What child protection is told of a child without a guardian; NotFound when the person is none."""
    child = guardians.alone(look, case.person)
    return GuardianReferral(
        reference=case.reference,
        holder=case.person.full_name,
        born_on=partial_day(case.person.birth_date),
        spoken=Words(*(Locale(each).languages.get(case.person.language, case.person.language) for each in ON_PAPER)),
        registered_at=child.registered_at.astimezone(OFFICE_ZONE),
        guardian_due_at=child.due_at.astimezone(OFFICE_ZONE),
        clerk=look.session.get_one(Staff, look.actor.id).full_name,
        centre_name=case.centre.name,
        centre_address=case.centre.address,
    )


def _words(text: Localised) -> Words:
    return Words(text.ro, text.en)


def _status_url(shown: str) -> str:
    """The status page takes the reference, or the receipt's code, after `#`: an address is sent without it."""
    return f"{current_office().settings.public_url.rstrip('/')}/status#{shown}"


def _initials(case: IssuanceRequest) -> str:
    return f"{case.holder.family_name[:1]}{case.holder.given_names[:1]}"
