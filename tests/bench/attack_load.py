"""How long eight clerks wait for their pages and acts, quiet and while strangers attack the real server.

    python -m tests.bench.attack_load [rounds]

Starts the server as `make run` does, on a demonstration register of its own. The clerks, each at an address of their
own, ask for their pages and lodge requests; in every second round strangers, a process of their own at other addresses,
hold 60 half-sent heads and 60 half-sent bodies, send 2.6 MB to the status page and to the log-in, ask both as often as
they can, and try passwords from two thousand addresses. Printed are the medians, the 95th percentiles, and their
ratios: that of the acts should stay under 2.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import cast

from tests.attack.conftest import RealOffice, Visitor, serving
from tests.attack.faults.ground import someone
from tests.attack.test_floods import LOOK_UP
from tests.attack.test_large_bodies import LARGE
from tests.attack.test_slow_senders import HALF_BODY, HALF_HEAD

ROOT = Path(__file__).parents[2]
ROUNDS = 6
PAGES = ("/desk", "/desk/due", "/desk/ready", "/", "/desk/lodge")
TIMES = 4
CLERKS = 8
PAUSE = 0.05
"""Seconds of a clerk between two pages."""

SLOW = 60
NUMBERS = count(1)
LOG_IN = b"email=clerk%40liman.example&password=wrong"


def main(rounds: int) -> None:
    """Measure in turn, and print."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Path(folder) / "ground"
        set_up(ground)
        with serving(ground, Path(folder) / "var") as office:
            clerks = eight(office)
            work(clerks)  # warm
            quiet, attacked = Times(), Times()
            for _ in range(rounds):
                quiet.add(work(clerks))
                with strangers(office.url):
                    attacked.add(work(clerks))
    for what in ("pages", "acts"):
        for name, share in (("median", 50), ("95th percentile", 95)):
            one, other = (statistics.quantiles(getattr(each, what), n=100)[share - 1] for each in (quiet, attacked))
            print(f"{what}, {name}: quiet {one:.1f} ms, attacked {other:.1f} ms, ratio {other / one:.2f}")
    print(f"{len(quiet.pages)} pages and {len(quiet.acts)} acts each, by {CLERKS} clerks at once")


@dataclass
class Times:
    """How long pages and acts took, in milliseconds."""

    pages: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)

    def add(self, other: Times) -> None:
        """Take these too."""
        self.pages += other.pages
        self.acts += other.acts


def eight(office: RealOffice) -> list[Visitor]:
    """Clerks at desks of their own, who share one log-in."""
    first = office.visitor("clerk")
    return [first.beside(f"127.0.2.{number + 1}") for number in range(CLERKS)]


def work(clerks: list[Visitor]) -> Times:
    """All of them work at once until each has done their part; everything is answered."""
    with ThreadPoolExecutor(len(clerks)) as pool:
        total = Times()
        for times in pool.map(one_clerk, clerks):
            total.add(times)
    return total


def one_clerk(clerk: Visitor) -> Times:
    """Look at each page, and lodge a request, in turn."""
    times = Times()
    for _ in range(TIMES):
        for page in PAGES:
            began = time.perf_counter()
            assert clerk.get(page).status == 200
            times.pages.append(1000 * (time.perf_counter() - began))
            time.sleep(PAUSE)
        typed = clerk.hidden("/desk/lodge", "/desk/lodge") | someone(next(NUMBERS))
        began = time.perf_counter()
        assert clerk.post("/desk/lodge", typed).status == 200
        times.acts.append(1000 * (time.perf_counter() - began))
    return times


def set_up(var: Path) -> None:
    """A demonstration office."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    command = [sys.executable, "-m", "flask", "--app", "app", "set-up-demo"]
    environment = clean | {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


class strangers:  # noqa: N801 - read as a function
    """A process of strangers at work."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, "attack", self.url], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert self.process.stdout
        self.process.stdout.readline()  # all of them are there

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def attack(url: str) -> None:
    """Attack until killed."""
    office = RealOffice(url, Path(), cast("subprocess.Popen[bytes]", None), "")
    held = [office.connect(f"127.0.1.{number + 1}") for number in range(2 * SLOW)]
    for number, connection in enumerate(held):
        connection.sendall(HALF_HEAD if number % 2 else HALF_BODY)
    kinds = (("/status", LARGE, 0.2), ("/login", LARGE, 0.2), ("/status", LOOK_UP, 0.0), ("/login", LOG_IN, 0.0))
    for path, body, pause in kinds:
        for _ in range(2):
            threading.Thread(target=repeat, args=(lambda p=path, b=body: office.send("POST", p, b), pause)).start()
    threading.Thread(target=guess, args=(url,)).start()
    print("here", flush=True)


def guess(url: str) -> None:
    """Try passwords from ever other addresses, with the token of the page, so that every try is hashed."""
    first = Visitor(url)
    typed = first.hidden("/login", "/login") | {"email": "clerk@liman.example", "password": "wrong"}
    for number in range(8):
        strangers = cycle([first.beside(f"127.0.{3 + number}.{last}") for last in range(1, 255)])
        threading.Thread(target=repeat, args=(lambda them=strangers: next(them).post("/login", typed), 0.0)).start()


def repeat(send: Callable[[], object], pause: float) -> None:
    """Do it again and again."""
    while True:
        try:
            send()
        except OSError:
            time.sleep(0.05)
        time.sleep(pause)


if __name__ == "__main__":
    if sys.argv[1:2] == ["attack"]:
        attack(sys.argv[2])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
