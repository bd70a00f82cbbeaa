"""Lodging by hand: the form, the persons alike that are shown first, and the drawn card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext

from issuance import document_types
from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import InvalidInput, LimanError
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.care import protection
from issuance.services.casework import cases, corrections
from issuance.services.casework.corrections import Proposal
from issuance.services.casework.lodging import Lodging, SentTwice, lodge, marked, record_compared, travel_beside
from issuance.services.persons import family, people, registrations
from issuance.services.persons.family import Said
from issuance.services.production import documents
from issuance.services.rights import grants, handled
from issuance.services.rule_versions import of_type, rules_today
from issuance.values import passports
from issuance.values.codes import KINDS
from issuance.web import opened
from issuance.web.case import access
from issuance.web.case.alike import NEW_PERSON, known_documents
from issuance.web.case.families import TIES
from issuance.web.case.specimen import labels, sentence_about, specimen
from issuance.web.desk.lodging_form import ANEW, CHOICE, MOST_FEE, WHO, needs, read_correction, read_lodging, right_of
from issuance.web.frame.auth import REGISTRARS, UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_centre, current_office
from issuance.web.frame.forms import DATE_PARTS, MAX_TEXT, Form, options
from issuance.web.frame.i18n import capital, sentence
from issuance.web.frame.rail import Group, Queue
from issuance.web.words import persons as person_words
from issuance.web.words.codes import APPLICATION_PLACES, PROCEDURES, REASONS, SEXES, STATUSES, TRAVEL_DOCUMENTS
from issuance.web.words.languages import languages
from issuance.web.words.nationalities import OTHER_NATIONALITIES, nationalities, nationality_name, nationality_words
from issuance.web.words.states import word
from printing.errors import PrintingError
from printing.readers import zone as zone_reader

blueprint = Blueprint("lodging", __name__)

QUEUES = (
    Queue(
        lazy_gettext("Register"),
        "desk.lodging.new",
        (RoleName.ENROLMENT_EXPERT, RoleName.BORDER_POLICE),
        group=Group.REQUESTS,
    ),
)

PERSON_FIELDS = ("family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality")
CONTACT_FIELDS = ("status", "language", "address", "eurodac_reference", "cnp")
REQUEST_FIELDS = (
    "document_type",
    "decision_number",
    "decision_date",
    "travel_document_shown",
    "travel_document_number",
    "travel_document_state",
    "representative",
    "procedure",
    "phone",
)
BEGINNING = {"kind": "first", "procedure": "regular", "applied_at": "inspectorate", "language": "ro", "fee": "0"}
"""What a request of somebody new mostly says."""

COMMON_OF_PERSON = ("family_name", "nationality", "status", "language", "address")
COMMON_OF_REQUEST = ("document_type", "decision_number", "decision_date", "procedure", "phone")
"""What the members of a family that is lodged together mostly have in common."""


@blueprint.route("/desk/lodge", methods=["GET", "POST"])
@allow(*REGISTRARS)
def new() -> ResponseReturnValue:
    """Lodge a request for a person, once the clerk has said whether a person alike is the same."""
    office, form, alike = current_office(), Form.sent(), list[Person]()
    if request.method == "GET" or form.value(opened.BEGINS):
        return _page(opened.begun(form, BEGINNING | {"mark": uuid4().hex}))
    with form.catch():
        lodging = _read(form)
        with office.reading(current_actor()) as look:
            if before := marked(look, lodging.mark):
                return _lodged(before)
            alike = people.similar(look, lodging.identity)
            protection.check_alike(look, alike)
        lodging, correction = _agreed(form, _compared(form, lodging, alike), alike)
        return _lodged(_lodge(lodging, correction, current_actor()), correction)
    if alike:
        with office.act(current_actor()) as act:
            record_compared(act, alike)
    return _page(form, alike)


@blueprint.get("/desk/registered/<uuid:request_id>")
@allow(*REGISTRARS)
def registered(request_id: UUID) -> str:
    """The end of the registration for who does nothing more with it: the receipt, and the next person."""
    with access.looking(request_id) as (_, case):
        return render_template("desk/registered.html", case=case)


@blueprint.route("/cases/<uuid:request_id>/next", methods=["GET", "POST"])
@allow(RoleName.CLERK)
def following(request_id: UUID) -> ResponseReturnValue:
    """Lodge the next request of the same person: renewal, extension, replacement, or with `beside` the travel document
    beside a permit, with what both have in common."""
    form = Form.sent()
    with access.looking(request_id) as (look, earlier):
        values = _following(look, earlier)
        beside = travel_beside(look, earlier) if form.value("beside") or "beside" in request.args else ""
        granted = _granted(look, earlier) if "granted" in request.args else {}
    if request.method == "GET":
        form = Form(values | {"kind": request.args.get("kind", ""), "mark": uuid4().hex} | _beside(beside) | granted)
    for name in values:
        if name.startswith(PERSON_FIELDS):
            form.values[name] = values[name]
    if request.method == "POST":
        with form.catch():
            if beside:
                form.whole("fee", least=0, most=MOST_FEE)  # it was copied from nowhere, so it is asked
            lodging = replace(_read(form), person_id=earlier.person_id)
            lodging, correction = _agreed(form, lodging, [earlier.person])
            return _lodged(_lodge(lodging, correction, access.acting_on(request_id)), correction)
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
        if application := registrations.of(look, first):
            common |= {"applied_on": application.made_on, "applied_at": application.place}
    if request.method == "GET" or form.value(opened.BEGINS):
        access.open_case(request_id)
        return _page(opened.begun(form, common | {"mark": uuid4().hex}), first=first)
    with form.catch():
        said = Said(form.choice("tie", TIES), "person", form.text("evidence"))
        lodging = _accompanied(_read(form), first, said)
        with current_office().reading(current_actor()) as look:
            if marked(look, lodging.mark):
                return redirect(url_for("family.links.show", request_id=request_id), 303)
            alike = people.similar(look, lodging.identity)
            protection.check_alike(look, alike)
        lodging, correction = _agreed(form, _compared(form, lodging, alike), alike)
        with current_office().act(access.acting_on(request_id)) as act:
            family.link(act, cases.own_case(act, request_id), _written(act, lodging, correction).person, said)
        _say(correction)
        flash(gettext("The request is lodged and the family linked. Add the next one, or print the receipts."), "done")
        return opened.next_person(redirect(url_for("family.links.show", request_id=request_id), 303))
    if alike:
        with current_office().act(current_actor()) as act:
            record_compared(act, alike)
    return _page(form, alike, first=first)


def _accompanied(lodging: Lodging, first: IssuanceRequest, said: Said) -> Lodging:
    """A minor child of the first one comes with that parent, unless somebody else is named."""
    with current_office().reading() as look:
        rules, today = rules_today(look, lodging.document_type), look.clock.today()
    is_minor = rules.is_minor(lodging.identity.birth_date, today)
    if lodging.representative or said.tie != "child" or not is_minor:
        return lodging
    relation = gettext("parent")
    return replace(lodging, representative=f"{first.reference} ({relation})")


def _read(form: Form) -> Lodging:
    """What was typed. FormRefused when a field cannot be taken."""
    lodging = read_lodging(form, current_centre().code)
    form.check()
    return lodging


def _lodge(lodging: Lodging, correction: Proposal | None, actor: Actor) -> IssuanceRequest:
    """The request, also when its form was sent before."""
    try:
        with current_office().act(actor) as act:
            return _written(act, lodging, correction)
    except SentTwice:
        with current_office().reading(actor) as look:
            before = marked(look, lodging.mark)
        if before is None:
            raise
        return before


def _written(act: Act, lodging: Lodging, correction: Proposal | None) -> IssuanceRequest:
    """The request, and with it what the register is to say otherwise of its person."""
    lodged = lodge(act, lodging)
    opened.take(act, lodged)
    if correction:
        corrections.propose(act, lodged.person, correction)
    return lodged


def _lodged(lodged: IssuanceRequest, correction: Proposal | None = None) -> ResponseReturnValue:
    """On to the case; who only registers prints the receipt and takes the next person."""
    _say(correction)
    if RoleName.CLERK not in current_actor().roles:
        return opened.next_person(redirect(url_for("desk.lodging.registered", request_id=lodged.id), 303))
    return opened.next_person(
        access.done(lodged.id, gettext("The request is lodged. Print the receipt for the person."))
    )


def _say(correction: Proposal | None) -> None:
    if correction:
        flash(gettext("What you chose of the typed data is a correction now, on the page of the person."), "info")


def _compared(form: Form, lodging: Lodging, alike: Sequence[Person]) -> Lodging:
    """The lodging for the person chosen; FormRefused while somebody alike was not shown (E24)."""
    known = {str(person.id): person for person in alike}
    chosen, shown = form.value("person"), set(form.value("compared").split())
    if not known or (chosen == NEW_PERSON and set(known) <= shown):
        return replace(lodging, others=frozenset(person.id for person in alike))
    if chosen not in known:
        form.refuse("person", gettext("Somebody alike is in the register: say whether it is the same person."))
        form.check()
    return replace(lodging, person_id=known[chosen].id)


def _agreed(form: Form, lodging: Lodging, known: Sequence[Person]) -> tuple[Lodging, Proposal | None]:
    """The lodging with what the register says of the person chosen, but for an address told anew; and what else of the
    typed data is right, to be corrected. FormRefused while somebody did not choose of each."""
    person = next((each for each in known if each.id == lodging.person_id), None)
    if person is None:
        return lodging, None
    differing = people.differing(person, lodging.identity)
    if _is_told(person, lodging.identity.status):
        differing.pop("status", None)
    right = right_of(form, differing, may_correct=RoleName.CLERK in current_actor().roles)
    kept = {name: getattr(person, name) for name in (*differing, *WHO) if name not in right & ANEW}
    lodging = replace(lodging, identity=replace(lodging.identity, **kept))
    said = {name: differing[name][1] for name in differing if name in right - ANEW}
    return lodging, read_correction(form, said) if said else None


def _differing(form: Form, known: Sequence[Person], *, is_certain: bool) -> dict[str, object]:
    """What the register says otherwise of the person chosen, side by side, once that was asked for."""
    if not any(name.startswith(CHOICE) for name in (*form.errors, *form.values)):
        return {}
    person = known[0] if is_certain else next((each for each in known if str(each.id) == form.value("person")), None)
    try:
        found = people.differing(person, read_lodging(Form(form.values), "").identity) if person else {}
    except InvalidInput:  # a name that cannot be read is refused before it is compared
        found = {}
    rows = [(f"{CHOICE}{name}", *words) for name, words in zip(found, person_words.changes(found), strict=True)]
    return {
        "differing": rows,
        "reasons_of_correction": options(person_words.CORRECTIONS.items()),
        "known_person": person,
    }


def _is_told(person: Person, status: str) -> bool:
    """Whether case handling told this status of the person: it is theirs from the lodging on, and corrects nothing."""
    with current_office().reading() as look:
        told = handled.granted(look, person)
        return told is not None and told.granted == status


def _granted(look: Look, earlier: IssuanceRequest) -> dict[str, object]:
    """What the request for the document of a grant that waits begins with; nothing without one."""
    waits = grants.waiting(look, earlier.person)
    if waits is None:
        return {}
    decision = {"decision_number": waits.decision_number, "decision_date": waits.decided_on, "status": waits.status}
    return decision | {"document_type": grants.permits(look)[waits.status], "kind": "first", "previous_document": ""}


def _beside(code: str) -> dict[str, object]:
    """What another document of the same person begins with otherwise; nothing for no code."""
    if not code:
        return {}
    return {"document_type": code, "kind": "first", "previous_document": "", "fee": "", "beside": "1"}


def _following(look: Look, earlier: IssuanceRequest) -> dict[str, object]:
    """What the next request of this person begins with."""
    person = earlier.person
    values = {name: getattr(person, name) for name in (*PERSON_FIELDS, *CONTACT_FIELDS)}
    values |= dict(zip(OTHER_NATIONALITIES, person.other_nationalities.split(), strict=False))
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
        known, needed = known_documents(look, alike), needs(look)
    page = render_template(
        "desk/lodge.html",
        form=form,
        alike=alike,
        known=known,
        **_differing(form, [earlier.person] if earlier else alike, is_certain=earlier is not None),
        earlier=earlier,
        first=first,
        ties=options(TIES.items()),
        nationality=nationality_name,
        types=[(code, f"{code} · {kind.title.text(language)}") for code, kind in document_types.load().items()],
        kinds=[(kind, capital(word(kind))) for kind in KINDS],
        nationalities=[(code, f"{name} · {code}") for code, name in nationalities(language)],
        nationality_words=nationality_words(),
        needs=needed,
        reads_pages=zone_reader.can_read(),
        reasons=options(REASONS.items()),
        statuses=options(STATUSES.items()),
        procedures=options(PROCEDURES.items()),
        application_places=options(APPLICATION_PLACES.items()),
        sexes=options(SEXES.items()),
        travel_documents=options(TRAVEL_DOCUMENTS.items()),
        languages=languages(),
    )
    return make_response(page, form.status)


@blueprint.post("/desk/lodge/passport")
@allow(*REGISTRARS)
def passport() -> ResponseReturnValue:
    """The fields that a passport's machine readable zone fills; 422 with what is wrong with it."""
    text = request.form.get("passport_mrz", "")[:MAX_TEXT]
    try:
        return passports.fields_of(text, current_office().clock.today())
    except InvalidInput as error:
        return Response(sentence(error), 422, mimetype="text/plain")


@blueprint.post("/desk/lodge/passport-page")
@allow(*REGISTRARS, body=UPLOAD_BYTES)
def passport_page() -> ResponseReturnValue:
    """The zone on a photograph of a passport's page, as it is seen; 422 with what is to be done when there is none."""
    try:
        seen = zone_reader.read(Form.sent().drawn("passport-page") or b"")
    except PrintingError as error:
        return Response(sentence_about(error), 422, mimetype="text/plain")
    if seen is None:
        no_zone = gettext(
            "No zone is seen. Hold the page flat and whole before the camera, its two lowest lines in focus."
        )
        return Response(no_zone, 422, mimetype="text/plain")
    return Response("\n".join(seen), mimetype="text/plain")


@blueprint.post("/desk/lodge/preview")
@allow(*REGISTRARS)
def preview() -> Response:
    """The card as it is typed so far, as JPEG; 422 with the reason while it cannot be drawn."""
    form = Form.sent()
    if not form.value("document_type"):
        return _not_drawn(gettext("Choose the document: it is drawn here while you type."))
    try:
        with current_office().reading() as look:
            kind = of_type(look, form.value("document_type"))
        drawn = specimen(form, kind, current_centre().name, current_office().clock)
    except LimanError as error:
        return _not_drawn(sentence(error))
    except PrintingError as error:
        return _not_drawn(sentence_about(error))
    except ValueError:
        return _not_drawn(gettext("Something typed cannot be printed: lodge it to see which field."))
    return Response(drawn, mimetype="image/jpeg")


def _not_drawn(why: str) -> Response:
    return Response(why, 422, mimetype="text/plain")
