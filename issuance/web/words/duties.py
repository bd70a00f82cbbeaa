"""Duties on a request or document in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.models.duties import DutyName
from issuance.models.staff import RoleName

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
