"""What the pages that send cases share: to which centre, why, and whether a family may be parted."""

from __future__ import annotations

from issuance.acts import Look
from issuance.services import centres
from issuance.services.transfers.asking import BECAUSE, Wanted
from issuance.web.frame.forms import Form, options
from issuance.web.words.duties import TRANSFER_REASONS

Choices = list[tuple[str, str]]


def others(look: Look) -> Choices:
    """The other centres that are open, by their short names."""
    return options(
        (row.code, row.name) for row in centres.listed(look) if row.active and row.id != look.actor.centre_id
    )


def reasons() -> Choices:
    """Why a case goes."""
    return options((code, TRANSFER_REASONS[code]) for code in BECAUSE)


def wanted(look: Look, form: Form) -> Wanted:
    """What was chosen; what is wrong is noted beside its field."""
    to = form.choice("centre", [code for code, _ in others(look)])
    return Wanted(to, form.choice("because", BECAUSE), form.ticked("apart"))
