"""A virtual chip as a card in a virtual reader behind the real pcscd: the protocol of vsmartcard's reader vpcd.

The reader listens, the card connects. Each frame is two bytes of length (big endian) and the body: one byte is a
command of the reader (power off and on, reset, send the ATR), anything longer an APDU, answered by its response.
"""

from __future__ import annotations

import socket
from enum import IntEnum
from typing import Protocol

from card_drivers.device import ChipError

GET_UID = bytes.fromhex("FFCA000000")  # PC/SC part 3, 3.2.2.1.3: answered by the reader, not by the card


class Control(IntEnum):
    """The frames of one byte."""

    OFF = 0
    ON = 1
    RESET = 2
    ATR = 4


class Card(Protocol):
    """What lies in the reader."""

    uid: str
    atr: bytes

    def reset(self) -> None:
        """Power was cut or the line reset: sessions and selections are gone."""

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Answer one command APDU. ChipError: the card has left the field."""


def serve(card: Card, reader: socket.socket) -> None:
    """Be the card until the reader closes the connection, or the card leaves the field; closes the connection."""
    with reader:
        try:
            while (frame := _receive(reader)) is not None:
                answer = _answer(card, frame)
                if answer is not None:
                    reader.sendall(len(answer).to_bytes(2, "big") + answer)
        except (ChipError, OSError):
            return


def _answer(card: Card, frame: bytes) -> bytes | None:
    if frame == GET_UID:
        return bytes.fromhex(card.uid) + b"\x90\x00"
    if len(frame) > 1:
        data, sw = card.transmit(frame)
        return data + sw.to_bytes(2, "big")
    if frame == bytes([Control.ATR]):
        return card.atr
    card.reset()
    return None


def _receive(reader: socket.socket) -> bytes | None:
    """The next frame; None when the reader has closed the connection."""
    length = _exactly(reader, 2)
    return None if length is None else _exactly(reader, int.from_bytes(length, "big"))


def _exactly(reader: socket.socket, length: int) -> bytes | None:
    received = b""
    while len(received) < length:
        # vpcd writes length and body apart: without this the second waits 40 ms for our acknowledgement of the first.
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = reader.recv(length - len(received))
        if not part:
            return None
        received += part
    return received
