"""The page of one person: what the register says and said, every request and document; correcting it by two persons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import StaleState
from issuance.models.documents import Document
from issuance.models.people import Correction, Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services.casework import corrections, persons
from issuance.services.casework.corrections import Proposal
from issuance.services.life.validity import Standing, standing
from issuance.services.persons import notices, versions
from issuance.values import names
from issuance.web.case import access
from issuance.web.case.access import CASE_READERS, acting_on
from issuance.web.case.card import CaseRow, LifeStep, life, row
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import DATE_PARTS, Form, options
from issuance.web.words import persons as words
from issuance.web.words.codes import SEXES, STATUSES
from issuance.web.words.languages import languages
from issuance.web.words.nationalities import OTHER_NATIONALITIES, PERSON_CODES, nationalities, other_nationalities

blueprint = Blueprint("person", __name__, url_prefix="/persons/<uuid:person_id>")

LINES = {"family_name": names.MAX_NAME, "given_names": names.MAX_NAME, "native_name": names.MAX_NAME}
EMPTY = ("given_names", "native_name", "birth_place", "address", "eurodac_reference", "cnp")


@blueprint.get("")
@allow(*CASE_READERS)
def show(person_id: UUID) -> ResponseReturnValue:
    """One person: data and their history, requests, documents, notices. The opening is recorded."""
    with current_office().act(acting_on(person_id)) as act:
        persons.open_person(act, person_id)
    return _page(person_id)


@blueprint.route("/reason", methods=["GET", "POST"])
@allow(*CASE_READERS)
def reason(person_id: UUID) -> ResponseReturnValue:
    """Say why one looks at a person of other centres; the reason goes into the audit."""
    return access.asked_why(person_id, url_for("case.person.show", person_id=person_id))


@blueprint.post("/correction")
@allow(RoleName.CLERK)
def correct(person_id: UUID) -> ResponseReturnValue:
    """Propose what the register should say; an address or place of birth is corrected at once."""
    form = Form.sent()
    with form.catch():
        proposal = _proposal(form)
        with _acting(form, person_id) as (act, person):
            row = corrections.propose(act, person, proposal)
        if row is None:
            return _done(person_id, gettext("Corrected. What is not made yet follows."))
        return _done(person_id, gettext("Proposed. Another person looks at the evidence and agrees."))
    return _page(person_id, correct=form)


@blueprint.post("/corrections/<uuid:correction_id>/agree")
@allow(*corrections.AGREEING)
def agree(person_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """A second person agrees: the register says so from now on."""
    form = Form.sent()
    with form.catch():
        with _acting(form, person_id) as (act, person):
            corrections.agree(act, persons.correction_of(act, person, correction_id))
        return _done(person_id, gettext("Corrected. What is not made yet follows."))
    return _page(person_id, settle=form)


@blueprint.post("/corrections/<uuid:correction_id>/decline")
@allow(*corrections.AGREEING)
def decline(person_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """The evidence does not say so, or it is taken back."""
    form = Form.sent()
    with form.catch():
        with _acting(form, person_id) as (act, person):
            corrections.decline(act, persons.correction_of(act, person, correction_id))
        return _done(person_id, gettext("Declined. The register says what it said."))
    return _page(person_id, settle=form)


def _proposal(form: Form) -> Proposal:
    """What was typed, whole: what is as the register has it is no correction."""
    said = {name: form.text(name, required=name not in EMPTY, limit=LINES.get(name, names.MAX_TEXT)) for name in _LINES}
    said["birth_date"] = form.partial_date("birth_date")
    said["sex"] = form.choice("sex", SEXES)
    said["nationality"] = form.choice("nationality", PERSON_CODES)
    said["other_nationalities"] = other_nationalities(form)
    said["status"] = form.choice("status", STATUSES)
    return Proposal(said, form.choice("reason", words.CORRECTIONS), form.text("evidence"))


_LINES = ("family_name", *EMPTY)


@contextmanager
def _acting(form: Form, person_id: UUID) -> Iterator[tuple[Act, Person]]:
    """Act on the person where one works, unless they were changed since the form was drawn."""
    form.check()
    with current_office().act(acting_on(person_id)) as act:
        person = persons.own_person(act, person_id)
        if person.version != form.version:
            raise StaleState("Someone else changed this meanwhile. Look at it again below, and send it again.")
        yield act, person


def _done(person_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("case.person.show", person_id=person_id), 303)


# The page


@dataclass(frozen=True, slots=True)
class Lodged:
    """One request of the person, with its documents and how far it got."""

    row: CaseRow
    life: tuple[LifeStep, ...]
    documents: list[tuple[Document, Standing]]
    otherwise: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """One version: what changed with it, why, by whom."""

    version: PersonVersion
    why: str
    who: str
    agreed: str
    changes: list[tuple[str, str, str]]


def _page(person_id: UUID, **sent: Form) -> ResponseReturnValue:
    with current_office().reading(acting_on(person_id)) as look:
        person = persons.person(look, person_id)
        forms = {"correct": _form(person), "settle": Form({"version": person.version})}
        for name, form in sent.items():
            if form.stale:
                form.compare(
                    {each: forms[name].value(each) for each in form.values if each in words.FIELDS}, person.version
                )
            form.values.setdefault("version", person.version)
        page = render_template(
            "case/person.html",
            person=person,
            facts=[(label, words.said(name, getattr(person, name) or "")) for name, label in words.FIELDS.items()],
            requests=[_lodged(look, each) for each in persons.of_person(look, person)],
            history=_history(look, person),
            notice=notices.given(look, person),
            forms=forms | sent,
            **_correcting(look, person),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _form(person: Person) -> Form:
    """The form of a correction, filled with what the register says."""
    values: dict[str, object] = {name: getattr(person, name) or "" for name in words.FIELDS}
    born = Form(values)
    unknown = {f"birth_date-{part}-unknown": "1" for part in DATE_PARTS if born.part_unknown("birth_date", part)}
    parts = {f"birth_date-{part}": born.part("birth_date", part) for part in DATE_PARTS}
    others = dict(zip(OTHER_NATIONALITIES, person.other_nationalities.split(), strict=False))
    return Form(values | unknown | parts | others | {"version": person.version})


def _lodged(look: Look, case: IssuanceRequest) -> Lodged:
    query = select(Document).where(Document.request_id == case.id).order_by(Document.attempt.desc())
    documents = [(each, standing(each, look.clock.today())) for each in look.session.scalars(query)]
    otherwise = versions.differences(case.holder, case.person) if documents else {}
    return Lodged(row(case), life(look, case), documents, words.changes(otherwise))


def _history(look: Look, person: Person) -> list[Told]:
    """Every version, the newest first, each with what it changed."""
    found = versions.of_person(look, person)
    staff = _names(look, found)
    told = []
    for version, before in zip(found, [*found[1:], None], strict=True):
        changed = words.changes(versions.differences(before, version)) if before else []
        who, agreed = (staff.get(key, "") if key else "" for key in (version.made_by, version.agreed_by))
        told.append(Told(version, str(words.WHYS.get(version.why, version.why)), who, agreed, changed))
    return told


def _names(look: Look, found: Sequence[PersonVersion]) -> dict[UUID, str]:
    ids = {key for version in found for key in (version.made_by, version.agreed_by) if key}
    query = select(Staff.id, Staff.full_name).where(Staff.id.in_(ids))
    return {key: name for key, name in look.session.execute(query)}


def _correcting(look: Look, person: Person) -> dict[str, object]:
    """What may be corrected, and what waits for its second person."""
    row = corrections.waiting(look, person)
    ours = any(each.centre_id == look.actor.centre_id for each in persons.of_person(look, person))
    return {
        "waiting": row,
        "proposed": _proposed(person, row) if row else [],
        "proposed_by": look.session.get_one(Staff, row.proposed_by).full_name if row else "",
        "is_own": row is not None and row.proposed_by == look.actor.id,
        "can_correct": ours and RoleName.CLERK in look.actor.roles and row is None,
        "can_settle": ours and bool(look.actor.roles & set(corrections.AGREEING)),
        "is_clerk": ours and RoleName.CLERK in look.actor.roles,
        "reasons": options(words.CORRECTIONS.items()),
        "reason_words": words.CORRECTIONS,
        "sexes": options(SEXES.items()),
        "statuses": options(STATUSES.items()),
        "nationalities": [(code, f"{name} · {code}") for code, name in nationalities(str(get_locale()))],
        "tongue": dict(languages()).get(person.language, person.language),
    }


def _proposed(person: Person, row: Correction) -> list[tuple[str, str, str]]:
    """What a proposal changes, in words."""
    ordered = [name for name in words.FIELDS if name in row.said]
    return words.changes({name: (getattr(person, name) or "", row.said[name] or "") for name in ordered})
