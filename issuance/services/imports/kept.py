"""What the register keeps of a file while it is lodged: its rows in parts, and the lines that wait; all encrypted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.errors import LimanError, RuleViolation
from issuance.models.files import FileLine, FilePart, LineOutcome
from issuance.services.imports.lines import Decision
from issuance.services.imports.reading import reference_of
from issuance.services.imports.sheet import Row
from issuance.vault import Vault

PART = 200
"""Rows of one part."""


@dataclass(frozen=True)
class Kept:
    """A row of a file at its place among those that are not empty; `like` is a line above with somebody alike, or 0."""

    place: int
    row: Row
    like: int = 0


@dataclass(frozen=True)
class Waiting:
    """A line that was not lodged: what stands in it, why, and what was decided about it."""

    line: int
    cells: dict[str, str]
    error: LimanError
    like: int = 0
    decision: Decision | None = None

    @property
    def reference(self) -> str:
        """Case handling's reference in this line."""
        return reference_of(self.cells)


def parts(vault: Vault, file_id: UUID, rows: Iterable[Kept]) -> Iterator[FilePart]:
    """The rows of a file as they are kept; no more of them are held at once than one part has."""
    left = iter(rows)
    for number in count():
        said = [[each.row.line, each.row.cells, told(each.row.wrong), each.like] for each in islice(left, PART)]
        if not said:
            return
        yield FilePart(file_id=file_id, number=number, encrypted=_closed(vault, said, _of_part(file_id, number)))


def rows_from(look: Look, file_id: UUID, place: int, most: int) -> list[Kept]:
    """The rows from this place on, of one part, at most so many; none after the end."""
    number, first = divmod(place, PART)
    part = look.session.scalar(select(FilePart).where(FilePart.file_id == file_id, FilePart.number == number))
    if part is None:
        return []
    said = _open(look.vault, part.encrypted, _of_part(file_id, number))[first : first + most]
    return [
        Kept(place + at, Row(line, cells, error_of(wrong) if wrong else None), like)
        for at, (line, cells, wrong, like) in enumerate(said)
    ]


def line_of(vault: Vault, file_id: UUID, waiting: Waiting, outcome: LineOutcome) -> FileLine:
    """A line that waits, as it is kept."""
    row = FileLine(file_id=file_id, line=waiting.line)
    write(vault, row, waiting, outcome)
    return row


def write(vault: Vault, row: FileLine, waiting: Waiting, outcome: LineOutcome) -> None:
    """Keep anew what a line says and what became of it."""
    decision = waiting.decision
    said = {
        "cells": waiting.cells,
        "wrong": told(waiting.error),
        "like": waiting.like,
        "chosen": decision and decision.chosen,
        "shown": sorted(map(str, decision.shown)) if decision else None,
    }
    row.outcome, row.field = outcome, waiting.error.field or ""
    row.encrypted = _closed(vault, said, _of_line(row))


def read(vault: Vault, row: FileLine) -> Waiting:
    """What a line says that waits."""
    said = _open(vault, row.encrypted, _of_line(row))
    chosen, shown = said["chosen"], said["shown"]
    decision = None if shown is None else Decision(UUID(chosen) if chosen else None, frozenset(map(UUID, shown)))
    return Waiting(row.line, said["cells"], error_of(said["wrong"]), said["like"], decision)


def waiting(look: Look, file_id: UUID, outcomes: Iterable[LineOutcome], *, after: int = 0, most: int) -> list[FileLine]:
    """Lines of a file that wait so, in their order after this one."""
    query = select(FileLine).where(FileLine.file_id == file_id, FileLine.outcome.in_(tuple(outcomes)))
    return list(look.session.scalars(query.where(FileLine.line > after).order_by(FileLine.line).limit(most)))


def told(error: LimanError | None) -> dict[str, Any] | None:
    """A refusal, to be said again later in whatever language."""
    if error is None:
        return None
    said = {"message": error.message, "field": error.field, "params": error.params}
    said["translations"] = dict(error.translations)
    return said | ({"rule": error.rule, "basis": error.legal_basis} if isinstance(error, RuleViolation) else {})


def error_of(said: Mapping[str, Any]) -> LimanError:
    """The refusal that was told."""
    error = LimanError(said["message"], field=said["field"], translations=said["translations"])
    if "rule" in said:
        error = RuleViolation(
            said["rule"], said["basis"], said["message"], field=said["field"], translations=said["translations"]
        )
    error.params = said["params"]
    return error


def _of_part(file_id: UUID, number: int) -> bytes:
    return file_id.bytes + b"part" + number.to_bytes(4, "big")


def _of_line(row: FileLine) -> bytes:
    return row.file_id.bytes + b"line" + row.line.to_bytes(4, "big")


def _closed(vault: Vault, said: object, bound_to: bytes) -> bytes:
    return vault.encrypt(json.dumps(said, ensure_ascii=False, default=str).encode(), bound_to)


def _open(vault: Vault, encrypted: bytes, bound_to: bytes) -> Any:
    return json.loads(vault.decrypt(encrypted, bound_to))
