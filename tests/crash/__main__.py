"""`python -m tests.crash URL [--only WORDS] [--seed N] [--most N] [--into FILE]`: the table of crashes.

URL is `sqlite`, `postgresql` for a cluster of its own, or the address of an empty PostgreSQL database beside which
others may be made. Cases are played in an order by the seed, and those without a road are named at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash import points, scenario
from tests.crash.grounds import Cluster, Databases, Files, Grounds
from tests.crash.points import Case
from tests.crash.scenario import Row
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


def played(chosen: list[Case], grounds: Grounds, options: argparse.Namespace) -> Iterator[Row]:
    """One case after the other, until the minutes are over."""
    end = time.monotonic() + 60 * options.minutes
    for case in chosen:
        if time.monotonic() > end:
            return
        try:
            row = scenario.run(case, grounds, options.keep)
        except Exception as error:  # a fault of the harness: the others are played all the same
            row = Row(case, (f"harness: {type(error).__name__}: {error}"[:300],), (), 0.0)
        print(line(row), flush=True)
        if options.into:
            with options.into.open("a") as lines:
                lines.write(json.dumps([str(case), line(row), bool(row.faults), row.struck]) + "\n")
        yield row


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("url")
    parser.add_argument("--only", default="", help="words that a case must have, as 'job claimed' or 'kill'")
    parser.add_argument("--seed", type=int, default=1)
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
    with databases(options.url) as made:
        rows = list(played(reachable[: options.most], Grounds(made, folder), options))
    bad = [row for row in rows if row.faults or not row.struck]
    print(f"\n{len(rows)} of {len(everything)} cases played, {len(bad)} not well; {len(without)} have no road.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
