"""What an access report says in words, by code and language: `words.toml` beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from issuance.law.persons.rights import LANGUAGES
from printing.papers import Words

Sentences = Mapping[str, Mapping[str, str]]

INSTEAD = "en"
"""What a report is written in beside Romanian for those in whose language there are no words."""


@cache
def words() -> Mapping[str, Sentences]:
    """Every word, by what it is a word of, its code and its language."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def language_for(wanted: str) -> str:
    """The language of a report for somebody whose language this is."""
    return wanted if wanted in LANGUAGES else INSTEAD


def said(of: str, code: str, language: str) -> str:
    """A code in words; the code itself where there are none."""
    texts = words()[of].get(code)
    return texts[language] if texts else code


def on_paper(of: str, code: str, language: str) -> Words:
    """A code in Romanian, English and the language."""
    return Words(*(said(of, code, each) for each in ("ro", "en", language)))
