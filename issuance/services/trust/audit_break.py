"""The signed break: a restore cut the chains of the audit, on purpose, and the file of heads says where.

A break is one line of the file of heads, signed as every other: for each chain that was cut the last link that was
kept and the last that was signed before. `verify` accepts exactly that: what was signed beyond the kept link is gone,
and the chain goes on behind it. The newest break of the file must be the newest epoch of the register, so that nobody
puts a copy back without the command, and no cut is called a restore that was none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from issuance.acts import Look
from issuance.services.trust import epochs


@dataclass(frozen=True, slots=True)
class Cut:
    """A chain was cut behind link `kept`; `lost` is the last link that was signed before."""

    chain: str
    kept: int
    digest: str
    lost: int


@dataclass(frozen=True, slots=True)
class Break:
    """One restore as the file of heads tells it: its epoch, its day, where counters went on, what was cut."""

    epoch: int
    at: str
    first_value: int
    cuts: tuple[Cut, ...]

    def entry(self) -> dict[str, Any]:
        """As a line of the file of heads, before it is signed; it exports no heads."""
        cuts = [asdict(cut) for cut in self.cuts]
        said = {"epoch": self.epoch, "first_value": self.first_value, "cuts": cuts}
        return {"at": self.at, "break": said, "heads": {}}

    def took(self, chain: str, position: int) -> bool:
        """Whether this link is one that the restore cut off."""
        return any(cut.chain == chain and cut.kept < position <= cut.lost for cut in self.cuts)

    def sentence(self) -> str:
        """What `verify-audit` says of it."""
        cuts = [f"chain {cut.chain} was cut from link {cut.kept + 1} to {cut.lost}" for cut in self.cuts]
        return f"Restored on {self.at} (epoch {self.epoch}): {'; '.join(cuts) or 'no chain was cut'}."


def read(entry: dict[str, Any]) -> Break | None:
    """The break that a line of the file of heads is; None for a line of heads. The caller checked its signature."""
    said = entry.get("break")
    if said is None:
        return None
    return Break(said["epoch"], entry["at"], said["first_value"], tuple(Cut(**cut) for cut in said["cuts"]))


def fault(look: Look, breaks: list[Break]) -> str:
    """Which epochs register and file are in when these do not belong together, or nothing."""
    epoch, known = epochs.newest(look), max((found.epoch for found in breaks), default=epochs.FIRST)
    number = epoch.number if epoch else epochs.FIRST
    if number == known:
        return ""
    return f"epoch {number}, file of heads {known}"
