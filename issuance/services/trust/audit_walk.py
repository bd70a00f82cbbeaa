"""How far a proof of the audit is, and what it can find, by code; never a value of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from enum import StrEnum
from typing import Any

MOST = 20
"""How many findings of one fault and kind are named; the others are counted."""


class Fault(StrEnum):
    """What can be wrong with an event, its place, the signed heads, or a row."""

    LINK_MISSING = "link-missing"
    EVENT_DELETED = "event-deleted"
    OUT_OF_ORDER = "out-of-order"
    EVENT_CHANGED = "event-changed"
    EVENT_FORGED = "event-forged"
    EVENT_FUTURE = "event-future"
    EVENT_OUTSIDE = "event-outside"
    HEAD_CHANGED = "head-changed"
    CHAIN_CUT = "chain-cut"
    CHAIN_ANEW = "chain-anew"
    NO_HEAD = "no-head"
    HEADS_CUT = "heads-cut"
    COPY = "copy"
    ROW_CHANGED = "row-changed"
    ROW_UNWITNESSED = "row-unwitnessed"
    ROW_DELETED = "row-deleted"
    WITNESS_ALONE = "witness-alone"
    UNREADABLE = "unreadable"


SENTENCES: Mapping[Fault, str] = {
    Fault.LINK_MISSING: "%(kind)s %(place)s: the link is missing.",
    Fault.EVENT_DELETED: "%(kind)s %(place)s: its event %(event)s was deleted.",
    Fault.OUT_OF_ORDER: "%(kind)s %(place)s does not follow the link before it: the order was changed, or a link.",
    Fault.EVENT_CHANGED: "%(kind)s %(place)s: event %(event)s is not what was linked: it was changed or moved.",
    Fault.EVENT_FORGED: "%(kind)s %(place)s: event %(event)s does not carry the MAC of this office.",
    Fault.EVENT_FUTURE: "%(kind)s %(place)s: event %(event)s is dated in the future.",
    Fault.EVENT_OUTSIDE: "%(kind)s %(place)s is in no chain and does not wait for its link.",
    Fault.HEAD_CHANGED: "%(kind)s byte %(place)s: the line does not carry the signature of this office.",
    Fault.CHAIN_CUT: "%(kind)s %(place)s: this link was signed and is missing, the chain was cut.",
    Fault.CHAIN_ANEW: "%(kind)s %(place)s is not the link that was signed: the chain was written anew.",
    Fault.NO_HEAD: "%(kind)s %(place)s: no head is signed, the file of heads is missing or was cut.",
    Fault.HEADS_CUT: "%(kind)s byte %(place)s: the last proof read further, the file was cut.",
    Fault.COPY: "%(kind)s: %(place)s: a copy was put back by hand, or the file of heads is another's.",
    Fault.ROW_CHANGED: "%(kind)s %(place)s: %(column)s is not what event %(event)s left.",
    Fault.ROW_UNWITNESSED: "%(kind)s %(place)s: no event left this row.",
    Fault.ROW_DELETED: "%(kind)s %(place)s: the row that event %(event)s left is gone.",
    Fault.WITNESS_ALONE: "%(kind)s %(place)s: the event %(event)s that left it so is gone.",
    Fault.UNREADABLE: "%(kind)s: a value cannot be read, and what follows it was not looked at.",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: `place` is a row's id, or a link as `chain 12`."""

    kind: str
    place: str
    column: str
    fault: str
    event: str = ""

    def values(self) -> dict[str, str]:
        """What its sentence needs."""
        return {"kind": self.kind, "place": self.place, "column": self.column, "event": self.event}

    def sentence(self) -> str:
        """In English."""
        return SENTENCES[Fault(self.fault)] % self.values()


@dataclass
class Walk:
    """How far a proof is, in JSON values. `todo` is what is left: track and name; `at` where the first of it stands."""

    whole: bool = True
    todo: list[list[str]] = field(default_factory=list)
    at: Any = None
    events: int = 0
    rows: int = 0
    pending: list[str] = field(default_factory=list)
    """Tables of which rows of a release before are still to be witnessed."""
    to_come: int = 0
    """How many rows those are."""
    waiting: int = 0
    oldest: str = ""
    legacy: dict[str, int] | None = None
    reached: dict[str, list[Any]] = field(default_factory=dict)
    """The last link seen of each chain: position and digest."""
    mac: str = ""
    """Of the proof that ended with this walk: nobody writes a sound one by hand, or moves the start of the next."""
    offset: int = 0
    """Where in the file of heads the last line that was read begins."""
    found: dict[str, list[list[str]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Findings, and how many there are, by kind and fault."""

    def note(self, finding: Finding) -> None:
        """Keep a finding, or count it only when enough of its fault and kind are kept."""
        group = f"{finding.kind} {finding.fault}"
        self.counts[group] = self.counts.get(group, 0) + 1
        if self.counts[group] <= MOST:
            self.found.setdefault(group, []).append(list(astuple(finding)))

    def findings(self) -> list[Finding]:
        """What was kept of it, sorted by kind, place and column."""
        return sorted(Finding(*each) for group in self.found.values() for each in group)

    def unnamed(self) -> dict[str, int]:
        """How many findings were only counted, by kind and fault."""
        return {group: count - MOST for group, count in sorted(self.counts.items()) if count > MOST}

    @property
    def faults(self) -> int:
        """How many faults there are, those included that are only counted."""
        return sum(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """To be kept between two steps: `Walk(**kept)` goes on."""
        return asdict(self)
