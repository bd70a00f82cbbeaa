"""Enrolment: the portrait is captured or uploaded, measured, cropped for print, and accepted by a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.errors import Conflict, InvalidInput, NotFound, StaleState
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.vault import Blob
from issuance.services import centres, duties
from issuance.services.duties import Task
from issuance.services.rule_versions import rules_of
from issuance.states import UNDECIDED
from issuance.values.codes import KINDS, Kind
from printing.errors import PortraitError
from printing.portraits.crops import Crop
from printing.portraits.photo_quality import Examination, Finding, examine, file_criteria, of_file
from printing.portraits.portrait import crop_print, read_portrait

NO_PORTRAIT = "There is no portrait yet. Take or upload one first."


@dataclass(frozen=True)
class Measured:
    """A picture that was read: the 4:3 master, its 35:45 crop (both JPEG), and what was found about it."""

    master: bytes
    print_crop: bytes
    findings: tuple[Finding, ...]


def measure(data: bytes) -> Measured:
    """Read a picture, outside any transaction. InvalidInput says what to do about one that cannot be taken."""
    try:
        portrait = read_portrait(data)
        return _measured(portrait.master, of_file(portrait))
    except PortraitError as error:
        raise InvalidInput.of(error, "portrait") from error


def look_at(master: bytes, crop: Crop | None = None) -> Examination:
    """What a crop of a master would be like, by default the proposed one. InvalidInput when it does not fit."""
    try:
        return examine(master, crop)
    except PortraitError as error:
        raise InvalidInput.of(error, "crop") from error


def recrop(master: bytes, crop: Crop) -> Measured:
    """A master with another crop, outside any transaction. InvalidInput when the crop does not fit the master."""
    try:
        return _measured(master, crop=crop)
    except PortraitError as error:
        raise InvalidInput.of(error, "crop") from error


def _measured(master: bytes, of_its_file: tuple[Finding, ...] = (), crop: Crop | None = None) -> Measured:
    seen = examine(master, crop)
    return Measured(master, crop_print(master, seen.crop), (*of_its_file, *seen.findings))


def of_its_file(portrait: Portrait) -> list[dict[str, Any]]:
    """The findings about the file that was uploaded, which stay whatever part of its master is printed."""
    return [finding for finding in portrait.findings if finding["id"] in file_criteria()]


def add_portrait(act: Act, request: IssuanceRequest, measured: Measured, source: str) -> Portrait:
    """Keep a new portrait, encrypted; `source` is `captured` or `uploaded`. It counts once it is accepted."""
    centres.check_own(act, request)
    _check_open(request)
    if source not in ("captured", "uploaded"):
        raise InvalidInput("source", "Say whether the picture was captured here or uploaded.")
    portrait = Portrait(
        request_id=request.id,
        master_id=act.vault.put(act.session, request.id, "portrait-master", measured.master).id,
        print_id=act.vault.put(act.session, request.id, "portrait-print", measured.print_crop).id,
        source=source,
        findings=[asdict(finding) for finding in measured.findings],
        taken_by=act.actor.id,
        taken_at=act.clock.now(),
    )
    act.session.add(portrait)
    request.enrolled_by = act.actor.id
    duties.take(act, Task(DutyName.LODGING, request))
    act.record("portrait.added", request, source=source)
    return portrait


def open_portrait(act: Act, request: IssuanceRequest) -> bytes:
    """The newest portrait as it would be printed (JPEG), opened by a member of staff, which is recorded."""
    portrait = newest(act, request)
    if portrait is None or portrait.print_id is None:
        raise NotFound("There is no portrait yet.")
    act.record("portrait.opened", request, centre_id=request.centre_id)
    return act.vault.get(act.session, portrait.print_id)


def master_of(look: Look, portrait: Portrait) -> bytes:
    """The 4:3 picture (JPEG) that a portrait was cropped from; Conflict when retention deleted it."""
    if portrait.master_id is None:
        raise Conflict(NO_PORTRAIT)
    return look.vault.get(look.session, portrait.master_id)


def crop_portrait(act: Act, request: IssuanceRequest, measured: Measured) -> None:
    """Print another part of the newest portrait, which then waits to be accepted; the former crop is deleted.

    A crop that is the kept one changes nothing.
    """
    centres.check_own(act, request)
    _check_open(request)
    portrait = newest(act, request)
    if portrait is None or portrait.print_id is None:
        raise Conflict(NO_PORTRAIT)
    if master_of(act, portrait) != measured.master:
        raise StaleState("Another picture was taken meanwhile. Look at it before you accept it.")
    former = portrait.print_id
    if act.vault.get(act.session, former) == measured.print_crop:
        return
    portrait.print_id = act.vault.put(act.session, request.id, "portrait-print", measured.print_crop).id
    portrait.findings = [*of_its_file(portrait), *map(asdict, measured.findings)]
    portrait.accepted_by = None
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id == former))
    act.record("portrait.cropped", request)


def accept_portrait(act: Act, request: IssuanceRequest, override_reason: str = "") -> None:
    """Accept the newest portrait; with a reason when a finding failed (children, headscarves, injuries)."""
    centres.check_own(act, request)
    _check_open(request)
    portrait = newest(act, request)
    if portrait is None:
        raise Conflict(NO_PORTRAIT)
    failed = [finding["criterion"] for finding in portrait.findings if not finding["passed"]]
    if failed and not override_reason.strip():
        raise InvalidInput(
            "override_reason",
            "A finding is outside its limits. Take the picture again, or say why this one is accepted.",
        )
    portrait.accepted_by = act.actor.id
    portrait.override_reason = override_reason.strip() if failed else ""
    duties.take(act, Task(DutyName.CASE, request))
    act.record("portrait.accepted", request, overridden=", ".join(failed))


def _check_open(request: IssuanceRequest) -> None:
    if request.state not in UNDECIDED:
        raise Conflict("The content is frozen. Lodge a replacement to change the portrait.")


def newest(look: Look, request: IssuanceRequest) -> Portrait | None:
    """The last portrait of a request, accepted or not."""
    query = select(Portrait).where(Portrait.request_id == request.id).order_by(Portrait.id.desc()).limit(1)
    return look.still((newest, request.id), lambda: look.session.scalar(query))


def accepted(look: Look, request: IssuanceRequest) -> Portrait | None:
    """The portrait that will be printed: the newest, when it was accepted."""
    portrait = newest(look, request)
    return portrait if portrait and portrait.accepted_by else None


def reusable(look: Look, request: IssuanceRequest) -> Portrait | None:
    """The newest accepted portrait of the same person, when the type's rules let this kind of request use it again."""
    query = (
        select(Portrait)
        .join(IssuanceRequest, IssuanceRequest.id == Portrait.request_id)
        .where(
            IssuanceRequest.person_id == request.person_id,
            Portrait.request_id != request.id,
            Portrait.accepted_by.is_not(None),
            Portrait.print_id.is_not(None),
            IssuanceRequest.erased_on.is_(None),
        )
        .order_by(Portrait.taken_at.desc())
        .limit(1)
    )
    portrait = look.session.scalar(query)
    if portrait is None or request.kind not in KINDS:
        return None
    reusable = rules_of(request).portrait_reusable(
        Kind(request.kind), office_day(portrait.taken_at), look.clock.today()
    )
    return portrait if reusable else None


def reuse_portrait(act: Act, request: IssuanceRequest) -> Portrait:
    """Take the earlier portrait over, re-encrypted under this request's own key."""
    centres.check_own(act, request)
    _check_open(request)
    earlier = reusable(act, request)
    if earlier is None or earlier.master_id is None or earlier.print_id is None:
        raise Conflict("There is no accepted portrait of this person younger than six months. Take a new one.")
    master, crop = (act.vault.get(act.session, blob_id) for blob_id in (earlier.master_id, earlier.print_id))
    portrait = Portrait(
        request_id=request.id,
        master_id=act.vault.put(act.session, request.id, "portrait-master", master).id,
        print_id=act.vault.put(act.session, request.id, "portrait-print", crop).id,
        source=earlier.source,
        findings=earlier.findings,
        override_reason=earlier.override_reason,
        taken_by=earlier.taken_by,
        taken_at=earlier.taken_at,
        accepted_by=act.actor.id,
    )
    act.session.add(portrait)
    request.enrolled_by = act.actor.id
    duties.take(act, Task(DutyName.LODGING, request))
    act.record("portrait.reused", request)
    return portrait
