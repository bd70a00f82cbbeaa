"""A bureau is a folder here: what it does with a production file is proved in `test_bureau.py`."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from card_drivers.bureau import sealed_file
from card_drivers.order import Outcome
from card_drivers.printers.bureau import Bureau, Settings
from card_drivers.printers.bureau import open as open_bureau
from card_drivers.station.equipment import Context

PROFILES = ("generic-globalplatform", "jmrtd-applet")
"""What the bureau says it makes."""


@cache
def identities() -> Path:
    """`office` and `site`, made once and as short as is allowed: RSA keys take their time."""
    folder = Path(mkdtemp(prefix="liman-keys-"))
    atexit.register(shutil.rmtree, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_file, "KEY_BITS", sealed_file.LEAST_BITS)
        for name in ("office", "site"):
            sealed_file.make_identity(folder / name, name, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    return folder


@cache
def side(name: str) -> sealed_file.Identity:
    """`office` or `site`; reading an RSA key checks it, which takes a tenth of a second."""
    return sealed_file.Identity.read(identities() / name)


def bureau(folder: Path) -> Bureau:
    """The driver of a station in `folder`, without asking the disk for its keys each time."""
    place = folder / "bureau"
    for name in ("outbox", "inbox", "sent"):
        (place / name).mkdir(parents=True, exist_ok=True)
    certificate = identities() / "site" / "certificate.pem"
    return Bureau(place / "outbox", place / "inbox", place / "sent", side("office"), certificate, PROFILES)


class BureauBench:
    kinds = frozenset({"chips", "paper"})
    good = Outcome.SENT
    reader = None

    def __init__(self, folder: Path) -> None:
        self._place = folder / "bureau"
        shutil.copytree(identities() / "office", self._place / "keys")
        shutil.copy(identities() / "site" / "certificate.pem", self._place / "bureau.pem")
        self.printer = open_bureau(Settings(profiles=", ".join(PROFILES)), Context(folder))

    def taken(self) -> int:
        return len(list(self._place.glob("*/*.p7m")))

    def empty_the_feeder(self) -> None: ...

    def fail_while_printing(self) -> None: ...

    def switch_off(self) -> None:
        """Somebody takes the disk away."""
        (self._place / "outbox").rename(self._place / "away")


@contextmanager
def bench(folder: Path) -> Iterator[BureauBench]:
    yield BureauBench(folder)
