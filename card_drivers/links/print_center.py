"""Evolis Print Center: JSON-RPC 2.0 on TCP, as its public clients speak it. One call a connection, all values strings.

The answer has no length and no end mark, and the service does not close: whoever reads stops when the text is one whole
JSON object, then closes, or the service serves nobody else. Plain text, therefore only on this machine.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from card_drivers.device import ConfigurationError
from card_drivers.links.transport import LinkBroken, NotConnected, is_loopback
from card_drivers.troubles import Troubled

MOST_ANSWER = 64 * 1024  # bytes: a state, a number or a short text
NOTHING = b" \t\r\n\0"  # what may stand around the answer


class PrintCenterError(Troubled):
    """The service understood and says no: its own words."""


@dataclass(frozen=True)
class Patience:
    """Seconds to connect, and for one whole call unless it says otherwise."""

    connect: float = 3.0
    call: float = 15.0


class PrintCenter:
    """The service at `host`:`port`; ConfigurationError when that is another machine."""

    def __init__(self, host: str, port: int, patience: Patience | None = None) -> None:
        if not is_loopback(host):
            raise ConfigurationError("center-clear", host=host)
        self._address = (host, port)
        self._patience = patience or Patience()
        self._ids = itertools.count(1)

    def call(self, method: str, params: Mapping[str, str], seconds: float | None = None) -> str:
        """The result of one call within `seconds`.

        PrintCenterError: it says no. NotConnected: it heard nothing. LinkBroken: it may have acted.
        """
        number = str(next(self._ids))
        request = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": dict(params)}).encode()
        until = time.monotonic() + (seconds or self._patience.call)
        with self._connected() as link:
            try:
                _send(link, request, until)
                answer = _receive(link, until)
            except OSError as error:
                raise LinkBroken(
                    "center-broke", method=method, said=error.strerror or str(error) or type(error).__name__
                ) from error
        return _result(answer, number)

    def _connected(self) -> socket.socket:
        host, port = self._address
        try:
            return socket.create_connection(self._address, self._patience.connect)
        except OSError as error:
            raise NotConnected(
                "center-unreachable", host=f"{host}:{port}", said=error.strerror or str(error)
            ) from error


def _send(link: socket.socket, request: bytes, until: float) -> None:
    """All of it by then: `sendall` takes its time limit for the whole."""
    link.settimeout(_left(until))
    link.sendall(request)


def _receive(link: socket.socket, until: float) -> dict[str, Any]:
    """Read until the text is one JSON object. LinkBroken when it ends before, never becomes one, or is too long."""
    text = b""
    while len(text) <= MOST_ANSWER:
        link.settimeout(_left(until))
        part = link.recv(4096)
        text += part
        answer = _parsed(text) if text.rstrip(NOTHING).endswith(b"}") else None
        if answer is not None:
            return answer
        if not part:
            raise LinkBroken("center-cut-off", bytes=len(text))
    raise LinkBroken("center-endless", bytes=MOST_ANSWER)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise LinkBroken("center-late")
    return left


def _parsed(text: bytes) -> dict[str, Any] | None:
    """The object, or None while it is not whole."""
    with contextlib.suppress(ValueError, RecursionError):  # ValueError: also no UTF-8, and numbers without end
        answer = json.loads(text.strip(NOTHING))
        return answer if isinstance(answer, dict) else None
    return None


def _result(answer: dict[str, Any], number: str) -> str:
    """The result; exactly one of result and error is there (JSON-RPC 2.0 section 5). LinkBroken for anything else."""
    error, result = answer.get("error"), answer.get("result")
    if answer.get("jsonrpc") != "2.0" or str(answer.get("id")) != number or (error is None) == (result is None):
        raise LinkBroken("center-other-answer")
    if isinstance(error, dict):
        raise PrintCenterError("center-says", said=_line(error.get("message")), number=_line(error.get("code")))
    if not isinstance(result, str):
        raise LinkBroken("center-no-text")
    return result


def _line(value: object) -> str:
    """What a device says, short and printable."""
    text = value if isinstance(value, str | int) else "nothing"
    return "".join(character if character.isprintable() else " " for character in str(text)[:200])
