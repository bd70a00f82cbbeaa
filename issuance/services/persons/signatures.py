"""What the holder signs at lodging, to be printed (E18): on pad, phone or paper, or why nothing is signed.

The signature of the hand-over is another one: a receipt, kept with the hand-over and printed nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.duties import DutyName
from issuance.models.requests import DRAWN, IssuanceRequest, PhonePad, Signature
from issuance.models.vault import Blob
from issuance.services import centres, duties
from issuance.services.duties import Task
from issuance.services.persons import people
from issuance.services.rule_versions import rules_of
from issuance.states import UNDECIDED
from issuance.values.codes import KINDS, Kind
from printing.errors import PortraitError
from printing.portraits.signature import read_signature

SOURCES = ("pad", "phone", "scan")
ABSENCES = ("refused", "unable", "small_child")
"""Why a holder does not sign. `unable` says in words why; from what age a child signs no source says."""


@dataclass(frozen=True)
class Signed:
    """A signature that was read: a PNG, and where it comes from, one of SOURCES."""

    picture: bytes
    source: str


@dataclass(frozen=True)
class NotSigned:
    """One of ABSENCES, and the reason in words."""

    absence: str
    reason: str = ""


def read(scan: bytes, drawn: bytes | None) -> Signed | None:
    """What was scanned, else what was drawn on the pad, outside any transaction; None when nothing was sent.

    InvalidInput (field `signature`) for what is no signature.
    """
    if not scan and drawn is None:
        return None
    try:
        return Signed(read_signature(scan or drawn or b""), "scan" if scan else "pad")
    except PortraitError as error:
        raise InvalidInput.of(error, "signature") from error


def keep(act: Act, request: IssuanceRequest, what: Signed | NotSigned) -> Signature:
    """Keep what was signed, encrypted, or why it was not; what was kept before goes. InvalidInput names the field."""
    check_open(act, request)
    if isinstance(what, NotSigned):
        _check_absence(act, request, what)
    row = _write(act, request, what)
    act.record("signature.kept" if row.picture_id else "signature.absent", request, how=row.source or row.absence)
    return row


def take_over(act: Act, request: IssuanceRequest) -> Signature:
    """Use what the person signed for an earlier request again, re-encrypted under this request's own key."""
    check_open(act, request)
    earlier = reusable(act, request)
    if earlier is None:
        raise Conflict("There is no earlier signature of this person that may be used again. Let the person sign.")
    row = _write(act, request, Signed(_opened(act, earlier), earlier.source))
    act.record("signature.reused", request, how=row.source)
    return row


def _write(act: Act, request: IssuanceRequest, what: Signed | NotSigned) -> Signature:
    row = of(act, request) or Signature(request_id=request.id)
    former, new = row.picture_id, None
    if isinstance(what, Signed):
        new = act.vault.put(act.session, request.id, "signature-print", what.picture)
        row.source, row.absence, row.reason = what.source, "", ""
    else:
        row.source, row.absence, row.reason = "", what.absence, what.reason.strip()
    row.picture_id = new.id if new else None
    assert act.actor.id  # no machine signs for somebody
    row.taken_by, row.taken_at = act.actor.id, act.clock.now()
    act.session.add(row)
    act.session.flush()
    if former:
        act.session.execute(delete(Blob).where(Blob.id == former))
    forget(act, [request.id])
    duties.take(act, Task(DutyName.LODGING, request))
    return row


def forget(look: Look, request_ids: Sequence[UUID]) -> bool:
    """Forget the phones that were asked for these requests, and what they sent that nobody took; whether any was."""
    pads = delete(PhonePad).where(PhonePad.request_id.in_(request_ids))
    dropped = cast("CursorResult[Any]", look.session.execute(pads)).rowcount
    look.session.execute(delete(Blob).where(Blob.request_id.in_(request_ids), Blob.purpose == DRAWN))
    return bool(dropped)


def check_open(act: Act, request: IssuanceRequest) -> None:
    """NotAllowed elsewhere than where one works; Conflict when nothing that is signed now would be printed."""
    centres.check_own(act, request)
    people.lock(act, request.person)  # as an approval does
    act.session.refresh(request)
    if rules_of(request).signature is None:
        raise Conflict("Nothing that was signed is printed on this document. Go on with the case.")
    if request.state not in UNDECIDED:
        raise Conflict("The content is frozen. Lodge a replacement to change the signature.")


def _check_absence(look: Look, request: IssuanceRequest, what: NotSigned) -> None:
    if what.absence not in ABSENCES:
        raise InvalidInput("signature", "Let the person sign, or say why there is no signature.")
    if what.absence == "unable" and not what.reason.strip():
        raise InvalidInput("reason", "Say why the person cannot sign; the officer reads it.")
    if what.absence == "small_child" and not rules_of(request).is_minor(request.person.birth_date, look.clock.today()):
        raise InvalidInput("absence", "This person is of age, so no small child. Choose why there is no signature.")


def of(look: Look, request: IssuanceRequest) -> Signature | None:
    """What was signed for this request, or why it was not; None while nobody asked."""
    return look.session.scalar(select(Signature).where(Signature.request_id == request.id))


def is_settled(look: Look, request: IssuanceRequest) -> bool:
    """Whether the holder signed, or somebody noted why not, or the type asks for no signature."""
    return rules_of(request).signature is None or of(look, request) is not None


def picture_of(look: Look, request: IssuanceRequest) -> bytes | None:
    """The signature to print (PNG); None where there is none."""
    row = of(look, request)
    return _opened(look, row) if row and row.picture_id else None


def open_picture(look: Look, row: Signature | None) -> bytes:
    """The picture of a signature (PNG). NotFound where there is none."""
    if row is None or row.picture_id is None:
        raise NotFound("There is no signature. Let the person sign.")
    return _opened(look, row)


def _opened(look: Look, row: Signature) -> bytes:
    assert row.picture_id is not None
    return look.vault.get(look.session, row.picture_id)


def reusable(look: Look, request: IssuanceRequest) -> Signature | None:
    """What the person signed last for another request, when the type's rules let this kind of request use it again."""
    if request.kind not in KINDS or not rules_of(request).signature_reusable(Kind(request.kind)):
        return None
    query = (
        select(Signature)
        .join(IssuanceRequest, IssuanceRequest.id == Signature.request_id)
        .where(
            IssuanceRequest.person_id == request.person_id,
            Signature.request_id != request.id,
            Signature.picture_id.is_not(None),
            IssuanceRequest.erased_on.is_(None),
        )
        .order_by(Signature.taken_at.desc())
        .limit(1)
    )
    return look.session.scalar(query)
