"""`make bench`: measures ours against the other engines, and chips, and writes docs/benchmarks.md.

python -m tests.bench [--records N] [--large N] [--engines a,b] [--date DAY] [--out FILE] [--try]

Beside other work nothing is published: it ends with 1 at once when the load average is above 0.7, or in the end when
others had as much of the processors meanwhile. With --try the table is only printed, however noisy the machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import chips, noise, placed, records, rivals
from tests.bench.measure import Job, Outcome, measure
from tests.bench.report import ENGINES, OURS, Jobs, markdown

ROUNDS = 3
HOPELESS = 0.2
"""The part of the best rate below which a measurement is not repeated."""


def main() -> None:
    """Prepare, measure in turns, print and write the table."""
    asked = _arguments()
    before = noise.load()
    if before > noise.MOST and not asked.only_try:
        sys.exit(f"The load average is {before:.1f}, above {noise.MOST}: nothing is measured. Wait, or use --try.")
    broken = rivals.install()
    with tempfile.TemporaryDirectory(prefix="liman-bench-", dir=asked.folder) as name:
        folder = Path(name)
        print(f"Preparing {asked.records} records", flush=True)
        records.prepare(folder, max(asked.records, asked.large), asked.records)
        for kind in records.TYPES:
            placed.prepare(folder, kind, asked.records)
        jobs = _jobs(asked.records, asked.large)
        outcomes = _measured(jobs, folder, asked.engines.split(","))
        layers = json.loads(_run("tests.bench.layers", name))
    old = asked.out.read_text("utf-8") if asked.out.exists() else ""
    text = markdown(asked.date, jobs, outcomes, before, layers, old)
    text = text if asked.only_try else chips.written(text, chips.section())
    print(text)
    for (engine, job), outcome in outcomes.items():
        for problem in outcome.problems:
            print(f"{engine}, {job}: {problem}")
    for package, why in broken.items():
        print(f"{package} could not be installed: {why}")
    others = max(outcome.others for outcome in outcomes.values())
    if asked.only_try:
        return
    if others > noise.MOST:
        sys.exit(f"Others had {others:.1f} processors meanwhile, above {noise.MOST}: nothing is published.")
    asked.out.write_text(text, "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the composer.")
    parser.add_argument("--records", type=int, default=1000, help="documents of a batch")
    parser.add_argument("--large", type=int, default=10000, help="documents of our large batch")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which engines, by their modules")
    parser.add_argument("--date", default=dt.date.today().isoformat(), help="the day to write down")
    parser.add_argument("--out", type=Path, default=rivals.ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--try", action="store_true", dest="only_try", help="print only, however noisy the machine")
    parser.add_argument("--folder", help="where the batches are written; by default the system's temporary folder")
    return parser.parse_args()


def _jobs(count: int, large: int) -> Jobs:
    cores = os.cpu_count() or 1
    return Jobs(
        single=Job("single", "sheet", count),
        card=Job("single", "card", count),
        one=Job("batch", "sheet", count),
        cores=Job("batch", "sheet", count, max(cores, 2)),
        large=Job("batch", "sheet", large, max(cores, 2)),
    )


def _measured(jobs: Jobs, folder: Path, engines: list[str]) -> dict[tuple[str, Job], Outcome]:
    """All measurements, in turns: each round goes through every job and every engine."""
    wanted = [(engine, job) for job in jobs.compared for engine in ENGINES] + [(OURS, jobs.large)]
    outcomes = {(engine, job): Outcome(missing="" if engine in engines else "not asked for") for engine, job in wanted}
    for number in range(ROUNDS):
        for (engine, job), outcome in outcomes.items():
            best = max(other.rate for (_, same), other in outcomes.items() if same == job)
            if outcome.is_over or outcome.rate < best * HOPELESS * bool(number):
                continue
            found = measure(engine, job, folder, first=number == 0)
            if number == 0:
                outcomes[engine, job] = found
            else:
                outcome.add(found)
            said = f"{found.rate:,.0f}/s, {found.cost:.2f} ms of CPU each, {found.others:.1f} processors with others"
            print(f"round {number + 1}: {engine}, {job}: {found.missing or said}", flush=True)
    return outcomes


def _run(module: str, *arguments: str) -> str:
    """Run a module of ours in a fresh process; what it printed."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=rivals.ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
