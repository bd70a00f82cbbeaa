"""How the office came to know of a residence, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.law.persons.residence import late_reasons, typed
from issuance.web.frame.forms import options
from issuance.web.frame.i18n import language

REPORTED: dict[str, Any] = {
    "desk": lazy_gettext("At the desk"),
    "letter": lazy_gettext("By letter"),
    "e_mail": lazy_gettext("By e-mail"),
    "telephone": lazy_gettext("By telephone"),
    "case_handling": lazy_gettext("By case handling"),
    "lodged": lazy_gettext("Said at a lodging"),
    "corrected": lazy_gettext("Correction of the person's data"),
    "kept": lazy_gettext("As the register had it before it kept a history"),
}
"""By code (`residence.toml`)."""


def ways() -> list[tuple[str, str]]:
    """How a person tells it, to choose from."""
    return options((code, REPORTED[code]) for code in typed())


def reasons() -> list[tuple[str, str]]:
    """Why a move was told late, to choose from."""
    return options((code, title.text(language())) for code, title in late_reasons().items())
