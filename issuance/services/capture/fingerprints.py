"""Fingerprints: a flat finger of each hand, for the types and ages whose rules ask for them (E18).

The index finger first; where it cannot be taken another, with the reason; where none can be, the reason why. What a
scanner made of a finger is kept encrypted under the request's key, nothing of it is shown or printed, no chip gets it,
and `life.retention` deletes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, InvalidInput, RuleViolation
from issuance.models.duties import DutyName
from issuance.models.requests import Fingerprint, IssuanceRequest
from issuance.models.vault import Blob
from issuance.services import centres, duties
from issuance.services.capture.scanner import Captured, scanner_of
from issuance.services.duties import Task
from issuance.services.rule_versions import rules_of
from issuance.settings import Settings
from issuance.states import UNDECIDED
from issuance.values.calendar import youngest_age
from issuance.values.codes import one_of

RIGHT, LEFT = HANDS = ("right", "left")
INDEX, *_ = FINGERS = ("index", "thumb", "middle", "ring")
"""In the order in which passport offices try them; little fingers hardly compare."""

WHY_ANOTHER = ("missing", "injured", "unreadable")
"""Why not the index finger."""

IMPOSSIBLE, PASSING = WHY_NONE = ("impossible", "passing")
"""Why no finger of a hand: for good, or for now."""

LEAST_QUALITY = 50

NO_SCANNER = "This office has no fingerprint scanner: it takes no fingerprints, and nothing waits for them."


@dataclass(frozen=True)
class Finger:
    """Which finger was taken; `why` says why not the index finger."""

    hand: str
    name: str
    why: str = ""


# What is asked


def are_asked(request: IssuanceRequest) -> bool:
    """Whether the rules ask this person for fingerprints, by the age at the lodging."""
    return rules_of(request).fingerprints_required(youngest_age(request.person.birth_date, request.lodged_on))


def are_taken_here(look: Look) -> bool:
    """Whether this office has a scanner."""
    return bool(look.settings.fingerprint_scanner)


def are_missing(look: Look, request: IssuanceRequest) -> bool:
    """Whether the request waits for them: a hand has neither a print that is still kept nor a reason."""
    return are_taken_here(look) and are_asked(request) and next_hand(look, request) is not None


def missing_of(look: Look, requests: Collection[IssuanceRequest]) -> set[UUID]:
    """Those of these requests that wait for them, asked once for all."""
    asked = [request.id for request in requests if are_asked(request)] if are_taken_here(look) else []
    if not asked:
        return set()
    rows = look.session.scalars(select(Fingerprint).where(Fingerprint.request_id.in_(asked)))
    done = {(row.request_id, row.hand) for row in rows if _is_done(row)}
    return {key for key in asked if not all((key, hand) in done for hand in HANDS)}


def next_hand(look: Look, request: IssuanceRequest) -> str | None:
    """The hand whose turn it is; None when both are done."""
    rows = of_request(look, request)
    return next((hand for hand in HANDS if hand not in rows or not _is_done(rows[hand])), None)


def _is_done(row: Fingerprint) -> bool:
    return row.template_id is not None or not row.finger


def of_request(look: Look, request: IssuanceRequest) -> Mapping[str, Fingerprint]:
    """What there is of each hand."""
    if is_new(request):
        return {}
    rows = look.session.scalars(select(Fingerprint).where(Fingerprint.request_id == request.id))
    return {row.hand: row for row in rows}


def last_day(look: Look, request: IssuanceRequest, issue_date: dt.date) -> dt.date | None:
    """Until when the document may run of who for now can give no finger; None where nothing limits it (E18)."""
    rows = of_request(look, request).values()
    passing = any(row.why == PASSING for row in rows) and not any(row.finger for row in rows)
    return rules_of(request).until_fingers_heal(issue_date) if passing else None


# At the desk


def capture(settings: Settings, image: bytes) -> Captured:
    """Let the office's scanner judge a picture, outside any transaction. InvalidInput says what to do about it."""
    scanner = scanner_of(settings)
    if scanner is None:
        raise Conflict(NO_SCANNER)
    captured = scanner.capture(image)
    if captured.quality < LEAST_QUALITY:
        raise InvalidInput(
            "picture",
            "The ridges are not clear: quality %(quality)s of 100, and %(least)s are needed. Wipe glass and finger,"
            " press it flat, and take it again; after three tries take the next finger.",
            quality=captured.quality,
            least=LEAST_QUALITY,
        )
    return captured


def take(act: Act, request: IssuanceRequest, finger: Finger, captured: Captured) -> Fingerprint:
    """Keep one finger of a hand, in the place of what there was of that hand."""
    _check_may(act, request)
    hand, name = one_of("finger", finger.hand, HANDS), one_of("finger", finger.name, FINGERS)
    if name != INDEX and finger.why not in WHY_ANOTHER:
        raise InvalidInput("why", "The index finger comes first. Say why it cannot be taken, or take it.")
    _check_other(act, request, hand, captured)
    row = _row(act, request, hand)
    _put_away(act, row)
    row.finger, row.why, row.quality = name, finger.why if name != INDEX else "", captured.quality
    blob = act.vault.put(act.session, request.id, "fingerprint", captured.template)
    row.template_id = blob.id
    act.record("fingerprint.taken", request, hand=hand, quality=captured.quality)
    return row


def exempt(act: Act, request: IssuanceRequest, hand: str, why: str) -> Fingerprint:
    """No finger of this hand can be taken, for good or for now."""
    _check_may(act, request)
    hand, why = one_of("hand", hand, HANDS), one_of("why_none", why, WHY_NONE)
    row = _row(act, request, hand)
    _put_away(act, row)
    row.finger, row.why, row.quality = "", why, None
    act.record("fingerprint.exempted", request, hand=hand)
    return row


def _check_may(act: Act, request: IssuanceRequest) -> None:
    centres.check_own(act, request)
    if not are_taken_here(act):
        raise Conflict(NO_SCANNER)
    if request.state not in UNDECIDED:
        raise Conflict("The content is frozen. Fingerprints are taken before the decision.")
    if not are_asked(request):
        rule = rules_of(request).fingerprints
        raise RuleViolation(
            "E18",
            rule.legal_basis.en if rule else "",
            "The law asks this person for no fingerprints, by the type of the document or the age. Take none.",
            field="finger",
        )


def _check_other(look: Look, request: IssuanceRequest, hand: str, captured: Captured) -> None:
    """InvalidInput for the picture that the other hand has."""
    other = next((row for row in of_request(look, request).values() if row.hand != hand), None)
    if other and other.template_id and look.vault.get(look.session, other.template_id) == captured.template:
        raise InvalidInput("picture", "This is the picture of the other hand. Take the finger that you chose.")


def _row(act: Act, request: IssuanceRequest, hand: str) -> Fingerprint:
    """The row of a hand, taken by who acts, now."""
    row = of_request(act, request).get(hand)
    if row is None:
        row = Fingerprint(request_id=request.id, hand=hand)
        act.session.add(row)
    assert act.actor.id  # no machine takes fingers by itself
    row.taken_by, row.taken_at = act.actor.id, act.clock.now()
    duties.take(act, Task(DutyName.LODGING, request))
    return row


# Deleted by retention


def _put_away(act: Act, *rows: Fingerprint) -> None:
    templates = [row.template_id for row in rows if row.template_id]
    for row in rows:
        row.template_id = None
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id.in_(templates)))


def forget(act: Act, request_id: UUID) -> int:
    """Delete what scanners made of a request's fingers, as a part of an act of retention; how many."""
    kept = select(Fingerprint).where(Fingerprint.request_id == request_id, Fingerprint.template_id.is_not(None))
    rows = act.session.scalars(kept).all()
    _put_away(act, *rows)
    return len(rows)
