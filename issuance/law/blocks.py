"""What every file of law here has in common: read once, unknown keys refused, terms by the day they are in force."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from issuance.document_types.values import Localised, Value
from issuance.errors import RuleViolation


class Sourced(Value):
    """What names its articles; `assumptions` are ours and one line to change."""

    legal_basis: Localised
    assumptions: tuple[Localised, ...] = ()


class DatedBlock(Sourced):
    """Terms in force from `from_date` until the next block."""

    from_date: dt.date = Field(alias="from")


Block = TypeVar("Block", bound=DatedBlock)


def read(name: str) -> dict[str, Any]:
    """The content of the TOML file `name` beside this module, or in a folder beside it."""
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def oldest_first(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks in the order of their days."""
    return tuple(sorted(blocks, key=lambda block: block.from_date))


def in_force(blocks: Sequence[Block], day: dt.date, *, rule: str, field: str, too_early: str) -> Block:
    """The block in force on `day`; RuleViolation with the sentence `too_early` (`%(start)s`) before the first."""
    known = [block for block in blocks if block.from_date <= day]
    if not known:
        start = f"{blocks[0].from_date:%d.%m.%Y}"
        raise RuleViolation(rule, blocks[0].legal_basis.en, too_early, field=field, start=start)
    return known[-1]
