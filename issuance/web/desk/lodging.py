"""Lodging by hand: the form, the persons alike that are shown first, and the drawn card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import select

from issuance import document_types
from issuance.acts import Look
from issuance.errors import LimanError
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import cases
from issuance.services.casework.lodging import Lodging, lodge, record_compared
from issuance.services.persons import family, people
from issuance.services.persons.family import Said
from issuance.services.production import documents
from issuance.values.codes import KINDS
from issuance.web.case import access
from issuance.web.case.families import TIES
from issuance.web.case.specimen import check_printable, labels, sentence_about, specimen
from issuance.web.desk.lodging_form import read_lodging
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_centre, current_office
from issuance.web.frame.forms import DATE_PARTS, Form, options
from issuance.web.frame.i18n import capital, sentence
from issuance.web.words.codes import PROCEDURES, REASONS, SEXES, STATUSES
from issuance.web.words.languages import languages
from issuance.web.words.nationalities import nationalities, nationality_name
from issuance.web.words.states import word
from printing.errors import PrintingError

blueprint = Blueprint("lodging", __name__)

NEW_PERSON = "new"
PERSON_FIELDS = ("family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality")
CONTACT_FIELDS = ("status", "language", "address", "eurodac_reference", "cnp")
REQUEST_FIELDS = (
    "document_type",
    "decision_number",
    "decision_date",
    "travel_document_shown",
    "representative",
    "procedure",
)
COMMON_OF_PERSON = ("family_name", "nationality", "status", "language", "address")
COMMON_OF_REQUEST = ("document_type", "decision_number", "decision_date", "procedure")
"""What the members of a family that is lodged together mostly have in common."""


@blueprint.route("/desk/lodge", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def new() -> ResponseReturnValue:
    """Lodge a request for a person, once the clerk has said whether a person alike is the same."""
    office, form, alike = current_office(), Form.sent(), list[Person]()
    if request.method == "GET":
        return _page(Form({"kind": "first", "procedure": "regular", "language": "ro", "fee": "0"}))
    with form.catch():
        lodging = _read(form)
        with office.reading(current_actor()) as look:
            alike = people.similar(look, lodging.identity)
        lodging = _compared(form, lodging, alike)
        with office.act(current_actor()) as act:
            lodged = lodge(act, lodging)
        return _lodged(lodged)
    if alike:
        with office.act(current_actor()) as act:
            record_compared(act, alike)
    return _page(form, alike)


@blueprint.route("/cases/<uuid:request_id>/next", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def following(request_id: UUID) -> ResponseReturnValue:
    """Lodge the next request of the same person: renewal, extension, replacement, or another document."""
    form = Form.sent()
    with access.looking(request_id) as (look, earlier):
        values = _following(look, earlier)
    if request.method == "GET":
        form = Form(values)
    for name in values:
        if name.startswith(PERSON_FIELDS):
            form.values[name] = values[name]
    if request.method == "POST":
        with form.catch():
            lodging = replace(_read(form), person_id=earlier.person_id)
            with current_office().act(access.acting_on(request_id)) as act:
                lodged = lodge(act, lodging)
            return _lodged(lodged)
    access.open_case(request_id)
    return _page(form, earlier=earlier)


@blueprint.route("/cases/<uuid:request_id>/member", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def member(request_id: UUID) -> ResponseReturnValue:
    """Lodge a request of another member of the family: what they have in common is there already."""
    form, alike = Form.sent(), list[Person]()
    with access.looking(request_id) as (look, first):
        common = {name: getattr(first.person, name) for name in COMMON_OF_PERSON}
        common |= {name: getattr(first, name) for name in COMMON_OF_REQUEST} | {"kind": "first", "fee": "0"}
    if request.method == "GET":
        access.open_case(request_id)
        return _page(Form(common), first=first)
    with form.catch():
        said = Said(form.choice("tie", TIES), "person", form.text("evidence"))
        lodging = _accompanied(_read(form), first, said)
        with current_office().reading(current_actor()) as look:
            alike = people.similar(look, lodging.identity)
        lodging = _compared(form, lodging, alike)
        with current_office().act(access.acting_on(request_id)) as act:
            family.link(act, cases.own_case(act, request_id), lodge(act, lodging).person, said)
        flash(gettext("The request is lodged and the family linked. Add the next one, or print the receipts."), "done")
        return redirect(url_for("desk.family.show", request_id=request_id), 303)
    if alike:
        with current_office().act(current_actor()) as act:
            record_compared(act, alike)
    return _page(form, alike, first=first)


def _accompanied(lodging: Lodging, first: IssuanceRequest, said: Said) -> Lodging:
    """A minor child of the first one comes with that parent, unless somebody else is named."""
    today = current_office().clock.today()
    is_minor = document_types.get(lodging.document_type).rules_on(today).is_minor(lodging.identity.birth_date, today)
    if lodging.representative or said.tie != "child" or not is_minor:
        return lodging
    relation = gettext("parent")
    return replace(lodging, representative=f"{first.reference} ({relation})")


def _read(form: Form) -> Lodging:
    """What was typed. FormRefused when a field cannot be taken, InvalidInput when it cannot be printed."""
    lodging = read_lodging(form, current_centre().code, current_office().clock.today())
    form.check()
    check_printable(form, current_centre().name, current_office().clock)
    return lodging


def _lodged(lodged: IssuanceRequest) -> ResponseReturnValue:
    return access.done(lodged.id, gettext("The request is lodged. Print the receipt for the person."))


def _compared(form: Form, lodging: Lodging, alike: Sequence[Person]) -> Lodging:
    """The lodging for the person chosen; FormRefused while somebody alike was not shown (E24)."""
    known = {str(person.id): person for person in alike}
    chosen, shown = form.value("person"), set(form.value("compared").split())
    if not known or (chosen == NEW_PERSON and set(known) <= shown):
        return lodging
    if chosen not in known:
        form.refuse("person", gettext("Somebody alike is in the register: say whether it is the same person."))
        form.check()
    same = known[chosen]
    identity = replace(
        lodging.identity,
        family_name=same.family_name,
        given_names=same.given_names,
        birth_date=same.birth_date,
    )
    return replace(lodging, identity=identity, person_id=same.id)


def _following(look: Look, earlier: IssuanceRequest) -> dict[str, object]:
    """What the next request of this person begins with."""
    person = earlier.person
    values = {name: getattr(person, name) for name in (*PERSON_FIELDS, *CONTACT_FIELDS)}
    values |= {name: getattr(earlier, name) for name in REQUEST_FIELDS}
    last = documents.newest(look, earlier)
    values |= {"previous_document": last.number if last else "", "fee": "0"}
    born = Form(values)
    unknown = {f"birth_date-{part}-unknown": "1" for part in DATE_PARTS if born.part_unknown("birth_date", part)}
    return values | unknown | {f"birth_date-{part}": born.part("birth_date", part) for part in DATE_PARTS}


def _page(
    form: Form,
    alike: Sequence[Person] = (),
    earlier: IssuanceRequest | None = None,
    first: IssuanceRequest | None = None,
) -> Response:
    """The lodging form; `alike` are the persons to compare, `earlier` a request of the person it follows, `first` one
    of the same family."""
    language = str(get_locale())
    form.labels |= labels()
    with current_office().reading(current_actor()) as look:
        known = _known_documents(look, alike)
    page = render_template(
        "desk/lodge.html",
        form=form,
        alike=alike,
        known=known,
        earlier=earlier,
        first=first,
        ties=options(TIES.items()),
        nationality=nationality_name,
        types=[(code, f"{code} · {kind.title.text(language)}") for code, kind in document_types.load().items()],
        kinds=[(kind, capital(word(kind))) for kind in KINDS],
        nationalities=[(code, f"{name} · {code}") for code, name in nationalities(language)],
        reasons=options(REASONS.items()),
        statuses=options(STATUSES.items()),
        procedures=options(PROCEDURES.items()),
        sexes=options(SEXES.items()),
        languages=languages(),
    )
    return make_response(page, form.status)


def _known_documents(look: Look, alike: Sequence[Person]) -> dict[UUID, list[str]]:
    """What each person alike already asked for, as `RP-R, delivered`: enough to recognise, no more."""
    query = select(IssuanceRequest.person_id, IssuanceRequest.document_type, IssuanceRequest.state).where(
        IssuanceRequest.person_id.in_([person.id for person in alike])
    )
    known: dict[UUID, list[str]] = {}
    for person_id, code, state in look.session.execute(query):
        known.setdefault(person_id, []).append(f"{code}, {word(state)}")
    return known


@blueprint.post("/desk/lodge/preview")
@allow(RoleName.CLERK)
def preview() -> Response:
    """The card as it is typed so far, as JPEG; 422 with the reason while it cannot be drawn."""
    form = Form.sent()
    if not form.value("document_type"):
        return _not_drawn(gettext("Choose the document: it is drawn here while you type."))
    try:
        drawn = specimen(form, current_centre().name, current_office().clock)
    except LimanError as error:
        return _not_drawn(sentence(error))
    except PrintingError as error:
        return _not_drawn(sentence_about(error))
    except ValueError:
        return _not_drawn(gettext("Something typed cannot be printed: lodge it to see which field."))
    return Response(drawn, mimetype="image/jpeg")


def _not_drawn(why: str) -> Response:
    return Response(why, 422, mimetype="text/plain")
