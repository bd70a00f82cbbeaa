"""What is read to a person before they let a body see their file (docs/law.md, E12): `consent.toml`."""

from __future__ import annotations

import datetime as dt
from functools import cache

from issuance.law.blocks import Sourced, read
from issuance.law.persons.rights import Said


class ConsentText(Sourced):
    """The sentences in every language; `version` is the day on which their words were last changed."""

    version: dt.date
    texts: tuple[Said, ...]


@cache
def consent_text() -> ConsentText:
    """What is in force; read once."""
    return ConsentText.model_validate(read("persons/consent.toml"))
