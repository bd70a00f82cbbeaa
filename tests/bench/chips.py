"""A chip of 20 kB made behind the real pcscd, on a link as slow as a contactless chip's, and as fast as it goes.

python -m tests.bench.chips [--out FILE]: measures this alone and writes its section of the file anew.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from card_drivers.chips.emrtd import Reading
from card_drivers.chips.personalisation import Personalisation, load
from card_drivers.encoders import pcsc
from card_drivers.encoders.pcsc import PcscReader, Settings
from card_drivers.order import ChipPart
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.link import Link
from card_drivers.simulators.chip.memory import Memory
from card_drivers.station.equipment import Context
from printing.chip.verify import Verdict, verify
from tests import chips
from tests.emrtd import AT, CLAIM, part
from tests.fixtures.pcsc import SLOTS, Pcscd, running_pcscd
from tests.unit.station.documents import Manager

TITLE = "## Chips"
ROUNDS = 5
STEPS = {
    "check_blank": "select, blank?",
    "encode": "secure channel, write",
    "read_back": "read back, compare",
    "lock": "lock",
    "verify": "PACE, read, active and chip authentication",
    "passive": "passive authentication",
}
REAL = {"apdu_seconds": 0.005, "bits_per_second": 848_000}
NONE = {"apdu_seconds": 0.0, "bits_per_second": 10**12}
LENGTHS = (32_767, 1_000)


@dataclass(frozen=True)
class Step:
    """One step of one chip: how many APDUs, the time their link takes, and the time that passed (seconds)."""

    apdus: int
    link: float
    took: float


def section() -> str:
    """The section of the benchmark's file; the reason instead when it cannot be measured here."""
    try:
        with running_pcscd() as pcscd:
            parts = [_NOTES.strip()]
            for length in LENGTHS:
                parts.append(_on_a_real_link(measure(pcscd, length, REAL), length))
            fast = measure(pcscd, LENGTHS[0], NONE)
    except pytest.skip.Exception as reason:
        return f"{TITLE}\n\nNot measured: {reason}"
    total = sum(step.took for step in fast.values())
    parts.append(f"Without the delays of a link the whole takes {total:.3f} s from the ATR (goal: below 0.5 s).")
    return "\n\n".join([TITLE, *parts])


def measure(pcscd: Pcscd, length: int, delays: dict[str, float]) -> dict[str, Step]:
    """The round whose total is the median of all, by step. The chip takes APDUs of `length` bytes."""
    content = part()
    rounds = [dict(_one(pcscd, content, length, delays)) for _ in range(ROUNDS)]
    rounds.sort(key=lambda steps: sum(step.took for step in steps.values()))
    return rounds[len(rounds) // 2]


def _one(pcscd: Pcscd, content: ChipPart, length: int, delays: dict[str, float]) -> Iterator[tuple[str, Step]]:
    memory = Memory.new("04112233445566", command_bytes=length, response_bytes=length)
    link = Link(VirtualChip(memory), **delays)  # type: ignore[arg-type]
    with _laid(pcscd, link) as reader:
        chip = reader.connect(CLAIM)  # from here on: the ATR is known
        work = Personalisation(chip, content, load(content.profile), CLAIM, Manager())
        readings: list[Reading] = []
        acts: dict[str, Callable[[], object]] = {
            "check_blank": work.check_blank,
            "encode": work.encode,
            "read_back": work.read_back,
            "lock": work.lock,
            "verify": lambda: readings.append(work.verify()),
            "passive": lambda: _judge(readings[0].files),
        }
        for name, act in acts.items():
            apdus, seconds, begun = link.exchanges, link.seconds, time.perf_counter()
            act()
            yield name, Step(link.exchanges - apdus, link.seconds - seconds, time.perf_counter() - begun)


def _judge(files: Mapping[str, bytes]) -> None:
    assert verify(files, [chips.authority().certificate], at=AT).verdict is Verdict.VALID


@contextmanager
def _laid(pcscd: Pcscd, link: Link) -> Iterator[PcscReader]:
    pcscd.insert(link)
    reader = pcsc.open(Settings(reader=SLOTS[0]), Context(Path()))
    yield reader
    reader.close()
    pcscd.clear()


def _on_a_real_link(steps: dict[str, Step], length: int) -> str:
    whole = Step(*(sum(values) for values in zip(*((s.apdus, s.link, s.took) for s in steps.values()), strict=True)))
    rows = [
        f"| {title} | {step.apdus} | {step.link * 1000:.0f} | {step.took * 1000:.0f} | {_ratio(step)} |"
        for title, step in [*((STEPS[name], step) for name, step in steps.items()), ("**all**", whole)]
    ]
    head = ["| Step | APDUs | Link (ms) | Took (ms) | Took / link |", "| --- | ---: | ---: | ---: | ---: |"]
    return "\n".join([f"A chip that takes APDUs of {length:,} bytes:", "", *head, *rows])


def _ratio(step: Step) -> str:
    return f"{step.took / step.link:.3f}" if step.link else "-"


_NOTES = f"""
The files of a residence permit's chip (DG1, DG2, DG11, DG12, DG14, DG15, SOD, COM, CardAccess: 20 kB) are written
through SCP03 into the virtual chip behind the real pcscd, read back, locked, opened through PACE, read, and proved by
active, chip and passive authentication. The link: 5 ms an APDU and 848 kbit/s; the chip's own work is within these.
Counted from the ATR; the median of {ROUNDS} chips. Goal: at most 1.15 times the link's time.
"""


def written(old: str, new: str) -> str:
    """The file with its section of chips replaced, or put before what a person wrote at its end."""
    before, found, after = old.partition(TITLE)
    if not found:
        before, found, after = old.partition("## What limits it now")
        return f"{before}{new}\n\n{found}{after}"
    rest = after[after.index("\n## ") + 1 :] if "\n## " in after else ""
    return f"{before}{new}\n\n{rest}"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.chips", description="Measure chips.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "docs" / "benchmarks.md")
    asked = parser.parse_args()
    text = section()
    print(text)
    asked.out.write_text(written(asked.out.read_text("utf-8"), text), "utf-8")


if __name__ == "__main__":
    main()
