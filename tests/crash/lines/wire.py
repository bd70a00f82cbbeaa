"""The wire between a server and its PostgreSQL: bytes go both ways until one connection is struck at its commit.

Cut, the commit reaches the database and the connection is reset before the answer; half-open, nothing comes through any
more and nobody says so, until it is given up.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Listener
from pathlib import Path

from tests.crash.points import Fault

GIVEN_UP = 4.0
"""Seconds after which a half-open connection is given up, as the kernel's own limits do: later, but as surely."""

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of a socket that is reset when it is closed."""


@dataclass
class Pair:
    """One connection: the server's end and the database's."""

    near: socket.socket
    far: socket.socket
    struck: Fault | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """Both ends are reset."""
        for each in (self.near, self.far):
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def send_on(self) -> None:
        """What the server says, unless the connection is half-open."""
        self._pass(self.near, self.far, Fault.HALF_OPEN)

    def answer(self) -> None:
        """What the database answers, unless the connection was struck."""
        self._pass(self.far, self.near, Fault.CUT)

    def _pass(self, source: socket.socket, to: socket.socket, deaf: Fault) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.struck is deaf:
                    self.over.wait(GIVEN_UP if deaf is Fault.HALF_OPEN else 0)
                    break
                to.sendall(data)
        self.end()


class Wire:
    """Listens at `port` for the database at `address`, and at a door in `folder` for who strikes."""

    def __init__(self, address: tuple[str, int], folder: Path, fault: Fault) -> None:
        self._address, self._fault = address, fault
        self._pairs: list[Pair] = []
        self._near = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._near.getsockname()[1])
        self._door = str(_door(folder))
        self._strikes = Listener(self._door)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._accept, self._listen)]
        for thread in self._threads:
            thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._near.accept()
                pair = Pair(near, socket.create_connection(self._address))
                self._pairs.append(pair)
                for work in (pair.send_on, pair.answer):
                    threading.Thread(target=work, daemon=True).start()

    def _listen(self) -> None:
        while True:
            with suppress(EOFError), self._strikes.accept() as who:
                if (port := who.recv()) is None:
                    return
                for pair in self._pairs:
                    with suppress(OSError):
                        if pair.near.getpeername()[1] == port:
                            pair.struck = self._fault
                who.send(True)

    def close(self) -> None:
        """Nothing goes through any more."""
        self._near.shutdown(socket.SHUT_RDWR)  # who waits in `accept` wakes
        with Client(self._door) as own:
            own.send(None)
        for thread in self._threads:
            thread.join()
        self._near.close()
        self._strikes.close()
        for pair in self._pairs:
            pair.over.set()
            pair.end()


def _door(folder: Path) -> Path:
    return folder / "wire"


def strike(folder: Path, descriptor: int) -> None:
    """The connection of this descriptor meets the fault of its wire, whatever is sent next."""
    with closing(socket.socket(fileno=os.dup(descriptor))) as own:
        port = own.getsockname()[1]
    with Client(str(_door(folder))) as wire:
        wire.send(port)
        wire.recv()


@contextmanager
def wire_to(address: tuple[str, int], folder: Path, fault: Fault) -> Iterator[int]:
    """The port of a wire to a database, until the block ends."""
    wire = Wire(address, folder, fault)
    try:
        yield wire.port
    finally:
        wire.close()
