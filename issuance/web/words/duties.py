"""Duties on a request or document in words; why a request is decided by itself."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.models.duties import DutyName
from issuance.models.staff import RoleName
from issuance.services.bulks import approving, exceptions
from issuance.services.transfers import hindrances

DUTIES: dict[str, Any] = {
    DutyName.DECISION: lazy_gettext("decide, though the same person worked on it at the desk"),
    DutyName.OPERATION: lazy_gettext("print, though the same person approved it"),
    DutyName.CHECK: lazy_gettext("check, though the same person approved or printed it"),
    DutyName.HAND_OVER: lazy_gettext("hand over, though the same person lodged, approved, printed or checked it"),
}
"""What an override lets somebody do."""


REMOTE_DUTIES: dict[str, Any] = {
    RoleName.DECISION_OFFICER: lazy_gettext("decides, from the own centre"),
    RoleName.QUALITY_OFFICER: lazy_gettext("checks documents, from the own centre"),
}
"""What somebody of another centre is on duty for."""


def duty_word(duty: str) -> str:
    """What an override of this duty lets somebody do."""
    return str(DUTIES[duty])


FLAGS: dict[str, tuple[Any, str]] = {
    exceptions.SECOND_ENTRY: (lazy_gettext("second entry"), "info"),
    exceptions.UPLOADED: (lazy_gettext("uploaded portrait"), "soon"),
    exceptions.OVERRIDDEN: (lazy_gettext("portrait accepted with a reason"), "soon"),
    exceptions.CHANGED: (lazy_gettext("changed meanwhile"), "soon"),
    exceptions.CORRECTING: (lazy_gettext("a correction waits"), "soon"),
}
"""What is out of the ordinary with a request, and the tone of its chip."""

WHYS: dict[str, Any] = {code: text for code, (text, _) in FLAGS.items()} | {
    exceptions.KIND: lazy_gettext("of a kind that is decided one by one"),
    exceptions.BY_HAND: lazy_gettext("typed by hand at the desk"),
    exceptions.UNACCOMPANIED: lazy_gettext("a child alone"),
    exceptions.EVIDENCE: lazy_gettext("a paper is missing"),
    exceptions.ALIKE: lazy_gettext("somebody alike is in the register"),
    exceptions.ACCELERATED: lazy_gettext("accelerated procedure: read the warning"),
    approving.DECIDED: lazy_gettext("decided by somebody else, or withdrawn"),
    approving.NO_OFFICER: lazy_gettext("you may not decide there any more"),
    approving.REFUSED: lazy_gettext("the register refused it: open it to see why"),
    "refused": lazy_gettext("refused"),
    "sent_back": lazy_gettext("sent back to the desk"),
    "moved": lazy_gettext("at another centre now"),
}
"""Why a request is not approved together with others."""

TRANSFER_REASONS: dict[str, Any] = {
    "moved_home": lazy_gettext("The person lives there now"),
    "joins_family": lazy_gettext("The family is there"),
    "too_many_here": lazy_gettext("More cases here than this centre can handle"),
    "no_machine": lazy_gettext("No station here can make it for now"),
    "centre_closes": lazy_gettext("This centre closes"),
    "told": lazy_gettext("Case handling told so"),
}
"""Why a case goes to another centre."""

NOT_ARRIVED: dict[str, Any] = {
    "did_not_travel": lazy_gettext("The person did not travel"),
    "travels_later": lazy_gettext("The person travels later"),
    "went_elsewhere": lazy_gettext("The person went elsewhere"),
    "not_known": lazy_gettext("Nobody knows where the person is"),
}
"""Why a member of a group did not arrive (`services.membership.members`)."""

TRANSFER_KEPT: dict[str, Any] = {code: lazy_gettext(text) for code, text in hindrances.WHY.items()}
"""What keeps a case at its centre, with what to do next."""
