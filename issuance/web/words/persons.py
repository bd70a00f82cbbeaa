"""What the register says of a person, field by field, and why it was made to say so, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from issuance.web.frame.i18n import partial_day
from issuance.web.words.codes import STATUS_WORDS
from issuance.web.words.nationalities import nationality_names

FIELDS: dict[str, Any] = {
    "family_name": lazy_gettext("Family name"),
    "given_names": lazy_gettext("Given names"),
    "native_name": lazy_gettext("Native spelling"),
    "birth_date": lazy_gettext("Born on"),
    "birth_place": lazy_gettext("Place of birth"),
    "sex": lazy_gettext("Sex"),
    "nationality": lazy_gettext("Nationality"),
    "other_nationalities": lazy_gettext("More nationalities"),
    "status": lazy_gettext("Status"),
    "address": lazy_gettext("Address"),
    "eurodac_reference": lazy_gettext("Eurodac reference"),
    "cnp": lazy_gettext("Personal number (CNP)"),
}
"""What is said of a person, in the order in which people read it."""

CORRECTIONS: dict[str, Any] = {
    "office_error": lazy_gettext("the office erred"),
    "said_otherwise": lazy_gettext("the person had said it otherwise"),
    "new_evidence": lazy_gettext("a paper proves it now"),
}
"""Reasons of a correction (`requests.toml`)."""

WHYS: dict[str, Any] = CORRECTIONS | {
    "kept": lazy_gettext("as the register had it before it kept versions"),
    "lodged": lazy_gettext("said at a lodging"),
    "spelling": lazy_gettext("spelling confirmed"),
    "residence": lazy_gettext("proof of residence"),
    "regrouped": lazy_gettext("records merged or split"),
    "review": lazy_gettext("final decision on a review of the status"),
}
"""Why the register says so (`models.people.PersonVersion.why`)."""


def said(name: str, value: str) -> str:
    """A value of a field as people read it; a dash for nothing."""
    if not value:
        return "—"
    if name == "birth_date":
        return partial_day(value)
    if name in ("nationality", "other_nationalities"):
        return nationality_names(value.split())
    return str(STATUS_WORDS.get(value, value)) if name == "status" else value


def changes(differing: Mapping[str, tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Field, what it was and what it is, in words."""
    return [(str(FIELDS[name]), said(name, was), said(name, now)) for name, (was, now) in differing.items()]
