"""`python -m tests.bench.both [--documents 1000 500000]`: fill registers on SQLite and PostgreSQL, and measure each.

PostgreSQL is a cluster of its own with the settings it comes with, but for those that only writing waits for. It takes
about half an hour, 15 GB in the folder of temporary files, and prints the tables of `tests.bench.register`,
`tests.bench.status_load` and, of the largest, `tests.bench.statistics_tables`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from tests.bench import register, statistics_tables, status_load
from tests.bench.filled.office import fill
from tests.fixtures.postgres import running_cluster

OPEN = 300
"""Requests that are open in a small register; a large one has as many as an office of its size."""


@contextmanager
def filled(sizes: list[int]) -> Iterator[list[str]]:
    """The addresses of a register of each size, on both databases, the sizes of one beside one another."""
    with tempfile.TemporaryDirectory() as folder, running_cluster() as cluster:
        urls = [f"sqlite:///{Path(folder) / str(size)}" for size in sizes]
        for size in sizes:
            cluster.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"bench_{size}")))
        urls += [cluster.url(f"bench_{size}") for size in sizes]
        for url, size in zip(urls, sizes * 2, strict=True):
            fill(url, size, min(2000, max(OPEN, size // 100)))
        yield urls


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.both", description="Fill registers and measure them.")
    parser.add_argument("--documents", nargs="+", type=int, default=[1000, 500_000], help="documents of each register")
    parser.add_argument("--users", nargs="+", type=int, default=[1, 8, 32], help="how many ask at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each page is asked by so many")
    asked = parser.parse_args()
    with filled(asked.documents) as urls:
        register.measure(urls, asked.users, asked.seconds)
        status_load.measure(urls, asked.users, asked.seconds)
        largest = asked.documents.index(max(asked.documents))
        statistics_tables.measure(urls[largest :: len(asked.documents)])  # it changes them, so it is the last


if __name__ == "__main__":
    main()
