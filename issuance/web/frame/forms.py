"""What was typed: reading it as typed values, keeping it on every error, saying beside each field what is wrong."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from contextlib import closing
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

from flask import g, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from issuance.db import uuid7
from issuance.errors import (
    Busy,
    Conflict,
    InvalidInput,
    LimanError,
    NotAllowed,
    NotFound,
    Raced,
    RuleViolation,
    StaleState,
)
from issuance.services.care.protection import ProtectedRecord
from issuance.services.lists import OWN, Order
from issuance.services.trust.limits import TooManyTries
from issuance.values.text import composed
from issuance.web.frame.i18n import sentence

Checked = TypeVar("Checked")

MAX_TEXT = 200
LETTER = 4
"""How many characters a browser may send for one of form C: a letter with its marks."""

MAX_FILE_BYTES = 15_000_000
DATE_PARTS = ("day", "month", "year")
_PART_LIMITS = {"day": (1, 31), "month": (1, 12), "year": (1850, 2150)}
# Embeddings, overrides and isolates reorder what the reader sees; a name needs none of them (Unicode TR 36).
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STORED_DATE = re.compile(r"(?P<year>\d{4}|XXXX)-(?P<month>\d{2}|XX)-(?P<day>\d{2}|XX)")

LAST_PAGE = 10_000


class FormRefused(Exception):
    """Some field was refused; the form itself holds which and why."""


class Form:
    """The fields of a page: what is typed in them, what is wrong, and what someone else saved meanwhile.

    `errors` maps a field to its sentence, `problems` are about the whole form, `theirs` maps a field to the value
    found on a stale form. `status` is the HTTP status of the answer.
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self.values: MultiDict[str, Any] = MultiDict(values or {})
        self.errors: dict[str, str] = {}
        self.problems: list[str] = []
        self.theirs: dict[str, str] = {}
        self.stale = False
        self.labels: dict[str, str] = {}
        self.status = 200

    @classmethod
    def sent(cls) -> Form:
        """The form the browser just sent."""
        return cls(request.form)

    # What the page shows

    def value(self, name: str) -> str:
        """The text to show in the box `name`."""
        return str(self.values.get(name) or "")

    def key(self) -> UUID:
        """The key by which it does its act once, however often it is sent; a new one for a form that carries none."""
        try:
            return UUID(self.value("key"))
        except ValueError:
            return uuid7()

    def id(self, name: str) -> UUID | None:
        """The row that was chosen; None for nothing, and for what no page sends."""
        try:
            return UUID(self.value(name))
        except ValueError:
            return None

    def chosen(self, name: str, option: str) -> bool:
        """Whether `option` is ticked or selected in `name`."""
        return option in (str(value) for value in self.values.getlist(name))

    def part(self, name: str, part: str) -> str:
        """What a date box shows: what was typed there, else its part of a stored YYYY-MM-DD (empty for XX)."""
        if f"{name}-{part}" in self.values:
            return self.value(f"{name}-{part}")
        match = _STORED_DATE.fullmatch(self.value(name))
        text = match.group(part) if match else ""
        return "" if text.startswith("X") else text

    def part_unknown(self, name: str, part: str) -> bool:
        """Whether the "unknown" box of a date part is ticked."""
        match = _STORED_DATE.fullmatch(self.value(name))
        return f"{name}-{part}-unknown" in self.values or bool(match and match.group(part).startswith("X"))

    # Reading typed values: a refusal is noted, and `check` raises when there was any

    def refuse(self, name: str, message: str) -> None:
        """Note why `name` cannot be taken; the first reason stays."""
        self.errors.setdefault(name, message)

    def check(self) -> None:
        """Stop here if any field was refused so far."""
        if self.errors:
            raise FormRefused

    def text(self, name: str, *, required: bool = True, limit: int = MAX_TEXT, lines: bool = False) -> str:
        """One line (or, with `lines`, several) of at most `limit` characters, trimmed, in Unicode form C."""
        typed = self.value(name).replace("\r\n", "\n").strip()
        if len(typed) > LETTER * limit:  # before any work on it
            self._too_long(name, limit, len(typed))
            return ""
        text = composed(typed)
        if text is None:
            self.refuse(name, gettext("There are too many marks on one letter. Type it again from the paper."))
            return ""
        if bad := _unwanted(text, lines):
            self.refuse(name, gettext("Remove the invisible character %(code)s and send it again.", code=bad))
        elif len(text) > limit:
            self._too_long(name, limit, len(text))
        elif required and not text:
            self.refuse(name, gettext("Fill this in."))
        return text

    def _too_long(self, name: str, limit: int, length: int) -> None:
        message = gettext("Shorten this to %(limit)s characters; it has %(length)s.", limit=limit, length=length)
        self.refuse(name, message)

    def choice(self, name: str, options: Collection[str], *, required: bool = True) -> str:
        """One of `options`, or empty when it is not required."""
        value = self.value(name)
        if value in options or (not value and not required):
            return value
        self.refuse(name, gettext("Choose one of the options."))
        return ""

    def choices(self, name: str, options: Collection[str]) -> list[str]:
        """Every ticked one of `options`, possibly none."""
        values = [str(value) for value in self.values.getlist(name)]
        if not set(values) <= set(options):
            self.refuse(name, gettext("Choose only from the options shown."))
        return values

    def ticked(self, name: str) -> bool:
        """Whether a single box is ticked."""
        return bool(self.value(name))

    def whole(self, name: str, *, least: int, most: int, required: bool = True) -> int | None:
        """A whole number between `least` and `most`, both included."""
        text = self.text(name, required=required, limit=20)
        if not text:
            return None
        if re.fullmatch(r"-?\d{1,18}", text) and least <= int(text) <= most:
            return int(text)
        self.refuse(name, gettext("Give a whole number from %(least)s to %(most)s.", least=least, most=most))
        return None

    def partial_date(self, name: str, *, required: bool = True, unknown: bool = True) -> str:
        """A date of which parts may be ticked unknown, as YYYY-MM-DD with XXXX or XX (docs/law.md, E17)."""
        if not required and not any(self.value(f"{name}-{part}").strip() for part in DATE_PARTS):
            return ""
        day, month, year = (self._date_part(name, part, unknown) for part in DATE_PARTS)
        if name in self.errors:
            return ""
        try:
            # An unknown year may be a leap year, an unknown month may have 31 days.
            dt.date(year or 2000, month or 1, day or 1)
        except ValueError:
            self.refuse(name, gettext("There is no such day in that month. Correct the day or the month."))
            return ""
        return "-".join("X" * size if n is None else f"{n:0{size}d}" for n, size in ((year, 4), (month, 2), (day, 2)))

    def date(self, name: str, *, required: bool = True) -> dt.date | None:
        """A complete date."""
        text = self.partial_date(name, required=required, unknown=False)
        return dt.date.fromisoformat(text) if text else None

    def day(self, name: str) -> dt.date | None:
        """A day as browsers send it from one box (YYYY-MM-DD), or None when it is empty."""
        typed = self.value(name)
        if not typed:
            return None
        try:
            if re.fullmatch(r"(18[5-9]|19\d|20\d|21[0-4])\d-\d{2}-\d{2}", typed, re.ASCII):
                return dt.date.fromisoformat(typed)
        except ValueError:
            pass
        self.refuse(name, gettext("Give the day as YYYY-MM-DD."))
        return None

    def _date_part(self, name: str, part: str, unknown: bool) -> int | None:
        """The number in one date box; None when it was refused or may be, and is, ticked unknown."""
        typed = self.value(f"{name}-{part}").strip()
        if unknown and self.part_unknown(name, part):
            if typed:
                self.refuse(name, gettext("Either type the part of the date or tick unknown, not both."))
            return None
        least, most = _PART_LIMITS[part]
        if re.fullmatch(r"[0-9]{1,4}", typed) and least <= int(typed) <= most:
            return int(typed)
        self.refuse(name, _part_message(part, typed, unknown))
        return None

    def file_name(self, name: str) -> str:
        """What the sender calls an uploaded file; empty when there is none."""
        upload = request.files.get(name)
        return (upload.filename or "")[-MAX_TEXT:] if upload else ""

    def file(self, name: str, *, required: bool = True, limit: int = MAX_FILE_BYTES) -> bytes:
        """The bytes of an uploaded file of at most `limit` bytes."""
        upload = request.files.get(name)
        data = b""
        if upload:
            with closing(upload):
                data = upload.read(limit + 1)
        if len(data) > limit:
            self.refuse(name, gettext("The file is larger than %(size)s MB. Send a smaller one.", size=limit // 10**6))
        elif required and not data:
            self.refuse(name, gettext("Choose a file that is not empty."))
        return data

    def drawn(self, name: str) -> bytes | None:
        """The picture that a script of the page drew or took (a data URL): None when nothing was, empty when broken."""
        text = self.value(name)
        if not text:
            return None
        try:
            return base64.b64decode(text.partition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            return b""

    def checked(self, name: str, check: Callable[[], Checked]) -> Checked | None:
        """What `check` makes of the field; None when it refuses, which is noted beside `name`."""
        try:
            return check()
        except InvalidInput as error:
            self.refuse(name, sentence(error))
            return None

    @property
    def version(self) -> int:
        """The version of the record the page was drawn from; FormRefused when the page lost it."""
        text = self.value("version")
        if not re.fullmatch(r"\d{1,9}", text):
            self.problems.append(gettext("This page is incomplete. Open it again; what you typed is below."))
            raise FormRefused
        return int(text)

    # Acting

    def catch(self) -> _Catching:
        """`with form.catch():` around one act: what it refuses is shown in this form, with everything typed kept."""
        return _Catching(self)

    def note(self, error: LimanError) -> None:
        """Show a refusal beside its field, or above the form when it is about the whole."""
        self.status = http_status(error)
        self.stale = self.stale or isinstance(error, StaleState)
        if error.field and (error.field in self.values or isinstance(error, InvalidInput)):
            self.refuse(error.field, sentence(error))
        else:
            self.problems.append(sentence(error))

    def compare(self, current: Mapping[str, Any], version: int) -> None:
        """After a StaleState: show beside each field what was saved meanwhile; sending again then overwrites it."""
        for name, value in current.items():
            if str(value or "") != self.value(name):
                self.theirs[name] = str(value or "")
        self.values["version"] = version

    @property
    def refused(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.errors or self.problems)


class _Catching:
    """Turns refusals inside its block into marks on the form; NotFound, protected records, defects and what goes
    again pass through."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def __enter__(self) -> Form:
        return self.form

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, FormRefused):
            self.form.status = 400
            return True
        if isinstance(error, Raced) and goes_again():
            return False
        if isinstance(error, LimanError) and not isinstance(error, NotFound | ProtectedRecord):
            self.form.note(error)
            return True
        return False


def goes_again() -> bool:
    """Whether the view may be run once more when another act was faster; not with a file, which was read already."""
    return not g.get("again") and not request.files


STATUS_OF = {
    NotAllowed: 403,
    NotFound: 404,
    RuleViolation: 409,
    Conflict: 409,
    TooManyTries: 429,
    Busy: 503,
}
"""The HTTP status of a refusal and of every kind of it; all others are 400."""


def http_status(error: LimanError) -> int:
    """The HTTP status of a refusal."""
    return next((STATUS_OF[kind] for kind in type(error).mro() if kind in STATUS_OF), 400)


def options(values: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    """Pairs of value and label as a select or radio macro takes them, translated now."""
    return [(str(value), str(label)) for value, label in values]


def _unwanted(text: str, lines: bool) -> str:
    """The code of the first control character or direction override in `text`, else empty."""
    for character in text:
        control = unicodedata.category(character) in ("Cc", "Cs") and not (lines and character in "\n\t")
        if control or character in _DIRECTION_CONTROLS:
            return f"U+{ord(character):04X}"
    return ""


def _part_message(part: str, typed: str, unknown: bool) -> str:
    """What to do about an empty or impossible date box."""
    if part == "year" and typed.isdigit() and len(typed) < 4:
        return str(gettext("Give the year with four digits."))
    messages = {
        "day": gettext("Give the day as a number from 1 to 31."),
        "month": gettext("Give the month as a number from 1 to 12."),
        "year": gettext("Give the year as a number from 1850 to 2150."),
    }
    else_tick = gettext("If it is not known, tick unknown.")
    return f"{messages[part]} {else_tick}" if unknown else str(messages[part])


def asked_order(sorts: Container[str]) -> Order:
    """By which column the address asks a list to be sorted; its own order when it asks for none that can be."""
    sort = request.args.get("sort", "")
    return Order(sort, "down" in request.args) if sort in sorts else OWN


def order_args(order: Order) -> dict[str, Any]:
    """An order as arguments of an address; those of a list's own are none."""
    return {"sort": order.sort or None, "down": 1 if order.descending else None}


def sorted_column(label: Any, sort: str, order: Order, address: Callable[..., str]) -> dict[str, Any]:
    """A heading of `ui.table` that sorts: upwards, then downwards, then in the list's own order.

    `address` makes the list's first page from arguments.
    """
    is_sorted = sort == order.sort
    turned = OWN if is_sorted and order.descending else Order(sort, is_sorted)
    said = "descending" if order.descending else "ascending"
    return {"label": label, "sort": address(**order_args(turned)), "sorted": said if is_sorted else ""}


def page_number() -> int:
    """The page the address asks for, from 1; the first when it asks for none that can be."""
    asked: int = request.args.get("page", 1, type=int)
    return min(max(1, asked), LAST_PAGE)
