"""A tray is worked through by scanner alone: which card, its parts, the officer's word, and the next one.

One box takes every scan; what it was the page finds out. Nothing of what a part must read as is on it.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer

from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document, QualityCheck
from issuance.models.staff import Centre, RoleName
from issuance.services.batches import trays
from issuance.services.casework import cases
from issuance.services.production import chip_reading, documents, quality
from issuance.services.production.quality import Reading
from issuance.web.case import card
from issuance.web.case.access import acting
from issuance.web.centre import scans
from issuance.web.centre.in_hand import bind, same_document
from issuance.web.centre.scans import InHand
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.words.machines import reading_word, reason_words
from printing import papers
from printing.papers import CheckCodes

blueprint = Blueprint("trays", __name__, url_prefix="/quality/trays")

OFFICERS = (RoleName.QUALITY_OFFICER,)
MAX_SCAN = 2000
MAX_HAND = 8000


@blueprint.route("/<uuid:tray_id>", methods=["GET", "POST"])
@allow(*OFFICERS, body=UPLOAD_BYTES)
def work(tray_id: UUID) -> ResponseReturnValue:
    """How far the tray is, and the card in the hand; every scan is sent here."""
    form, hand = Form.sent(), InHand()
    if request.method == "POST":
        hand = _carried(tray_id, form)
        with form.catch():
            if (answer := _hear(tray_id, form, hand)) is not None:
                return answer
    return _page(tray_id, form, hand)


@blueprint.get("/codes.pdf")
@allow(*OFFICERS)
def codes() -> Response:
    """The sheet of the desk: the words to be scanned."""
    with current_office().reading(current_actor()) as look:
        centre = look.session.get_one(Centre, current_actor().centre_id)
        face, shift, scratch, lamination, unread = scans.REJECTS
        rejects = (face, shift, scratch, lamination, unread)
        said = (scans.RELEASE, scans.LEAVE, scans.PICTURE)
        paper = CheckCodes(*said, *rejects, centre.name, centre.address)
    answer = Response(papers.compose(paper, "en").pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="check-codes.pdf"'
    return answer


def _hear(tray_id: UUID, form: Form, hand: InHand) -> ResponseReturnValue | None:
    """Do what was scanned, pressed or pictured; the answer when it leads to another page."""
    text = scans.compact(form.text("scan", required=False, limit=MAX_SCAN, lines=True))
    picture = form.drawn("picture-taken") or form.file("picture", required=False)
    form.check()
    word = form.value("do") or text
    if word in scans.WORDS:
        return _obey(tray_id, form, hand, word)
    with current_office().reading(current_actor()) as look:
        other = trays.scanned(look, text)
    if other is not None:
        return redirect(url_for("centre.trays.work", tray_id=other.id), 303)
    if picture:
        for part, value in quality.read_picture(picture).items():
            _take(tray_id, form, hand, Reading(part, value, "picture"))
    elif text:
        part = scans.part_of(text)
        by_hand = part == "mrz" and form.value("how") != "scanner"
        _take(tray_id, form, hand, Reading(part, text, "typed" if by_hand else "scanner"))
    return None


# What was read


def _take(tray_id: UUID, form: Form, hand: InHand, reading: Reading) -> None:
    """A part of a card was read: the first says which card it is; its blank, when that is not known, comes next."""
    if reading.part == "mrz" and not scans.adds_up(reading.value) and not hand.is_second(reading.value):
        raise InvalidInput("scan", "This MRZ does not add up: scan it again. If it is printed so, it is taken then.")
    hand.doubted = ""
    is_first = not hand.document
    if is_first:
        _open(tray_id, hand, reading)
    if not is_first and reading.part == "barcode" and reading.value != hand.number and _needs_serial(hand):
        form.values["document"] = hand.document
        bind(form, _request_of(hand), hand.number, form.value("scan").strip())
    else:
        _keep(tray_id, hand, reading, is_first=is_first)


def _open(tray_id: UUID, hand: InHand, reading: Reading) -> None:
    """A card of the tray is taken in hand, which is recorded as the opening of its check."""
    read = quality.number_in(reading) or reading.value
    with current_office().act(current_actor()) as act:
        found = trays.card_read(act, trays.own(act, tray_id), read)
        if found is None:
            raise InvalidInput(
                "scan", "No card of this tray reads so. Scan it again, or the serial on its back; else lay it apart."
            )
        if not found.is_waiting:
            raise Conflict("This card of the tray is checked already. Put it back and take the next one.")
        document = act.session.get_one(Document, found.document_id)
        quality.check_officer(act, document)
        cases.open_check(act, document.request_id)
        _ask_for_chip(act, document, reading)
    hand.document, hand.number = str(found.document_id), found.number if read == found.number else ""


def _keep(tray_id: UUID, hand: InHand, reading: Reading, *, is_first: bool) -> None:
    """Keep what was read of the card in hand. InvalidInput for a part that it has not, and for another card."""
    with current_office().reading(current_actor()) as look:
        document = _document(look, hand)
        if reading.value in ((document.blank_serial or "").upper(), ""):
            return
        other = trays.card_read(look, trays.own(look, tray_id), quality.number_in(reading))
        if other is not None and other.document_id != document.id:
            raise InvalidInput(
                "scan",
                "This is card %(place)s of the tray, not the one in your hand. Nothing was rejected: finish that one,"
                " or scan LEAVE.",
                place=other.place,
            )
        parts = document_types.get(document.document_type).machine_parts
        if reading.part in parts:
            quality.check_this_one(look, document, [reading])
        elif is_first:
            return
        else:
            raise InvalidInput("scan", "A document of this type has no such part. Scan one that is still open below.")
    hand.keep(reading)
    if reading.part == "mrz" and "chip" in parts and not is_first:
        with current_office().act(current_actor()) as act:
            _ask_for_chip(act, _document(act, hand), reading)


def _ask_for_chip(act: Act, document: Document, reading: Reading) -> None:
    """A zone that was read asks for the chip, unless it was asked for before."""
    has_chip = "chip" in document_types.get(document.document_type).machine_parts
    is_asked = chip_reading.newest_read(act, documents.job_of(act, document)) is not None
    if reading.part == "mrz" and has_chip and not is_asked:
        chip_reading.ask_for_chip(act, document)


# What the officer says


def _obey(tray_id: UUID, form: Form, hand: InHand, word: str) -> ResponseReturnValue | None:
    """A word of the desk's sheet, or its button."""
    if word == scans.LEAVE:
        return redirect(url_for("centre.trays.work", tray_id=tray_id), 303)
    if word == scans.PICTURE:
        raise InvalidInput("scan", "No camera is open on this page. Connect one, or send a picture below.")
    if not hand.document:
        raise InvalidInput("scan", "Scan a card of the tray first.")
    form.values["document"] = hand.document
    if word == scans.RELEASE:
        result = _compare(form, hand)
    elif hand.is_second(word):
        with acting(form, _request_of(hand), same_document) as (act, case):
            result = quality.reject(act, documents.current(act, case), scans.REJECTS[word])
    else:
        return None  # the page asks for it a second time
    if result is None:
        return None
    _tell(tray_id, result)
    return redirect(url_for("centre.trays.work", tray_id=tray_id), 303)


def _compare(form: Form, hand: InHand) -> QualityCheck | None:
    """Compare everything that was read; None when some of it is to be read once more."""
    with acting(form, _request_of(hand), same_document) as (act, case):
        document = documents.current(act, case)
        quality.check_officer(act, document)
        readings = _readings(act, document, hand)
        again = quality.read_again(act, document, readings)
        result = None if again else quality.check(act, document, readings)
    if again:
        for part in again:
            hand.parts.pop(part, None)
        said = ", ".join(reading_word(part) for part in again)
        form.refuse(
            "scan", gettext("This reads otherwise: %(parts)s. Nothing was rejected yet: read it once more.", parts=said)
        )
        form.status = 409
    return result


def _readings(look: Look, document: Document, hand: InHand) -> list[Reading]:
    """Every part of the type as it was read. InvalidInput names what is missing."""
    parts = document_types.get(document.document_type).machine_parts
    missing = [part for part in parts if part != "chip" and part not in hand.parts]
    if missing:
        said = ", ".join(reading_word(part) for part in missing)
        raise InvalidInput("scan", "Not read yet: %(parts)s. Read every machine part.", parts=said)
    chip = [chip_reading.newest_reading(look, document)] if "chip" in parts else []
    return [reading for reading in hand.readings() if reading.part in parts] + chip


def _tell(tray_id: UUID, result: QualityCheck) -> None:
    """Say what became of the card."""
    with current_office().reading(current_actor()) as look:
        found = trays.cards(look, trays.own(look, tray_id))
        done = next(each for each in found if each.document_id == result.document_id)
    if result.passed:
        flash(gettext("Card %(place)s: equal in every part, released for hand-over.", place=done.place), "done")
        return
    flash(
        gettext(
            "Card %(place)s is rejected: %(reason)s. Put it into the reject bin. A new one is queued.",
            place=done.place,
            reason=reason_words(result.reason),
        ),
        "stop",
    )


# The card in the hand, and the page


def _document(look: Look, hand: InHand) -> Document:
    return look.session.get_one(Document, UUID(hand.document))


def _request_of(hand: InHand) -> UUID:
    with current_office().reading(current_actor()) as look:
        return _document(look, hand).request_id


def _needs_serial(hand: InHand) -> bool:
    with current_office().reading(current_actor()) as look:
        return quality.needs_serial(_document(look, hand))


def _carried(tray_id: UUID, form: Form) -> InHand:
    """The card in hand, as the page brought it back; none when it waits for no check any more."""
    try:
        hand = InHand.loaded(_sealer(tray_id).loads(form.value("hand")[:MAX_HAND]))
    except BadSignature:
        return InHand()
    with current_office().reading(current_actor()) as look:
        is_waiting = hand.document and _document(look, hand).state == "personalised"
    return hand if is_waiting else InHand(doubted=hand.doubted)


def _sealer(tray_id: UUID) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"tray {tray_id} {current_actor().id}")


def _page(tray_id: UUID, form: Form, hand: InHand) -> Response:
    form.values["hand"] = _sealer(tray_id).dumps(hand.dumped())
    with current_office().reading(current_actor()) as look:
        tray = trays.own(look, tray_id)
        progress = trays.progress(look, tray)
        shown = _of_card(look, hand) if hand.document else {"document": None}
        rejects = {word: reason_words(reason).partition(": ")[2] for word, reason in scans.REJECTS.items()}
        asked = rejects.get(hand.doubted, "")
        page = render_template(
            "centre/quality/tray.html",
            form=form,
            tray=tray,
            progress=progress,
            rejects=rejects,
            asked=asked,
            **shown,
        )
    return make_response(page, form.status)


def _of_card(look: Look, hand: InHand) -> dict[str, object]:
    """What the page shows of the card in hand: never what a part must read as."""
    document = _document(look, hand)
    case = cases.own_case(look, document.request_id)
    return {
        "document": document,
        "case": case,
        "card": card.blind_card(look, case),
        "type_title": card.type_title(document.document_type),
        "parts": document_types.get(document.document_type).machine_parts,
        "read_parts": set(hand.parts),
        "needs_serial": quality.needs_serial(document),
        "read": chip_reading.newest_read(look, documents.job_of(look, document)),
    }
