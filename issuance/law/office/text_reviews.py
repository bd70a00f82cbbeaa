"""Who has read the translations: `translations/reviews.toml`, one table a language.

An office keeps its own reviews beside these, text by text (`models.rights.TextReview`, ADR 0080).
Romanian and English are ours. Every other text was made by a machine until somebody who speaks the language has read it
and is named here; a folder that is not named counts as made by a machine.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

FILE = Path(__file__).parents[3] / "translations" / "reviews.toml"
OURS = ("ro", "en")
State = Literal["ours", "machine", "reviewed"]


class LanguageReview(BaseModel):
    """How far a language is: made by a machine on a day, or reviewed by somebody on a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["machine", "reviewed"]
    on: dt.date
    by: str = ""

    @model_validator(mode="after")
    def _who_reviewed_is_named(self) -> LanguageReview:
        if (self.state == "reviewed") != bool(self.by.strip()):
            raise ValueError("`by` names who reviewed, exactly when `state` is reviewed")
        return self


def read(text: str) -> Mapping[str, LanguageReview]:
    """The reviews of a file's text; ValidationError names what is wrong in it."""
    return TypeAdapter(dict[str, LanguageReview]).validate_python(tomllib.loads(text))


@cache
def load() -> Mapping[str, LanguageReview]:
    """The reviews by language."""
    return read(FILE.read_text("utf-8"))


def state(language: str) -> State:
    """Whether the texts of a language are ours, made by a machine, or reviewed by somebody who speaks it."""
    if language in OURS:
        return "ours"
    review = load().get(language)
    return "reviewed" if review is not None and review.state == "reviewed" else "machine"


def digest(key: str, text: str) -> str:
    """What a review is of: a text under its key, word for word. Who changes the text has it read again."""
    return hashlib.sha256(f"{key}\0{text}".encode()).hexdigest()[:32]


def is_by_machine(language: str) -> bool:
    """Whether nobody who speaks the language has read its texts yet."""
    return state(language) == "machine"
