"""The table of the benchmark, as Markdown. What stands after LIMITS in the old file is a person's, and is kept."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench import rivals
from tests.bench.measure import Job, Outcome

LIMITS = "## What limits it now"
OURS = "ours"
ENGINES = {
    OURS: "**ours**",
    "reportlab_default": "ReportLab {reportlab}, as people write it",
    "reportlab_tuned": "ReportLab {reportlab}, tuned",
    "weasyprint": "WeasyPrint {weasyprint}",
    "typst": "Typst {typst}, untagged",
    "skia": "skia-python {skia-python}",
    "pycairo": "pycairo {pycairo}",
    "skia_sealed": "skia-python {skia-python} that signs and draws the symbol too",
    "pycairo_sealed": "pycairo {pycairo} that signs and draws the symbol too",
}
SAME_WORK = ("skia_sealed", "pycairo_sealed")
"""Those that make the seal within the time, as ours does."""
Outcomes = Mapping[tuple[str, Job], Outcome]


@dataclass(frozen=True)
class Jobs:
    """What was measured of every engine, and of ours alone (`large`)."""

    single: Job
    card: Job
    one: Job
    cores: Job
    large: Job

    @property
    def compared(self) -> tuple[Job, ...]:
        """The measurements of every engine."""
        return self.single, self.card, self.one, self.cores


def markdown(
    date: str, jobs: Jobs, outcomes: Outcomes, load: float, layers: Mapping[str, tuple[float, float]], old: str
) -> str:
    """The whole file; `load` is the load average before."""
    limits = old[old.index(LIMITS) :] if LIMITS in old else f"{LIMITS}\n\n(To be written.)\n"
    parts = [
        "# Benchmarks",
        f"{_machine(date)} {_noise(load, outcomes)}",
        "## One-sided documents",
        _compared(jobs, outcomes),
        _NOTES.strip(),
    ]
    parts += ["## Two-sided cards", _cards(jobs, outcomes), "## Large batches", _large(jobs, outcomes)]
    parts += ["## Layers to pixels", _layers(layers), limits.strip()]
    return "\n\n".join(parts) + "\n"


_NOTES = """
Every engine draws the same return title (A5, portrait of 600 x 800 pixels as JPEG of 46 to 56 kB, eleven fields, all
labels and conditions in three languages, MRZ in OCR-B, DataMatrix) from the same records, each with a portrait of its
own.

- Ours makes the seal, its ECDSA P-256 signature and the symbol within the time, measures and fits every text, and draws
  the guilloche, the ghost and the fine line. The rivals get every text measured and placed, and a ready-made picture of
  the symbol; they draw no guilloche, ghost or fine line. That is to their advantage.
- Signing and drawing the symbol too: pycairo and skia-python sign the same bytes with the same key by cryptography, and
  draw the DataMatrix by zxing-cpp, within the time: the same work but for fitting, guilloche, ghost and fine line.
- CPU: milliseconds of the processors that a page takes, user and system, of all processes of a run together, those that
  ours begins included (getrusage, own and children); the least of the rounds. It says what a page costs, where pages/s
  also say how well the cores are used. Both are of the work itself: starting Python and imports are before it.
- Each measurement has a fresh process; engines and measurements take turns. Rates are the best of three rounds; what
  took more than fifteen seconds or was below a fifth of the best is measured once. Single documents: content to the
  bytes of a PDF, one after the other for a second, after one to warm up. Batches begin cold, after the imports.
- ReportLab tuned: rl_accel, no ASCII85, pictures by path, the fixed texts of a face as one form. Typst: untagged, which
  is faster than its default. pycairo and skia-python: the JPEG passes through as it is.
- Both cores: ours by `printing.batches` into one file; a rival by two processes started beforehand, each with half
  of the documents, into two files.
- Memory: the highest sum of the proportional set sizes (PSS) of all processes of a run, sampled every 50 ms, in the
  first round.
- Read back: of each file the first two, two in the middle and the last document: the DataMatrix by zxing-cpp, its
  signature and its agreement with the record by `printing.seals.seal.verify`; the MRZ letter by letter from the
  picture; the portrait against its own file and those of its neighbours. Text: whether number and name can be
  selected as text.
"""


def _machine(date: str) -> str:
    processor = _found(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo"))
    memory = int(_found(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo")) or 0) / 2**20
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=rivals.ROOT, capture_output=True, text=True
    ).stdout.strip()
    return (
        f"Measured by `make bench` on {date}, commit {commit or 'unknown'}. {processor or platform.machine()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, Linux {platform.release()}, "
        f"Python {platform.python_version()}."
    )


def _noise(load: float, outcomes: Outcomes) -> str:
    others = max(outcome.others for outcome in outcomes.values())
    return f"Load average {load:.1f} before; others had at most {others:.1f} of the processors during a measurement."


def _found(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text("utf-8"), re.MULTILINE)
    return found[1].strip() if found else ""


def _compared(jobs: Jobs, outcomes: Outcomes) -> str:
    count = f"{jobs.one.count:,}"
    head = (
        "Engine", "Single documents/s", f"{count} pages, one process: pages/s", "both cores: pages/s",
        "CPU a page, one process (ms)", "CPU a page, both cores (ms)",
        "Memory, one process (MB)", "Memory, both cores (MB)", "kB a page", "Read back", "Text", "Rounds",
    )  # fmt: skip
    ratios = [_ratio_row(jobs, outcomes, "ours against the best rival", RIVALS)]
    ratios.append(_ratio_row(jobs, outcomes, "ours against the best that signs and draws too", SAME_WORK))
    return _table(head, [*_engine_rows(jobs, outcomes), *ratios])


def _engine_rows(jobs: Jobs, outcomes: Outcomes) -> Iterator[tuple[str, ...]]:
    versions = dict(re.findall(r"^([a-z-]+)==([^ ]+)", rivals.LOCK.read_text("utf-8"), re.MULTILINE))
    for name, title in ENGINES.items():
        single, _, one, cores = (outcomes[name, job] for job in jobs.compared)
        if missing := single.missing or one.missing or cores.missing:
            yield (title.format_map(versions), missing, *[""] * 10)
            continue
        everything = (single, one, cores)
        wrong = sum(len(outcome.problems) for outcome in everything)
        read = sum(outcome.read for outcome in everything)
        yield (
            title.format_map(versions), f"{single.rate:,.0f}", f"{one.rate:,.0f}", f"{cores.rate:,.0f}",
            f"{one.cost:.2f}", f"{cores.cost:.2f}",
            f"{one.memory:,.0f}", f"{cores.memory:,.0f}", f"{one.bytes / 1000:.1f}",
            f"{read} right" if not wrong else f"**{wrong} wrong of {read}**", "yes" if one.text else "no",
            f"{single.rounds} / {one.rounds} / {cores.rounds}",
        )  # fmt: skip


RIVALS = tuple(name for name in ENGINES if name != OURS)


def _ratio_row(jobs: Jobs, outcomes: Outcomes, title: str, rivals: Iterable[str]) -> tuple[str, ...]:
    among = list(rivals)
    rates = [ratio(job, outcomes, among) for job in (jobs.single, jobs.one, jobs.cores)]
    costs = [cheaper(job, outcomes, among) for job in (jobs.one, jobs.cores)]
    return (title, *rates, *costs, *[""] * 6)


def best_rival(job: Job, outcomes: Outcomes, among: Iterable[str] = RIVALS) -> str:
    """The name of the fastest of the others, whose output reads back."""
    others = [name for name in among if not outcomes[name, job].problems]
    return max(others, key=lambda name: outcomes[name, job].rate)


def ratio(job: Job, outcomes: Outcomes, among: Iterable[str] = RIVALS) -> str:
    """Our rate against that of the best rival, as "1.97 x (skia)"."""
    best = best_rival(job, outcomes, among)
    rate = outcomes[best, job].rate
    return f"{outcomes[OURS, job].rate / rate:.2f} x ({best})" if rate else "no rival installed"


def cheaper(job: Job, outcomes: Outcomes, among: Iterable[str] = RIVALS) -> str:
    """How many times the least CPU of a rival's page is ours."""
    costs = {name: cost for name in among if (cost := outcomes[name, job].cost) and not outcomes[name, job].problems}
    best, own = min(costs, key=lambda name: costs[name], default=""), outcomes[OURS, job].cost
    return f"{costs[best] / own:.2f} x ({best})" if best and own else ""


def _cards(jobs: Jobs, outcomes: Outcomes) -> str:
    """Two-page documents, the fastest first."""
    job = jobs.card
    made = sorted(ENGINES, key=lambda name: -outcomes[name, job].rate)
    rows = [
        (name, f"{outcomes[name, job].rate:,.0f}", _verdict(outcomes[name, job]))
        for name in made
        if not outcomes[name, job].missing
    ]
    text = "RP-R, front and back (MRZ TD1) as two pages of one PDF, content to bytes, one process. "
    return f"{text}Ours against the best rival: {ratio(job, outcomes)}.\n\n" + _table(
        ("Engine", "Documents/s", "Read back"), rows
    )


def _verdict(outcome: Outcome) -> str:
    return "right" if outcome.read and not outcome.problems else f"wrong: {len(outcome.problems)}"


def _large(jobs: Jobs, outcomes: Outcomes) -> str:
    rows = [
        (
            f"{job.count:,}",
            str(job.processes),
            f"{one.rate:,.0f}",
            f"{one.cost:.2f}",
            f"{one.memory:,.0f}",
            f"{one.bytes / 1000:.1f}",
            _verdict(one),
        )
        for job in (jobs.one, jobs.cores, jobs.large)
        if (one := outcomes[OURS, job])
    ]
    best = best_rival(jobs.cores, outcomes)
    against = outcomes[best, jobs.cores].rate
    times = f"{outcomes[OURS, jobs.large].rate / against:.2f}" if against else "-"
    text = f"Ours, one-sided pages with seal and signature. {jobs.large.count:,} pages on both cores, against the best "
    return f"{text}rival's {jobs.cores.count:,} ({best}): {times} x.\n\n" + _table(
        ("Pages", "Processes", "Pages/s", "CPU a page (ms)", "Memory (MB)", "kB a page", "Read back"), rows
    )


def _layers(layers: Mapping[str, tuple[float, float]]) -> str:
    rows = [(name, f"{median:.1f}", f"{most:.1f}") for name, (median, most) in layers.items()]
    return "A layer's PDF to pixels at 300 dpi (1016 x 648) by `compose.rasterise`, twelve persons.\n\n" + _table(
        ("Layer", "Median (ms)", "Longest (ms)"), rows
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *map(list, rows)]
    render: Callable[[list[str]], str] = lambda cells: f"| {' | '.join(cells)} |"  # noqa: E731
    return "\n".join(render(line) for line in lines)
