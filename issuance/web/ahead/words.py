"""What the pages say at which a family fills in its form, in its language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from flask import g
from flask_babel import get_locale

from issuance.services.ahead.said import NEEDS, OTHER
from issuance.services.persons.family import TIES
from issuance.values.codes import SEXES
from issuance.web.frame.i18n import endonym
from issuance.web.words.nationalities import PERSON_CODES, nationalities
from printing.papers.wording import LANGUAGES

STATELESS, UNKNOWN = "XXA", "XXX"
COUNTRIES = frozenset(code for code in PERSON_CODES if not code.startswith(("XX", "GB"))) | {"GBR"}
"""What people say they are; the special codes of travel documents are the office's to give."""

Choices = list[tuple[str, str]]


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Every sentence in every language, by its name."""
    return tomllib.loads(Path(__file__).with_name("ahead.toml").read_text("utf-8"))


def language() -> str:
    """The language of the page, of those that its words have."""
    g.languages = LANGUAGES
    return str(get_locale())


def words() -> Mapping[str, str]:
    """Every sentence in the reader's language, by its name."""
    return {name: said[language()] for name, said in texts().items()}


def menu() -> Choices:
    """The languages, each by its own name."""
    return [(code, endonym(code)) for code in LANGUAGES]


def sexes() -> Choices:
    """Woman, man, another."""
    return _of("sex", SEXES)


def ties() -> Choices:
    """What somebody can be to the first person."""
    return _of("tie", (*TIES, OTHER))


def needs() -> Choices:
    """What somebody can need."""
    return _of("need", NEEDS)


def countries() -> Choices:
    """The nationalities, with none and the unknown one last."""
    said = words()
    named = [(code, name) for code, name in nationalities(language()) if code in COUNTRIES]
    return [("", said["choose"]), *named, (STATELESS, said["stateless"]), (UNKNOWN, said["unknown_nationality"])]


def _of(group: str, codes: Iterable[str]) -> Choices:
    said = words()
    return [(code, said[f"{group}_{code}"]) for code in codes]
