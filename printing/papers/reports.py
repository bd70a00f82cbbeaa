"""What a person is told that the office keeps, who saw it and who was told (GDPR, Art 15)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from printing.papers.data import Paper, Words


@dataclass(frozen=True, slots=True)
class Fact:
    """What the register says under one name."""

    what: Words
    said: str | Words


@dataclass(frozen=True, slots=True)
class Followed:
    """A request with its document, or something that was told, read or will be deleted: four cells of a row."""

    one: str
    two: str | Words
    three: str | Words
    four: str | Words = ""


@dataclass(frozen=True, slots=True)
class AccessReport(Paper):
    """Everything that the register keeps of a person, to be read (Reg. (EU) 2016/679, Art 15); the rest are files.

    First what everybody is told (`who` to `rights`, each with its articles), then the data: `facts` of the person,
    `requests`, `documents`, how many entries there are of each kind (`counts`), what was `told` to whom, who `read` it
    (the newest; `reads` counts them all), what is `deleted` when, and what is `withheld` and why.
    """

    file: ClassVar[str] = "access_report"

    reference: str
    holder: str
    asked_on: dt.date
    made_on: dt.date
    centre_name: str
    centre_address: str
    text_version: str
    who: tuple[Words, ...]
    why: tuple[Words, ...]
    what: tuple[Words, ...]
    told_to: tuple[Words, ...]
    kept: tuple[Words, ...]
    rights: tuple[Words, ...]
    withheld: tuple[Words, ...]
    facts: tuple[Fact, ...]
    requests: tuple[Followed, ...]
    documents: tuple[Followed, ...]
    counts: tuple[Fact, ...]
    told: tuple[Followed, ...]
    reads: int
    read: tuple[Followed, ...]
    deleted: tuple[Followed, ...]
