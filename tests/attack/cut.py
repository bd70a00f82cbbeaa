"""A line of TCP that a test can silence: what was sent is taken and goes nowhere, and nobody is told."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Line:
    """`silent`: the connections stay, half open. `port` of loopback is where it begins."""

    port: int
    silent: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def line_to(host: str, port: int) -> Iterator[Line]:
    """A line to this port, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        line = Line(listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def accept() -> None:
            while not line.over.is_set():
                with suppress(TimeoutError):
                    here, _ = listener.accept()
                    there = socket.create_connection((host, port))
                    threads.append(threading.Thread(target=_carry, args=(line, here, there)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield line
        finally:
            line.over.set()
            accepting.join()
            for thread in threads:
                thread.join()


def _carry(line: Line, here: socket.socket, there: socket.socket) -> None:
    with selectors.DefaultSelector() as selector, here, there:
        selector.register(here, selectors.EVENT_READ, there)
        selector.register(there, selectors.EVENT_READ, here)
        while not line.over.is_set():
            for key, _ in selector.select(0.1):
                try:
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    if not line.silent.is_set():
                        key.data.sendall(data)
                except OSError:
                    return
