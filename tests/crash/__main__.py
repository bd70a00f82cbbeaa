"""`python -m tests.crash URL [--only WORDS] [--seed N] [--jobs N] [--most N] [--into FILE]`: the table of crashes.

URL is `sqlite`, `postgresql` for a cluster of its own, or the address of an empty PostgreSQL database beside which
others may be made. Cases are played in an order by the seed, and those without a road are counted at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash import points, scenario
from tests.crash.grounds import Cluster, Databases, Files
from tests.crash.scenario import Row
from tests.crash.table import Table, players
from tests.fixtures.postgres import running_cluster


@contextmanager
def databases(url: str) -> Iterator[Databases]:
    """Where the registers of a run are made."""
    if url == "sqlite":
        yield Files()
    elif url == "postgresql":
        with running_cluster() as cluster:
            yield Cluster(cluster.url("postgres"))
    else:
        yield Cluster(url)


def line(row: Row) -> str:
    """A row of the table."""
    point, did = row.case.point, ", ".join(row.did) or "nothing"
    cells = (point.kind, point.name, point.moment, row.case.fault, row.result, did, f"{row.seconds:.0f}")
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"


HEAD = "| kind | point | moment | fault | result | what had to be done | s |\n|---|---|---|---|---|---|---|"


def written(rows: Iterable[Row], options: argparse.Namespace) -> Iterator[Row]:
    """Each row, when it is printed and kept; one that went wrong with the words that play it again."""
    for row in rows:
        print(line(row), flush=True)
        if row.faults or not row.struck:
            print(f'again: python -m tests.crash {options.url} --only "{row.case}"', file=sys.stderr, flush=True)
        if options.into:
            with options.into.open("a") as lines:
                lines.write(json.dumps([str(row.case), line(row), bool(row.faults), row.struck]) + "\n")
        yield row


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("url")
    parser.add_argument("--only", default="", help="words that a case must have, as 'job claimed' or 'kill'")
    parser.add_argument("--seed", type=int, default=1, help="the order of the cases; what happens in one has none")
    parser.add_argument("--jobs", type=int, default=1, help="how many are played at a time")
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10_000)
    parser.add_argument("--into", type=Path, help="a file to add to; what is in it is not played again")
    parser.add_argument("--keep", type=Path, help="where offices that went wrong are kept")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    everything = points.cases(folder / "app", postgresql=options.url != "sqlite")
    known = options.into.read_text().splitlines() if options.into and options.into.exists() else []
    before = {json.loads(each)[0] for each in known}
    chosen = [case for case in everything if options.only in str(case) and str(case) not in before]
    without = [case for case in chosen if not scenario.is_reachable(case)]
    reachable = [case for case in chosen if case not in without]
    random.Random(options.seed).shuffle(reachable)
    print(HEAD)
    with databases(options.url) as made, players(options.jobs, made, folder, options.keep) as play:
        table = Table(reachable[: options.most], play, 60 * options.minutes)
        rows = list(written(table.rows(options.jobs), options))
    shutil.rmtree(folder, ignore_errors=True)
    bad = [row for row in rows if row.faults or not row.struck]
    said = f"{len(rows)} of {len(everything)} cases played in {table.runs} runs by seed {options.seed}"
    print(f"\n{said}, {len(bad)} not well; {len(without)} have no road.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
