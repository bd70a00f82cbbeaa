"""Groups in words: who sent them, how far they are, why somebody left."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.services.groups.stages import Stage

SENDERS: dict[str, Any] = {
    "iom": lazy_gettext("International Organization for Migration (IOM)"),
    "unhcr": lazy_gettext("UNHCR"),
    "state": lazy_gettext("Another state"),
}
"""Who sends the list of a group."""

STAGES: dict[Stage, tuple[Any, str]] = {
    Stage.LISTED: (lazy_gettext("nobody of the list is lodged yet"), "info"),
    Stage.TO_ENROL: (lazy_gettext("to be enrolled"), "soon"),
    Stage.TO_DECIDE: (lazy_gettext("waits for decisions"), "info"),
    Stage.IN_MAKING: (lazy_gettext("documents are made"), "info"),
    Stage.TO_HAND_OVER: (lazy_gettext("to be handed over"), "soon"),
    Stage.DONE: (lazy_gettext("done, to be closed"), "done"),
    Stage.CLOSED: (lazy_gettext("closed"), "plain"),
}
"""How far a group is, and the tone of its chip."""

LEFT: dict[str, Any] = {"moved": lazy_gettext("at another centre now")}
"""Why somebody is not there who did arrive."""
