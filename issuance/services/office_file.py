"""What an office is founded with, as `flask set-up --from FILE` reads it (docs/install.md has an example).

Everything that is wrong is told at once, each with its key and line: `line 12, administrators[2].email: ...`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from issuance.errors import InvalidInput, LimanError
from issuance.law.office.centres import FoundingCentre, founding_centres
from issuance.services.admin import offices
from issuance.services.founding import ADMINISTRATORS
from issuance.values import contacts, names

HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z_]+)\s*\]\]?\s*(#.*)?")
LARGEST = 100_000
"""Bytes of an office's file; one of a hundred centres has a fifth of it."""

SAID = {
    "missing": "This is missing. Fill it in.",
    "extra_forbidden": "There is no such key. Take it away, or look at its spelling.",
    "string_type": "Write it as text, in quotes.",
}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AskedCentre(_Table):
    """A centre, in the words of `add-centre`."""

    code: str
    name: str
    address: str
    opening_hours: str
    mission: bool = False

    def founding(self) -> FoundingCentre:
        """As a register is founded with it. InvalidInput names the field."""
        said = offices.Said(self.name, self.address, self.opening_hours)
        return FoundingCentre(code=offices.check_code(self.code), mission=self.mission, **said.checked())


class AskedAdministrator(_Table):
    """One of the first administrators; `centre` is a short name."""

    email: str
    name: str
    centre: str

    def checked(self) -> AskedAdministrator:
        """As kept. InvalidInput names the field."""
        name = names.check_text("name", self.name)
        if not name:
            raise InvalidInput("name", "This is missing. Fill it in.")
        return AskedAdministrator(email=contacts.email(self.email), name=name, centre=self.centre)


class AskedKeys(_Table):
    """The names that the signers' certificates are asked for."""

    document_signer: str = ""
    seal_signer: str = ""


class Plan(_Table):
    """What an office is founded with. Without `keys` none are asked for; what exists stays as it is."""

    centres: list[AskedCentre] = []
    administrators: list[AskedAdministrator] = []
    keys: AskedKeys | None = None


class Refused(LimanError):
    """The file cannot be used; `faults` says every reason, a line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("Nothing was changed. Correct the file and run set-up again.")
        self.faults = faults


def read(data: bytes, known: Collection[str]) -> Plan:
    """The plan in a file, checked; `known` are the short names of the centres that the register has.

    Refused names everything that is wrong.
    """
    text, tables = _parsed(data)
    try:
        plan = Plan.model_validate(tables)
    except ValidationError as error:
        wrong = [(each["loc"], SAID.get(each["type"], each["msg"])) for each in error.errors()]
        raise Refused([_told(text, loc, sentence) for loc, sentence in wrong]) from error
    if faults := list(_faults(plan, known)):
        raise Refused([_told(text, loc, sentence) for loc, sentence in faults])
    return plan


def _parsed(data: bytes) -> tuple[str, dict[str, Any]]:
    if len(data) > LARGEST:
        raise Refused([f"This file has more than {LARGEST} bytes: it is no office's."])
    try:
        text = data.decode("utf-8")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused([f"line {line}: This is not UTF-8. Save the file as UTF-8."]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused([f"This is no TOML: {error}."]) from error


Loc = tuple[int | str, ...]


def _faults(plan: Plan, known: Collection[str]) -> Iterator[tuple[Loc, str]]:
    """What no single value shows, and what a value may not say, with where it stands."""
    codes = {one.code for one in plan.centres} | set(known) or {one.code for one in founding_centres()}
    for number, centre in enumerate(plan.centres):
        yield from _refusal(("centres", number), centre.founding)
        if centre.code in {one.code for one in plan.centres[:number]}:
            yield ("centres", number, "code"), "This short name stands twice. Give the second centre another."
    for number, person in enumerate(plan.administrators):
        at: Loc = ("administrators", number)
        yield from _refusal(at, person.checked)
        if contacts.folded(person.email) in {contacts.folded(one.email) for one in plan.administrators[:number]}:
            yield (*at, "email"), "This address stands twice. The two are different people."
        if person.centre not in codes:
            yield (*at, "centre"), f"There is no centre {person.centre!r:.40}: use one of {', '.join(sorted(codes))}."
    for code, count in Counter(one.centre for one in plan.administrators).items():
        if count < ADMINISTRATORS and code in codes:
            number = [one.centre for one in plan.administrators].index(code)
            said = f"The centre {code} has one administrator, and what one gives another agrees to: name a second."
            yield ("administrators", number, "centre"), said


def _refusal(at: Loc, check: Callable[[], object]) -> Iterator[tuple[Loc, str]]:
    try:
        check()
    except InvalidInput as error:
        yield (*at, error.field or ""), str(error)


def _told(text: str, loc: Loc, sentence: str) -> str:
    """A fault as a person reads it: `line 12, administrators[2].email: This is no e-mail address.`"""
    key = ""
    for part in loc:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    line = _line(text, loc)
    return f"{f'line {line}, ' if line else ''}{key.lstrip('.')}: {sentence}"


def _line(text: str, loc: Loc) -> int | None:
    """Where the key stands; the head of its table when it is missing, None when neither is found."""
    table, *inner = (str(part) for part in loc)
    index = next((part for part in loc if isinstance(part, int)), 0)
    key, head, seen = re.compile(rf"\s*{re.escape(inner[-1] if inner else table)}\s*="), None, -1
    here = not inner  # a key that stands above the tables
    for number, line in enumerate(text.splitlines(), 1):
        if found := HEADER.fullmatch(line):
            seen += found[2] == table
            here = found[2] == table and seen == index
            head = number if here else head
        elif here and key.match(line):
            return number
    return head
