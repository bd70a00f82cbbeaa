"""What members are to the beneficiary, and how a request stands, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.states import ReunificationState

TIES: dict[str, Any] = {
    "spouse": lazy_gettext("Spouse"),
    "child": lazy_gettext("Child"),
    "parent": lazy_gettext("Parent"),
    "responsible_adult": lazy_gettext("Responsible adult"),
    "partner": lazy_gettext("Unmarried partner"),
    "partners_child": lazy_gettext("Child of the unmarried partner"),
}
"""By code (`reunification.toml`)."""

STATES: dict[str, Any] = {
    ReunificationState.ASKED: lazy_gettext("asked for"),
    ReunificationState.INCOMPLETE: lazy_gettext("something is missing"),
    ReunificationState.COMPLETE: lazy_gettext("waits for the decision"),
    ReunificationState.DECIDED: lazy_gettext("decided"),
    ReunificationState.TRAVELLED: lazy_gettext("all of them came"),
    ReunificationState.CLOSED: lazy_gettext("closed"),
}

TONES = {
    ReunificationState.INCOMPLETE: "soon",
    ReunificationState.CLOSED: "plain",
    ReunificationState.TRAVELLED: "done",
}

OUTCOMES: dict[str, Any] = {"approved": lazy_gettext("Approve"), "refused": lazy_gettext("Refuse")}

MISSING: dict[str, Any] = {
    "kinship": lazy_gettext("Evidence of the kinship"),
    "marriage": lazy_gettext("Evidence of the marriage"),
    "consent": lazy_gettext("Consent of the other parent"),
    "identity": lazy_gettext("Evidence of who the member is"),
    "other": lazy_gettext("Something else, said at the desk"),
}

WHY_CLOSED: dict[str, Any] = {
    "arrived": lazy_gettext("Everybody approved has come"),
    "refused": lazy_gettext("Nobody was approved"),
    "withdrawn": lazy_gettext("The person withdraws it"),
    "not_coming": lazy_gettext("Who was approved does not come any more"),
}
