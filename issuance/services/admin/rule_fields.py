"""The rules of a block that an office may say otherwise: its numbers, days, kinds of request and sentences.

Articles stay as they are, and what a type is issued for: these are the law's, and come with a release. A rule is named
by its key as in the type's file, lists counted from 1: `evidence[2].text.ro`.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["whole", "day", "text", "kinds"]
Block = Mapping[str, Any]
Place = tuple[str | int, ...]

LANGUAGES = ("ro", "en", "fr")
OF_KINDS = ("kinds", "reused_for")
SAID = ("whole", "day")
HOURS = 24
PLACE = r"%\(\w+\)s"


@dataclass(frozen=True)
class RuleField:
    """One rule of a block: where it stands, what sort of value it has, and the value."""

    place: Place
    kind: Kind
    value: Any

    @property
    def key(self) -> str:
        """Its key as the type's file says it."""
        return key_of(self.place)

    @property
    def section(self) -> str:
        """The first part of its key: the table in which it stands."""
        return str(self.place[0])


def key_of(place: Sequence[str | int]) -> str:
    """A place in a block as a key: `evidence[2].text.ro`."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def fields(block: Block) -> list[RuleField]:
    """The rules of a block that an office may say otherwise, in the order of the block."""
    return [field for field in _walk((), block) if field.place != ("from",)]


def _walk(place: Place, value: Any) -> Iterator[RuleField]:
    if place and (kind := _kind(place, value)):
        yield RuleField(place, kind, value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in ("legal_basis", "rule", "document_type"):
                yield from _walk((*place, name), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk((*place, number), inner)


def _kind(place: Place, value: Any) -> Kind | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return "whole"
    if isinstance(value, str) and place[-1] in LANGUAGES:
        return "text"
    if isinstance(value, str) and place[-1] == "until":
        return "day"
    if isinstance(value, list) and place[-1] in OF_KINDS:
        return "kinds"
    return None


def changed(block: Block, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The block with other values under these keys; KeyError for one that an office may not say otherwise."""
    new = copy.deepcopy(dict(block))
    places = {field.key: field.place for field in fields(block)}
    for key, value in changes.items():
        *way, last = places[key]
        inner: Any = new
        for part in way:
            inner = inner[part]
        inner[last] = value.isoformat() if isinstance(value, dt.date) else value
    return new


def article(block: Block, key: str) -> Mapping[str, str]:
    """The article of a rule: that of the innermost table around it that names one, by language."""
    found = inner = block
    for part in re.findall(r"[a-z_]+|\d+", key):
        if "legal_basis" in inner:
            found = inner
        inner = inner[int(part) - 1] if part.isdigit() else inner.get(part, {})  # type: ignore[index]
        if not isinstance(inner, Mapping | list):
            break
    basis: Mapping[str, str] = found["legal_basis"]
    return basis


def unsaid(before: Block, after: Block) -> str | None:
    """The key of a sentence that still says a number or year of before of its own section, and not the new one."""
    was = {field.key: field for field in fields(before)}
    now = fields(after)
    moved = [(was[each.key], each) for each in now if each.kind in SAID and was[each.key].value != each.value]
    texts = [text for text in now if text.kind == "text"]
    found = (
        text.key
        for old, new in moved
        for text in texts
        if text.section == new.section and _is_left(text, was[text.key], old, new)
    )
    return next(found, None)


def _is_left(text: RuleField, before: RuleField, old: RuleField, new: RuleField) -> bool:
    """Whether a sentence that said the old value does not say the new one; of two days of a year, whether it is as it
    was."""
    if not _says(text.value, old):
        return False
    return text.value == before.value if _numbers(old) == _numbers(new) else not _says(text.value, new)


def _says(sentence: str, field: RuleField) -> bool:
    return any(re.search(rf"\b{number}\b", sentence) for number in _numbers(field))


def _numbers(field: RuleField) -> list[str]:
    """How a sentence says a value: as it is, hours in days too, of a day its year."""
    if field.kind == "day":
        return [str(field.value)[:4]]
    hours = field.place[-1] == "within_hours"
    return [str(field.value), f"{field.value / HOURS:g}"] if hours else [str(field.value)]


def misplaced(before: Block, after: Block) -> RuleField | None:
    """The field of a sentence in which the places that are filled in (`%(opens)s`) are not those of before."""
    was = {field.key: field for field in fields(before) if field.kind == "text"}
    now = (field for field in fields(after) if field.kind == "text")
    return next((was[text.key] for text in now if _places(text.value) != _places(was[text.key].value)), None)


def _places(sentence: str) -> tuple[list[str], bool]:
    """The places of a sentence, and whether it has a percent sign beside them, which no sentence with places may."""
    places = re.findall(PLACE, sentence)
    return sorted(places), bool(places) and "%" in re.sub(PLACE, "", sentence)
