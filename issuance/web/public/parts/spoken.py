"""What a page of everybody says, from the TOML file beside it of its name, in the languages of the papers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from printing.papers.wording import LANGUAGES as LANGUAGES

Texts = Mapping[str, str]
"""A sentence by language."""


@cache
def words(page: str) -> Mapping[str, Texts]:
    """Every sentence of a page, by its name."""
    return tomllib.loads((Path(__file__).parents[1] / f"{page}.toml").read_text("utf-8"))


def words_in(page: str, language: str) -> Mapping[str, str]:
    """Every sentence of a page in one of LANGUAGES, by its name."""
    return {name: texts[language] for name, texts in words(page).items()}
