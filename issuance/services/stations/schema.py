"""The settings of a device as fields, read from its driver's JSON Schema (draft 2020-12, as pydantic writes it).

Strings, whole numbers, numbers, ticks and choices can be changed; everything else is `fixed`, shown and left alone. A
schema comes from a station: whatever it holds, the answer is a bounded list of fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "secret", "whole", "number", "tick", "choice", "fixed"]
Schema = Mapping[str, Any]

MOST_FIELDS = 60
MOST_TEXT = 500
_KINDS: dict[Any, Kind] = {"string": "text", "integer": "whole", "number": "number", "boolean": "tick"}


@dataclass(frozen=True)
class SettingField:
    """One setting: `least` and `most` bound a number (None: no bound) or the length of a text; `options` of a choice.

    A field that is not `required` and left empty takes the driver's own default.
    """

    name: str
    title: str
    description: str
    kind: Kind
    required: bool
    default: Any = None
    least: float | None = None
    most: float | None = None
    options: tuple[str | int | float, ...] = ()


def fields(schema: Schema) -> list[SettingField]:
    """The settings of a schema in their order."""
    properties, required = _table(schema.get("properties")), schema.get("required")
    names = required if isinstance(required, list) else []
    items = list(properties.items())[:MOST_FIELDS]
    return [_field(name, _table(item), schema, name in names) for name, item in items]


def secret_names(schema: Schema) -> frozenset[str]:
    """The settings that are never shown."""
    return frozenset(field.name for field in fields(schema) if field.kind == "secret")


def _field(name: str, item: Schema, schema: Schema, required: bool) -> SettingField:
    plain = _resolved(item, schema)
    kind = _kind(plain)
    return SettingField(
        name=name,
        title=_text(item.get("title") or plain.get("title")) or name,
        description=_text(item.get("description") or plain.get("description")),
        kind=kind,
        required=required,
        default=item.get("default"),
        least=_bound(plain, "minimum", "exclusiveMinimum", 1 if kind == "whole" else 0),
        most=_bound(plain, "maximum", "exclusiveMaximum", -1 if kind == "whole" else 0)
        if kind in ("whole", "number")
        else _number(plain.get("maxLength")) or MOST_TEXT,
        options=_options(plain),
    )


def _resolved(item: Schema, schema: Schema) -> Schema:
    """What an item stands for: a definition of the schema, or the one thing that it may be besides null."""
    choices = item.get("anyOf") or item.get("allOf")
    if isinstance(choices, list):
        real = [_table(one) for one in choices if _table(one).get("type") != "null"]
        item = real[0] if len(real) == 1 else {}
    reference = item.get("$ref")
    if isinstance(reference, str):
        return _table(_table(schema.get("$defs")).get(reference.removeprefix("#/$defs/")))
    return item


def _kind(plain: Schema) -> Kind:
    if _options(plain):
        return "choice"
    if {"enum", "const", "$ref"} & set(plain):
        return "fixed"
    kind = plain.get("type")
    if kind == "string" and (plain.get("format") == "password" or plain.get("writeOnly") is True):
        return "secret"
    return _KINDS.get(kind, "fixed") if isinstance(kind, str) else "fixed"


def _options(plain: Schema) -> tuple[str | int | float, ...]:
    options = plain.get("enum")
    if not isinstance(options, list) or len(options) > MOST_FIELDS:
        return ()
    return tuple(options) if all(isinstance(one, str | int | float) for one in options) else ()


def _bound(plain: Schema, included: str, excluded: str, step: int) -> float | None:
    """A bound of a number, made inclusive for whole numbers."""
    found, beyond = _number(plain.get(included)), _number(plain.get(excluded))
    return found if beyond is None else beyond + step


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return " ".join(value.split())[:MOST_TEXT] if isinstance(value, str) else ""


def _table(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}
