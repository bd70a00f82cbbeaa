"""What Print Center may send: any bytes and any JSON end in an answer or a named error, soon and in little memory."""

from __future__ import annotations

import json
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.device import DeviceError
from card_drivers.links import print_center
from card_drivers.links.print_center import PrintCenter, PrintCenterError
from card_drivers.links.transport import LinkBroken, NotConnected
from card_drivers.printers.evolis import EvolisPrinter, Settings
from tests.counterparts import free_port

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | JSON,
        "id": st.just("1") | JSON,
        "result": st.text(max_size=20) | JSON,
        "error": st.fixed_dictionaries({}, optional={"code": JSON, "message": JSON}) | JSON,
    },
).map(lambda answer: json.dumps(answer).encode())
DEEP = [b"[" * 50_000 + b"}", b'{"a":' * 12_000 + b"1" + b"}" * 12_000, b'{"id": ' + b"9" * 30_000 + b"}"]


def answered(data: bytes) -> str:
    """What the client makes of these bytes and the end of the link behind them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        return print_center._result(print_center._receive(ours, time.monotonic() + 10), "1")


@settings(max_examples=100)
@given(st.binary(max_size=60) | ANSWERS | st.sampled_from(DEEP))
def test_any_bytes_end_in_a_text_or_a_named_error(data: bytes) -> None:
    try:
        assert isinstance(answered(data), str)
    except (PrintCenterError, LinkBroken) as error:
        assert len(str(error)) < 500  # noqa: PT017 - either way is right


def test_more_than_an_answer_is_not_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.sendall(b" " * (print_center.MOST_ANSWER + 5000))
        with pytest.raises(LinkBroken, match="more than 65536 bytes"):
            print_center._receive(ours, time.monotonic() + 10)


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["OK", "READY,PRINTER_READY", "WARNING,BUSY"]), min_size=1))
def test_any_words_of_the_printer_end_in_a_status_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    said = iter(words * 50)
    printer = EvolisPrinter(Settings(), tmp_path_factory.getbasetemp() / "evolis.json")
    printer._center.call = lambda *_: next(said)  # type: ignore[method-assign]
    for ask in (printer.status, printer.to_chip_position, printer.reject):
        try:
            ask()
        except DeviceError as error:
            assert str(error)  # noqa: PT017 - either way is right


def test_nobody_listens() -> None:
    with pytest.raises(NotConnected, match="cannot be reached"):
        PrintCenter("127.0.0.1", free_port()).call("SUPERVISION.GetState", {})
