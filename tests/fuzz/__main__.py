"""`make fuzz`: a whole run on two processors. `FUZZ_CASES` (1,000,000), `FUZZ_SEED`, `FUZZ_MINUTES` (90) choose.

A run that was stopped, or whose time was up, goes on where it was when it is asked for again. It ends with 0 when every
case was a page, a sentence or a refusal, 1 when one was not, 3 when it is not finished.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".fuzz"
CASES = int(os.environ.get("FUZZ_CASES", "1000000"))
MINUTES = int(os.environ.get("FUZZ_MINUTES", "90"))
WHOLE = "whole"


def run_folder() -> Path:
    """The folder of the run: that of the seed asked for, else of the one that is not finished, else a new one."""
    if seed := os.environ.get("FUZZ_SEED"):
        return FOLDER / f"{CASES}-{seed}"
    unfinished = [path for path in sorted(FOLDER.glob(f"{CASES}-*")) if not (path / WHOLE).exists()]
    return unfinished[0] if unfinished else FOLDER / f"{CASES}-{secrets.randbelow(10**6)}"


def tried(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """How many cases of each input are behind a run, and how many processor seconds they took."""
    cases, seconds = Counter[str](), Counter[str]()
    for path in folder.glob("*-*"):
        name, (count, took) = path.name.rpartition("-")[0], path.read_text().split()
        cases[name] += int(count)
        seconds[name] += round(float(took))
    return cases, seconds


def table(cases: Counter[str], seconds: Counter[str]) -> list[str]:
    """A line for each input, and one for all."""
    rows = [(name, count, seconds[name]) for name, count in sorted(cases.items())]
    rows.append(("tried", cases.total(), seconds.total()))
    return [f"  {name:<20} {count:>9,} {took:>8,} s" for name, count, took in rows]


def main() -> int:
    """Run, and say what was tried."""
    folder = run_folder()
    folder.mkdir(parents=True, exist_ok=True)
    seed = folder.name.partition("-")[2]
    print(f"{CASES:,} cases of seed {seed}; finished blocks are kept in {folder}", flush=True)
    chosen = {"FUZZ_CASES": str(CASES), "FUZZ_SEED": seed, "FUZZ_DONE": str(folder)}
    command = [sys.executable, "-m", "pytest", "--numprocesses", "2", "--dist", "worksteal", "-q", "--no-header"]
    command += ["-o", "faulthandler_timeout=3600"]  # of a block, not of a case: that one is bounded by itself
    try:
        ended = subprocess.run(
            [*command, str(Path(__file__).parent)], env=os.environ | chosen, check=False, timeout=MINUTES * 60
        ).returncode
    except subprocess.TimeoutExpired:
        ended = 3
    print("\n".join(table(*tried(folder))))
    if ended == 0:
        (folder / WHOLE).touch()
    return ended


if __name__ == "__main__":
    sys.exit(main())
