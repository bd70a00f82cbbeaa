"""`python -m tests.bench.filled URL --documents N`: a register as full as that of an office that worked for years.

Its accounts are `ROLE@CENTRE.example` (`clerk@timisoara.example`), all with PASSWORD; its day is NOW.
"""

from __future__ import annotations

import argparse

from tests.bench.filled.office import fill


def main() -> None:
    asked = _arguments()
    fill(asked.url, asked.documents, asked.open)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.filled", description="Fill a register.")
    parser.add_argument("url", help="the SQLAlchemy address of an empty database")
    parser.add_argument("--documents", type=int, default=500_000, help="documents whose requests are closed")
    parser.add_argument("--open", type=int, default=2000, help="requests that are open")
    return parser.parse_args()


if __name__ == "__main__":
    main()
