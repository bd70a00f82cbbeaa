"""What the page says at which a holder signs on a phone: from phone.toml, in the languages of the papers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from printing.papers.wording import LANGUAGES as LANGUAGES

Texts = Mapping[str, str]
"""A sentence by language."""


@cache
def words() -> Mapping[str, Texts]:
    """Every sentence, by its name."""
    return tomllib.loads(Path(__file__).with_name("phone.toml").read_text("utf-8"))


def words_in(language: str) -> Mapping[str, str]:
    """Every sentence in one of LANGUAGES, by its name."""
    return {name: texts[language] for name, texts in words().items()}
