"""Rights and duties in plain words (docs/law.md, E7): `rights.toml`, by status, in the languages of everybody."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import read

Kind = Literal["about", "right", "duty"]
Language = Literal["ro", "en", "fr", "ar", "uk", "bn", "ur"]
LANGUAGES: tuple[Language, ...] = ("ro", "en", "fr", "ar", "uk", "bn", "ur")
TEXT_LANGUAGE: Language = "ro"
"""The language whose text counts."""

PLACE = re.compile(r"(?P<article>[^()]+)(?:\((?P<paragraph>\d+)\))?(?:\((?P<letter>[a-z])\))?")


class Said(Value):
    """A text in every language."""

    ro: str
    en: str
    fr: str
    ar: str
    uk: str
    bn: str
    ur: str

    def in_(self, language: str) -> str:
        """The text in one of LANGUAGES, Romanian for any other."""
        return str(getattr(self, language if language in LANGUAGES else TEXT_LANGUAGE))


class Text(Said):
    """One right or duty of those who have one of `statuses`. `version` is the day on which its words were last changed.

    `at` are its articles: a law of `Rights.laws` and the place in it (`law 20(1)(c)`), or the law alone.
    """

    code: str
    statuses: tuple[str, ...] = Field(alias="for")
    kind: Kind
    version: dt.date
    at: tuple[str, ...]

    @property
    def key(self) -> str:
        """By which it is known to who reviews texts."""
        return f"rights {self.code}"


class Parts(Value):
    """How article, paragraph and letter are written, `%s` in each."""

    article: Said
    paragraph: Said
    letter: Said


class Rights(Value):
    """Everything of `rights.toml`."""

    statuses: tuple[str, ...]
    laws: Mapping[str, Said]
    parts: Parts
    texts: tuple[Text, ...]
    assumptions: tuple[Localised, ...] = ()

    @model_validator(mode="after")
    def _every_place_is_of_a_law(self) -> Rights:
        for text in self.texts:
            if not set(text.statuses) <= set(self.statuses) or not {at.split()[0] for at in text.at} <= set(self.laws):
                raise ValueError(f"rights.toml: {text.code} names a status or a law that is not there")
        return self


class Read(NamedTuple):
    """What is read to somebody of a status, in the order of reading; `version` is that of its newest text."""

    status: str
    version: str
    texts: tuple[Text, ...]

    def of(self, kind: Kind) -> tuple[Text, ...]:
        """The texts of one kind."""
        return tuple(text for text in self.texts if text.kind == kind)


@cache
def rights() -> Rights:
    """What is in force; read once."""
    return Rights.model_validate(read("persons/rights.toml"))


def read_to(status: str) -> Read | None:
    """What somebody of this status is read; None when there is nothing for it, as for a family member."""
    texts = tuple(text for text in rights().texts if status in text.statuses)
    return Read(status, max(text.version for text in texts).isoformat(), texts) if texts else None


def articles(text: Text, language: str) -> str:
    """Its articles as they are written in the language: `Law 122/2006, Art 20(1)(c)`."""
    return places(text.at, language)


def places(at: Iterable[str], language: str) -> str:
    """Places of laws, as of `Text.at`, as they are written in the language."""
    return "; ".join(_article(each, language) for each in at)


def _article(at: str, language: str) -> str:
    law, _, place = at.partition(" ")
    name, found = rights().laws[law].in_(language), PLACE.fullmatch(place)
    if found is None:
        return name
    comma = "، " if language in ("ar", "ur") else ", "
    written = ((getattr(rights().parts, part), value) for part, value in found.groupdict().items() if value)
    return name + comma + "".join(part.in_(language) % value for part, value in written)
