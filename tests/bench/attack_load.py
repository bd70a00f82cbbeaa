"""How long a clerk waits for her pages, quiet and while strangers attack the real server.

    python -m tests.bench.attack_load [rounds]

Starts the server as `make run` does, on a demonstration register of its own. The clerk asks for her pages in turn; in
every second round strangers, a process of their own at other addresses, hold 60 half-sent heads, 60 half-sent bodies,
send 2.6 MB to the status page and to the log-in, and ask both as often as they can. Printed are the medians, the 95th
percentiles, and their ratios: the second should stay under 2.
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
from pathlib import Path
from typing import cast

from tests.attack.conftest import RealOffice, Visitor, serving
from tests.attack.test_floods import LOOK_UP
from tests.attack.test_large_bodies import LARGE
from tests.attack.test_slow_senders import HALF_BODY, HALF_HEAD

ROOT = Path(__file__).parents[2]
ROUNDS = 6
PAGES = ("/desk", "/desk/due", "/desk/ready", "/", "/desk/lodge")
TIMES = 20
SLOW = 60
LOG_IN = b"email=clerk%40liman.example&password=wrong"


def main(rounds: int) -> None:
    """Measure in turn, and print."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Path(folder) / "ground"
        set_up(ground)
        with serving(ground, Path(folder) / "var") as office:
            clerk = office.visitor("clerk")
            spent(clerk)  # warm
            quiet, attacked = list[float](), list[float]()
            for _ in range(rounds):
                quiet += spent(clerk)
                with strangers(office.url):
                    attacked += spent(clerk)
    for name, share in (("median", 50), ("95th percentile", 95)):
        one, other = (statistics.quantiles(times, n=100)[share - 1] for times in (quiet, attacked))
        print(f"{name}: quiet {one:.1f} ms, attacked {other:.1f} ms, ratio {other / one:.2f}")
    print(f"{len(quiet)} pages each; slowest quiet {max(quiet):.0f} ms, attacked {max(attacked):.0f} ms")


def set_up(var: Path) -> None:
    """A demonstration office."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    command = [sys.executable, "-m", "flask", "--app", "app", "set-up-demo"]
    environment = clean | {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def spent(clerk: Visitor) -> list[float]:
    """How long each of her pages took, in milliseconds; every one of them is answered."""
    times = []
    for page in PAGES * TIMES:
        began = time.perf_counter()
        assert clerk.get(page).status == 200
        times.append(1000 * (time.perf_counter() - began))
    return times


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
    print("here", flush=True)


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
