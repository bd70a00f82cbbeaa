"""Print Center with one Evolis printer behind it, on loopback, written from the public description of its calls.

Ours, therefore no proof that a real service does the same (docs/drivers.md). It is strict where clients could be wrong
(one call a connection, strings only, sessions, sizes and depths of the bitmaps, what may be commanded when) and answers
as the real one is said to: without length, without an end mark, and without closing.
"""

from __future__ import annotations

import base64
import io
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

DEVICE = "Evolis Primacy 2"
# Bitmaps cover the card and what lies beyond its edges: 86.02 x 54.86 mm.
SIZES = {"DPI300": (1016, 648), "DPI600300": (2032, 648), "DPI600": (2032, 1296), "DPI1200300": (4064, 648)}
DEPTHS = {"color": "RGB", "resin": "1", "varnish": "1"}
COVER_OPEN, OFF = "WARNING,DEF_COVER_OPEN", "OFF,PRINTER_OFFLINE"
Panels = dict[tuple[str, str], Image.Image]


class No(Exception):
    """An error of JSON-RPC: the service refuses the call."""


@dataclass
class Card:
    """One blank and what was printed on it."""

    panels: Panels = field(default_factory=dict)
    printed: bool = False


@dataclass
class Printer:
    """The machine. `fault` strikes the next print; `state` replaces what it says of itself; `spell` each answer.

    `struck` is called when a fault strikes.
    """

    feeder: int = 6
    ribbon: int = 200
    until_cleaning: int = 800
    seconds: float = 0.1
    state: str = ""
    fault: str = ""  # "jam", "instant", "endless", "power", "ribbon", "cover", "off"
    struck: Callable[[], None] = lambda: None
    spell: Callable[[str, socket.socket, bytes], bool] | None = None
    tray: list[Card] = field(default_factory=list)
    rejected: list[Card] = field(default_factory=list)
    card: Card | None = None
    at_chip: bool = False
    auto_eject: bool = True
    taken: int = 0
    calls: list[str] = field(default_factory=list)
    session: dict[str, Any] | None = None
    busy_until: float = 0.0

    def answer(self, method: str, params: dict[str, str]) -> str:
        self.calls.append(params["command"] if method == "CMD.SendCommand" else method)
        if "device" in params and params["device"] != DEVICE:
            raise No("Device not found")
        service, _, name = method.partition(".")
        if service == "PRINT":
            return self._print_call(name, params)
        if method == "SUPERVISION.GetState":
            return self._state()
        if method == "SUPERVISION.List":
            return f"{DEVICE},{self._state()}"
        if method == "CMD.SendCommand":
            return self._command(params["command"])
        raise No("Method not found")

    def _state(self) -> str:
        if self.state:
            return self.state
        if time.monotonic() < self.busy_until:
            return "WARNING,INF_PRINTING_RUNNING"
        if self.ribbon < 1:
            return "WARNING,DEF_RIBBON_ENDED"
        return "WARNING,FEEDER_EMPTY" if self.feeder < 1 and self.card is None else "READY,PRINTER_READY"

    def _command(self, command: str) -> str:
        if command in ("Rrt;count", "Rco;rc"):
            return str(self.ribbon if command == "Rrt;count" else self.until_cleaning)
        if command == "Psoe;D":
            self.auto_eject = False
            return "OK"
        if self.state == COVER_OPEN:
            return "ERROR COVER OPEN"
        if self.state == OFF:
            raise No("Printer is offline")
        if command in ("Si", "Sic"):
            return self._insert(command == "Sic")
        if command in ("Se", "Ser"):
            return self._leave(self.tray if command == "Se" else self.rejected)
        raise No("Command not found")

    def _insert(self, to_chip: bool) -> str:
        if self.card is None:
            if self.feeder < 1:
                return "ERROR NO CARD"
            self.feeder, self.taken, self.card = self.feeder - 1, self.taken + 1, Card()
        self.at_chip = to_chip
        return "OK"

    def _leave(self, where: list[Card]) -> str:
        if self.card is None:
            return "OK" if where is self.rejected else "ERROR NO CARD"
        if where is self.rejected and self.state.endswith("MECHANICAL"):
            self.state = ""  # the operator opened it and threw the card away
        where.append(self.card)
        self.card, self.at_chip, self.session = None, False, None
        return "OK"

    def _print_call(self, name: str, params: dict[str, str]) -> str:
        if name == "Begin":
            if self.session is not None:
                raise No("Communication session already reserved")
            self.session = {"name": params["session"], "set": {}, "panels": {}}
            return params["session"]
        if self.session is None or params.get("session") != self.session["name"]:
            raise No("Session unknown")
        if name == "Set":
            self.session["set"] |= dict(pair.split("=") for pair in params["data"].split(";"))
        elif name == "SetBitmap":
            self._set_bitmap(params)
        elif name == "Print":
            self._print()
        elif name == "End":
            self.session = None
        else:
            raise No("Method not found")
        return "OK"

    def _set_bitmap(self, params: dict[str, str]) -> None:
        assert self.session is not None
        kind, _, data = params["data"].partition(":")
        picture = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
        picture.load()
        size = SIZES[self.session["set"].get("Resolution", "DPI300")]
        right = (kind, picture.format, picture.size, picture.mode)
        if right != ("base64", "BMP", size, DEPTHS[params["panel"]]) or params["face"] not in ("front", "back"):
            raise No(f"Invalid bitmap {right}")
        if params["face"] == "back" and self.session["set"].get("Duplex") != "HORIZONTAL":
            raise No("Simplex session")
        self.session["panels"][params["face"], params["panel"]] = picture

    def _print(self) -> None:
        assert self.session is not None
        if self.card is None or not self.session["panels"]:
            raise No("Nothing to print")
        fault, self.fault = self.fault, ""
        if fault:
            self.struck()
        self.at_chip = False
        self.busy_until = time.monotonic() + {"instant": 0.0, "endless": 1e9}.get(fault, self.seconds)
        self.ribbon -= len({face for face, _ in self.session["panels"]})
        self.until_cleaning -= 1
        self.card.panels, self.card.printed = self.session["panels"], fault != "instant"
        if fault == "jam":
            self.busy_until, self.state = 0.0, "ERROR,ERR_MECHANICAL"
        if fault == "ribbon":
            self.busy_until, self.ribbon = 0.0, 0
        if fault in ("cover", "off"):
            self.busy_until, self.state = 0.0, COVER_OPEN if fault == "cover" else OFF
        if self.auto_eject:
            self._leave(self.tray)
        if fault == "off":
            raise No("Printer is offline")
        if fault == "power":
            raise ConnectionAbortedError


class Service:
    """The TCP side: one call a connection; it waits for the client to hang up, as the real one does."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._links: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def switch_off(self) -> None:
        """Nobody listens any more, and every call under way breaks."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.switch_off()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self._links.append(link)
            thread = threading.Thread(target=self._serve, args=(link,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, link: socket.socket) -> None:
        with link, suppress(OSError):
            link.settimeout(20)
            request = _read(link)
            try:
                answer = json.dumps(self._answered(request)).encode()
            except ConnectionAbortedError:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if self.printer.spell is not None and self.printer.spell(request["method"], link, answer):
                return
            link.sendall(answer)
            assert link.recv(1) == b"", "one call a connection"

    def _answered(self, request: dict[str, Any]) -> dict[str, Any]:
        head = {"id": request["id"], "jsonrpc": "2.0"}
        try:
            assert request["jsonrpc"] == "2.0"
            assert all(isinstance(value, str) for value in (request["id"], *request["params"].values()))
            return {**head, "result": self.printer.answer(request["method"], request["params"])}
        except No as error:
            return {**head, "error": {"code": -1, "message": str(error)}}


def _read(link: socket.socket) -> dict[str, Any]:
    text = b""
    while part := link.recv(1 << 20):
        text += part
        if text.endswith(b"}"):
            with suppress(ValueError):
                return dict(json.loads(text))
    raise OSError("hung up")


@contextmanager
def print_center(printer: Printer | None = None) -> Iterator[Service]:
    """The service on a loopback port until the block ends."""
    service = Service(printer or Printer())
    try:
        yield service
    finally:
        service.close()
