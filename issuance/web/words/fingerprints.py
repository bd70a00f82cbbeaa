"""Fingers, and why one was not taken, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.models.requests import Fingerprint, IssuanceRequest
from issuance.services.capture import fingerprints
from issuance.services.capture.fingerprints import HANDS

HAND_WORDS: dict[str, Any] = {"right": lazy_gettext("right hand"), "left": lazy_gettext("left hand")}
FINGER_WORDS: dict[tuple[str, str], Any] = {
    ("right", "index"): lazy_gettext("right index finger"),
    ("right", "thumb"): lazy_gettext("right thumb"),
    ("right", "middle"): lazy_gettext("right middle finger"),
    ("right", "ring"): lazy_gettext("right ring finger"),
    ("left", "index"): lazy_gettext("left index finger"),
    ("left", "thumb"): lazy_gettext("left thumb"),
    ("left", "middle"): lazy_gettext("left middle finger"),
    ("left", "ring"): lazy_gettext("left ring finger"),
}
WHY_ANOTHER_WORDS: dict[str, Any] = {
    "missing": lazy_gettext("the index finger is missing"),
    "injured": lazy_gettext("the index finger is injured"),
    "unreadable": lazy_gettext("the index finger gives no clear print"),
}
WHY_NONE_WORDS: dict[str, Any] = {
    "impossible": lazy_gettext("none can ever be taken"),
    "passing": lazy_gettext("none can be taken for now"),
}


def said(look: Look, case: IssuanceRequest) -> str:
    """What was captured of a person's fingers and what was not; empty where nothing is asked."""
    if not fingerprints.are_asked(case):
        return ""
    rows = fingerprints.of_request(look, case)
    if not rows and not fingerprints.are_taken_here(look):
        return str(gettext("not captured: this office has no scanner"))
    return "; ".join(of_hand(hand, rows.get(hand)) for hand in HANDS)


def of_hand(hand: str, row: Fingerprint | None) -> str:
    """What was captured of one hand, or why nothing was."""
    if row is None:
        return str(gettext("%(hand)s: not captured", hand=HAND_WORDS[hand]))
    if not row.finger:
        why = WHY_NONE_WORDS.get(row.why, "")  # retention takes the reason away
        return str(gettext("%(hand)s: not captured, %(why)s", hand=HAND_WORDS[hand], why=why))
    return _of_finger(hand, row)


def _of_finger(hand: str, row: Fingerprint) -> str:
    words = str(FINGER_WORDS[hand, row.finger])
    if row.why:
        words += f" ({WHY_ANOTHER_WORDS[row.why]})"
    if row.template_id is None:
        return str(gettext("%(finger)s: captured, and deleted since", finger=words))
    return str(gettext("%(finger)s: captured, quality %(quality)s of 100", finger=words, quality=row.quality))
