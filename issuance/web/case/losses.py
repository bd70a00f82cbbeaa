"""What every page on which a loss is reported shares: who may, the words, and the form's fields."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.web.frame.forms import Form

WINDOW = (RoleName.CLERK, RoleName.SUPERVISOR)
"""Who has the holder, or the document, before them."""

KINDS: dict[str, Any] = {"lost": lazy_gettext("Lost"), "stolen": lazy_gettext("Stolen")}
SOURCES: dict[str, Any] = {
    "holder": lazy_gettext("The holder"),
    "police": lazy_gettext("The police"),
    "somebody_else": lazy_gettext("Somebody else"),
}
SAID_BY = SOURCES | {loss.STATUS_PAGE: lazy_gettext("Somebody on the status page")}
"""Also what nobody at a window says."""


def said_in(form: Form) -> Said:
    """What the form says about a loss. FormRefused when something is missing."""
    kind = form.choice("kind", KINDS)
    source = form.choice("source", SOURCES)
    noticed_on = form.date("noticed_on")
    police = form.text("police_reference", limit=60, required=False)
    form.check()
    assert noticed_on is not None
    return Said(kind, source, noticed_on, police)
