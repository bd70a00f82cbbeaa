"""A real Kannel with its fake centre of SMS: bearerbox, smsbox and fakesmsc of Debian, unpacked by `make test`.

The traps: groups of its configuration are divided by empty lines; without `concatenation` and `max-messages` it sends
the first part alone; the port of the centre listens on every address, and takes loopback alone.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.counterparts import free_port, missing

UNPACKED = Path(__file__).parents[2] / ".venv" / "kannel"
READY_SECONDS = 30.0
USER, PASSWORD, SENDER = "office", "s3cret", "13013"
CONF = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = none
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
http-request-retry = 20
http-queue-delay = 1

group = sendsms-user
username = {user}
password = {password}
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = none
max-messages = 0
"""
CONTROLS = set(range(0x20)) - set(b"\n\r")
"""Bytes that any UTF-16 of ours has, and no text of the GSM alphabet."""

GOT = re.compile(rb"Got message \d+: <(\S+) (\S+) (text|ucs-2|udh) (.*?)>\n", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """What the centre got: to whom, and the text of this part."""

    to: str
    text: str


@dataclass
class Kannel:
    """Where smsbox listens, and what the centre got so far."""

    url: str
    log: Path

    def parts(self) -> list[Part]:
        """The parts that came to the centre, in their order."""
        return [Part(to.decode(), _text(kind, said)) for _, to, kind, said in GOT.findall(self.log.read_bytes())]

    def wait_for(self, count: int) -> list[Part]:
        """The same, as soon as there are so many."""
        deadline = time.monotonic() + READY_SECONDS
        while len(self.parts()) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.parts()


def _text(kind: bytes, said: bytes) -> str:
    """A part as the centre writes it down: plain, or with percents, which of several says after a header."""
    if kind == b"text":
        return said.decode()
    data = unquote_to_bytes((said.split(b" data ", 1)[1] if kind == b"udh" else said).replace(b"+", b" "))
    return data.decode("utf-16-be" if CONTROLS & set(data) else "utf-8")


@contextmanager
def kannel(folder: Path) -> Iterator[Kannel]:
    """All three programs, on free ports, until the block ends."""
    names = ("admin", "boxes", "centre", "sendsms")
    ports = {name: free_port() for name in names}
    conf, log = folder / "kannel.conf", folder / "centre.log"
    conf.write_text(CONF.format(**ports, user=USER, password=PASSWORD))
    with ExitStack() as stack:
        for program, port in (("bearerbox", "centre"), ("smsbox", "sendsms")):
            stack.enter_context(_running(folder, f"sbin/{program}", "-v", "1", str(conf)))
            _wait(partial(_listens, ports[port]), folder)
        fake = ("-H", "127.0.0.1", "-r", str(ports["centre"]), "-m", "0", "1 2 text nothing")
        stack.enter_context(_running(folder, "lib/kannel/test/fakesmsc", *fake, log=log))
        _wait(lambda: b"Fakesmsc client connected" in (folder / "bearerbox.log").read_bytes(), folder)
        yield Kannel(f"http://127.0.0.1:{ports['sendsms']}", log)


@contextmanager
def _running(folder: Path, program: str, *words: str, log: Path | None = None) -> Iterator[None]:
    path = UNPACKED / "usr" / program
    if not path.exists():
        missing("kannel is not unpacked in .venv: SMS are proved against it. `make test` as root unpacks it.")
    libraries = [*UNPACKED.glob("usr/lib/*-linux-gnu*"), *UNPACKED.glob("lib/*-linux-gnu*")]
    environment = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))}
    with (log or folder / f"{path.name}.log").open("wb") as out:
        process = subprocess.Popen([path, *words], cwd=folder, env=environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            process.kill()
            process.wait(10)


def _wait(ready: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError("".join(path.read_text(errors="replace") for path in folder.glob("*.log")))
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
