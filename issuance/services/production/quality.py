"""Quality: the finished document is read back and compared with the record, by an officer who did not print it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import zxingcpp
from sqlalchemy import select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document, QualityCheck
from issuance.models.duties import DutyName
from issuance.models.notices import NoticeKind
from issuance.models.staff import Station
from issuance.services import centres, duties
from issuance.services.duties import Task
from issuance.services.notices import outbox
from issuance.services.production import chip_check, contradictions, documents, jobs, seals
from issuance.services.stock import ledger, stack_cards
from issuance.services.stock.ledger import BlankRead
from issuance.services.trust import events
from issuance.states import BlankState, DocumentState, RequestState, advance
from printing.content import barcode_of, mrz_of
from printing.errors import PortraitError
from printing.mrz import Mrz, MrzError
from printing.mrz.zone import LINE_SIZES
from printing.pages.symbols import read_data_matrix
from printing.portraits.portrait import decode

CODE_128 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128])
METHODS = {
    "mrz": ("scanner", "typed"),
    "barcode": ("scanner", "picture"),
    "chip": ("reader",),
    "seal": ("scanner", "picture"),
}

READ_AGAIN = "document.read_again"

DEVICES = ("scanner", "picture", "reader")
"""How a machine part is read by a device, and not by eye."""


@dataclass(frozen=True)
class Reading:
    """One machine part as it was read: `part` is mrz, barcode, chip or seal.

    `value` for a chip is `chip_check.digest_of_all` its files, for a seal its bytes in hexadecimal. `doubts` speak
    against a part that reads equal (`chip_check.doubts`).
    """

    part: str
    value: str
    method: str
    doubts: tuple[str, ...] = ()


def needs_serial(document: Document) -> bool:
    """Whether the serial must be scanned from the document: no device read it, and no count made it sure."""
    return document.blank_serial is None and ledger.is_numbered(document.document_type)


def check_blank(document: Document) -> None:
    """Conflict while it is not known on which blank the document is."""
    if needs_serial(document):
        raise Conflict("It is not known yet on which blank this document is. Scan the serial from its back first.")


def made_at(look: Look, document: Document) -> Station:
    """The station that made this document."""
    return look.session.get_one(Station, documents.job_of(look, document).station_id)


def scan(act: Act, document: Document, number: str, serial: str) -> str:
    """Bind the blank whose serial the officer scanned; as `bind`."""
    centres.check_own(act, document.request)
    check_officer(act, document)
    return bind(act, document, number, serial)


def bind(act: Act, document: Document, number: str, serial: str) -> str:
    """The serial that the stack had said if the scanned one is another, else "". A part of an act.

    `number` as scanned from the same document, alone or in its MRZ: InvalidInput when it is not this one's. Stray for a
    blank that may not be here.
    """
    if document.number not in _compact(number):
        raise InvalidInput(
            "number", "This is the number of another document, or misread. Find the document by it in the list."
        )
    if not serial.strip():
        raise InvalidInput("blank_serial", "Scan the serial of the blank from the back of the document.")
    station = made_at(act, document)
    read = BlankRead(ledger.named(act, serial), document.chip_uid)
    said = stack_cards.bind(act, read, document, BlankState.CONSUMED, station=station)
    act.record("document.scanned", document, document.request, blank=read.serial, said=said)
    return said


def check(act: Act, document: Document, readings: Sequence[Reading], shown_by: UUID | None = None) -> QualityCheck:
    """Compare what was read with the record. Equal: ready. Otherwise rejected, with a new number and job.

    Barred for its operator and approver; InvalidInput while a part that the type declares was not read. `shown_by` is
    who showed it to an officer who is not there (`services.remote.showings`).
    """
    centres.check_own(act, document.request)
    check_officer(act, document)
    _check_shown(act, shown_by)
    duties.take(act, task_of(document))
    parts = document_types.get(document.document_type).machine_parts
    _check_complete(parts, readings)
    check_blank(document)
    _check_evidence(readings)
    expected = expected_values(act, document)
    outcome = {item.part: _equal(expected[item.part], item.value) and not item.doubts for item in readings}
    if outcome.get("seal"):
        outcome["seal"] = seals.is_genuine(act, documents.job_of(act, document))
    different = [part for part, equal in outcome.items() if not equal]
    reason = f"read-back: {', '.join(different)}" if different else ""
    result = _record(act, document, [_kept(item, outcome[item.part]) for item in readings], reason, shown_by)
    if different:
        _reject(act, document, reason)
    else:
        advance(document, DocumentState.CHECKED, actor=act.actor)
        advance(document.request, RequestState.READY, actor=act.actor)
        outbox.write(act, document.request, NoticeKind.READY, str(document.id))
    return result


def check_this_one(look: Look, document: Document, readings: Sequence[Reading]) -> None:
    """InvalidInput when what was read is another document of the register: it lies there, and nothing is wrong yet."""
    read = {item.part: number for item in readings if (number := number_in(item))}
    if not read or document.number in read.values():
        return
    other = look.session.scalar(select(Document.number).where(Document.number.in_(read.values())).limit(1))
    if other:
        raise InvalidInput(
            next(iter(read)),
            "This is document %(number)s, not the one of this page. Nothing was rejected: take the one of this page, or"
            " scan this one in the search.",
            number=other,
        )


def number_in(item: Reading) -> str:
    """The number that a bar code or MRZ says; empty when it cannot be told."""
    if item.part == "barcode":
        return _compact(item.value)
    if item.part != "mrz":
        return ""
    text = _compact(item.value)
    width = next((width for lines, width in LINE_SIZES.values() if lines * width == len(text)), len(text))
    try:
        return Mrz.parse([text[at : at + width] for at in range(0, len(text), width or 1)]).document_number
    except MrzError:
        return ""


def read_again(act: Act, document: Document, readings: Sequence[Reading]) -> tuple[str, ...]:
    """The parts that differ, to be read a second time before the document is rejected for them; it is recorded.

    Empty when all are equal, and when this document was read a second time: then `check` says what it is. So a slip
    of a hand or scanner destroys nothing, and nobody may try again and again until it is equal.
    """
    centres.check_own(act, document.request)
    check_officer(act, document)
    _check_complete(document_types.get(document.document_type).machine_parts, readings)
    check_blank(document)
    expected = expected_values(act, document)
    different = tuple(item.part for item in readings if not _equal(expected[item.part], item.value) or item.doubts)
    if not different or any(event.act == READ_AGAIN for event in events.life_line(act, document.id)):
        return ()
    act.record(READ_AGAIN, document, document.request, parts=", ".join(different))
    return different


def reject(act: Act, document: Document, reason: str, shown_by: UUID | None = None) -> QualityCheck:
    """What a machine does not see: wrong picture, scratch, bad lamination. The reason goes to the operator.

    A blank that nobody could read goes to the supervisor. `shown_by` as of `check`.
    """
    centres.check_own(act, document.request)
    if not reason.strip():
        raise InvalidInput("reason", "Say what is wrong with the document.")
    check_officer(act, document)
    _check_shown(act, shown_by)
    duties.take(act, task_of(document))
    result = _record(act, document, (), reason.strip(), shown_by)
    _reject(act, document, reason.strip())
    return result


def expected_values(look: Look, document: Document) -> Mapping[str, str]:
    """What every machine part must read as: never shown to the officer."""
    kind, job = document_types.get(document.document_type), documents.job_of(look, document)
    content = documents.frozen_content(look, document)
    mrz = mrz_of(content, kind.template())
    values = {
        "mrz": "".join(mrz.to_lines()) if mrz else "",
        "barcode": barcode_of(content),
        "chip": chip_check.digest_of_all(chip_check.prepared_files(job.digests)),
        "seal": (seals.of_job(look, job) or b"").hex(),
    }
    return {part: values[part] for part in kind.machine_parts}


def _equal(expected: str, value: str) -> bool:
    return bool(expected) and _compact(value) == expected.upper()


def _compact(value: str) -> str:
    return "".join(value.split()).upper()


def check_officer(look: Look, document: Document) -> None:
    """Conflict unless the document waits for its check; Barred for who made or approved it."""
    check_waits(look, document)
    duties.check(look, task_of(document))


def check_waits(look: Look, document: Document) -> None:
    """Conflict unless the document waits for its check."""
    if document.state != DocumentState.PERSONALISED:
        raise Conflict("This document is not waiting for its check. Open the list again.")
    contradictions.check_none(look, document)


def task_of(document: Document) -> Task:
    """The check of this document as a duty."""
    return Task(DutyName.CHECK, document.request, document)


def _check_complete(parts: Sequence[str], readings: Sequence[Reading]) -> None:
    read = {item.part for item in readings if item.value.strip()}
    unread = [part for part in parts if part not in read]
    if unread:
        raise InvalidInput(unread[0], "Not read yet: %(parts)s. Read every machine part.", parts=", ".join(unread))
    for item in readings:
        if item.part not in parts or item.method not in METHODS[item.part]:
            raise InvalidInput(item.part, "This part cannot be read that way. Choose how it was read.")


def _check_evidence(readings: Sequence[Reading]) -> None:
    """InvalidInput when the MRZ was typed and no device read another part: that the document lay there is not shown.

    What the device read is compared like the MRZ, so it is this document's, its chip proved, or a rejection.
    """
    typed = any(item.part == "mrz" and item.method == "typed" for item in readings)
    if typed and not any(item.method in DEVICES for item in readings if item.part != "mrz"):
        raise InvalidInput(
            "mrz",
            "A typed MRZ needs the document itself beside it: scan it, send a picture on which its bar code or seal is"
            " read, or let the reader prove its chip.",
        )


def _check_shown(look: Look, shown_by: UUID | None) -> None:
    """NotAllowed for an officer who is not there and to whom nobody showed it; and for whoever showed it."""
    if look.actor.remote and shown_by is None:
        raise NotAllowed("You are not where this document is. It is checked by what somebody there shows you of it.")
    if shown_by is not None and shown_by == look.actor.id:
        raise NotAllowed("You took these pictures, so you do not check by them. Leave it to another quality officer.")


def _record(
    act: Act, document: Document, readings: Sequence[dict[str, Any]], reason: str, shown_by: UUID | None
) -> QualityCheck:
    result = QualityCheck(
        document_id=document.id,
        officer_id=act.actor.id,
        shown_by=shown_by,
        checked_at=act.clock.now(),
        readings=list(readings),
        passed=not reason,
        reason=reason,
    )
    act.session.add(result)
    methods = ", ".join(f"{item['part']}: {item['method']}" for item in readings)
    act.record("document.rejected" if reason else "document.checked", document, document.request, methods=methods)
    return result


def _kept(item: Reading, equal: bool) -> dict[str, Any]:
    """What stays of a reading: the values themselves do not."""
    doubts = {"doubts": list(item.doubts)} if item.doubts else {}
    return {"part": item.part, "method": item.method, "equal": equal} | doubts


def _reject(act: Act, document: Document, reason: str) -> None:
    ledger.spoil(act, document)
    jobs.spoil(act, documents.job_of(act, document), reason)


def read_picture(picture: bytes) -> dict[str, str]:
    """What can be read on a photograph (JPEG or PNG) of the document: `barcode`, and `seal` in hexadecimal.

    InvalidInput for what is no picture, for two bar codes, and when neither symbol can be read.
    """
    try:
        image = decode(picture)
    except PortraitError as error:
        raise InvalidInput.of(error, "picture") from error
    bar_codes = {symbol.text for symbol in zxingcpp.read_barcodes(image, CODE_128)}
    if len(bar_codes) > 1:
        raise InvalidInput("picture", "The picture shows several bar codes. Take it again with this document alone.")
    seal = read_data_matrix(image)
    found = {"barcode": "".join(bar_codes), "seal": (seal or b"").hex()}
    if not any(found.values()):
        raise InvalidInput(
            "picture", "Neither bar code nor seal can be read on the picture. Take it again: closer, sharp, all of it."
        )
    return {part: value for part, value in found.items() if value}
