"""A form drawn from a device's settings: what stands in its boxes, and what was typed as values of the driver's schema.

Boxes are named `printer-port`. What cannot be changed here (`fixed`) keeps its value; a secret that is left empty
keeps the last one; another box that is left empty takes the driver's own default.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext

from issuance.services.stations.schema import SettingField
from issuance.web.frame.forms import Form

LARGEST = 10**12
Values = Mapping[str, Any]


def box(role: str, field: SettingField) -> str:
    """The name of a setting's box."""
    return f"{role}-{field.name}"


def shown(role: str, fields: Iterable[SettingField], values: Values) -> dict[str, Any]:
    """What stands in the boxes when the page is opened: the values now, else the defaults; never a secret."""
    now = [(field, values.get(field.name, field.default)) for field in fields if field.kind not in ("secret", "fixed")]
    return {box(role, field): _text(field, value) for field, value in now if value is not None}


def _text(field: SettingField, value: Any) -> str:
    if field.kind == "tick":
        return "yes" if value is True else ""
    return str(value)


def read(form: Form, role: str, fields: Iterable[SettingField], last: Values) -> dict[str, Any]:
    """The values as typed; a refusal is noted beside its box. `last` are the values now, secrets among them."""
    values = {field.name: _value(form, box(role, field), field, last.get(field.name)) for field in fields}
    return {name: value for name, value in values.items() if value is not None}


def _value(form: Form, name: str, field: SettingField, last: Any) -> Any:
    """The value of one box; None for the driver's own default."""
    if field.kind == "fixed":
        return last
    if field.kind == "tick":
        return form.ticked(name)
    if field.kind == "choice":
        chosen = form.choice(name, [str(option) for option in field.options], required=field.required)
        return next((option for option in field.options if str(option) == chosen), None)
    if field.kind == "secret":
        return form.text(name, required=False) or last
    if field.kind == "text":
        return form.text(name, required=field.required, limit=int(field.most or 0)) or None
    return _number(form, name, field)


def _number(form: Form, name: str, field: SettingField) -> float | int | None:
    least, most = (
        bound if bound is not None else LARGEST * sign for bound, sign in ((field.least, -1), (field.most, 1))
    )
    if field.kind == "whole":
        return form.whole(name, least=math.ceil(least), most=math.floor(most), required=field.required)
    text = form.text(name, required=field.required, limit=20).replace(",", ".")
    try:
        value = float(text) if text else None
    except ValueError:
        value = math.nan
    if value is None or least <= value <= most:
        return value
    form.refuse(name, gettext("Give a number from %(least)s to %(most)s.", least=f"{least:g}", most=f"{most:g}"))
    return None
