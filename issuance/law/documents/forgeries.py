"""What may be wrong about a document that is shown, who is told, and how long its picture is kept: `forgeries.toml`."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import Sourced, read


class Word(Value):
    """A code and what it is called."""

    code: str
    title: Localised


class Keeping(Sourced):
    """How many days the picture of a forged document is kept after somebody found that it is one."""

    picture_days: int = Field(ge=1)


class Forgeries(Value):
    """Everything of `forgeries.toml`."""

    keeping: Keeping
    features: tuple[Word, ...]
    bodies: tuple[Word, ...]


@cache
def forgeries() -> Forgeries:
    """What is in force; read once."""
    return Forgeries.model_validate(read("documents/forgeries.toml"))


def features() -> dict[str, Localised]:
    """What may be wrong about a document, by code."""
    return {word.code: word.title for word in forgeries().features}


def bodies() -> dict[str, Localised]:
    """Who may be told, by code."""
    return {word.code: word.title for word in forgeries().bodies}
