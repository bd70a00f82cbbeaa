"""A PC/SC reader, through pyscard and pcscd (PC/SC Workgroup, parts 3 and 5).

Only the plain functions of the interface are used, each connection with a context of its own: nothing outlives a
restart of pcscd (pyscard's issues 27, 82 and 220). Every call runs in a thread that can be given up, since pcscd waits
for a reader as long as the reader likes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any
from uuid import UUID

from pydantic import Field

from card_drivers.device import CardConnection, ChipError, ConfigurationError, DeviceBusy, DeviceError, DeviceOffline
from card_drivers.station.equipment import Context, EncoderSettings
from card_drivers.troubles import Trouble

GET_UID = bytes.fromhex("FFCA000000")  # PC/SC part 3, 3.2.2.1.3
OK = 0x9000
POLL_SECONDS = 0.02
PCSCD_SECONDS = 5.0  # how long pcscd may take for what needs no card
LAY_AGAIN = Trouble.of("card-again")


class Settings(EncoderSettings):
    """Which reader, and how long it may take."""

    reader: str = Field(
        default="",
        title="Reader",
        description="Name of the reader, or a part of it that no other has. Empty: the only one that is connected.",
    )
    card_seconds: float = Field(
        default=5, gt=0, le=60, title="Wait for the card", description="Seconds until a card must be seen."
    )
    answer_seconds: float = Field(
        default=10, gt=0, le=120, title="Wait for an answer", description="Seconds a chip may take for one command."
    )


@dataclass(frozen=True)
class ReaderState:
    """A reader and what lies on it: `atr` in hex, "" when nothing does; `uid` in hex, "" when the card tells none."""

    name: str
    atr: str = ""
    uid: str = ""


def open(settings: Settings, context: Context) -> PcscReader:
    """The encoder of these settings. ConfigurationError without pyscard; pcscd and reader may come later."""
    return PcscReader(settings)


def reader_names() -> list[str]:
    """The names of the readers pcscd knows. ConfigurationError without pyscard, DeviceOffline without pcscd."""
    with _Session(_pyscard()) as session:
        return session.readers()


def readers() -> list[ReaderState]:
    """Every reader and what lies on it. A card that somebody else uses, or that is silent, shows no UID."""
    found = []
    for name in reader_names():
        reader = PcscReader(Settings(reader=name, card_seconds=0.1))
        try:
            card = reader.connect()
            found.append(ReaderState(name, card.atr.hex().upper(), card.uid))
        except DeviceError:
            found.append(ReaderState(name))
        finally:
            reader.close()
    return found


def choose(names: Sequence[str], wanted: str) -> str:
    """The reader that is meant; never a guess. DeviceOffline when it is not connected."""
    if not names:
        raise DeviceOffline("reader-none")
    found = [name for name in names if name == wanted] or [name for name in names if wanted in name]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigurationError("reader-ambiguous", names="; ".join(found))
    raise DeviceOffline("reader-missing", name=wanted, names="; ".join(names))


class PcscReader:
    """The encoder. It holds no state but its last card, so that it takes the next one whatever became of that."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._pyscard = _pyscard()
        self._session: _Session | None = None

    def connect(self, order_id: UUID | None = None) -> CardConnection:
        """The chip that lies there. ChipError when there is none, DeviceOffline without reader or pcscd."""
        self.close()
        session = _Session(self._pyscard)
        try:
            name = choose(session.readers(), self.settings.reader)
            card = session.connect(name, self.settings)
        except BaseException:
            session.close()
            raise
        self._session = session
        return card

    def lies(self) -> bool:
        """Whether a card lies there now, as pcscd sees it: some tenths of a second late."""
        with _Session(self._pyscard) as session:
            return session.sees_card(choose(session.readers(), self.settings.reader))

    def close(self) -> None:
        """Let the card go."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def __del__(self) -> None:
        self.close()  # a station that takes new settings opens the reader anew


class PcscCard:
    """A card in a reader; `transmit` fails with ChipError once it has left the field, or takes too long."""

    def __init__(self, session: _Session, atr: bytes, seconds: float) -> None:
        self.atr = atr
        self.uid = ""
        self._session = session
        self._seconds = seconds

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Send one command APDU; ChipError when the card is silent."""
        answer = self._session.transmit(apdu, self._seconds)
        if len(answer) < 2:
            raise ChipError(Trouble.of("reader-no-status").then(LAY_AGAIN), "transmit", None)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


class _Session:
    """One context of PC/SC and at most one card, used from one thread of its own."""

    def __init__(self, pyscard: ModuleType) -> None:
        self._scard = pyscard
        self._thread = _Thread()
        self._card: tuple[Any, int] | None = None
        self._context: int | None = None
        try:
            status, context = self._call("SCardEstablishContext", pyscard.SCARD_SCOPE_SYSTEM)
            self._check(status)
            self._context = context
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def readers(self) -> list[str]:
        """The names of the connected readers."""
        status, names = self._call("SCardListReaders", self._context, [])
        if status == self._scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        self._check(status)
        return list(names)

    def sees_card(self, name: str) -> bool:
        """Whether pcscd sees a card in the reader, answering or not."""
        scard = self._scard
        asked = [(name, scard.SCARD_STATE_UNAWARE)]
        status, states = self._call("SCardGetStatusChange", self._context, 0, asked)
        self._check(status)
        return bool(states[0][1] & scard.SCARD_STATE_PRESENT)

    def connect(self, name: str, settings: Settings) -> PcscCard:
        """The card that lies there or soon will, for us alone. ChipError when none comes or it stays silent.

        pcscd sees with a delay that a card has come or gone, and we ourselves may be about to let one go.
        """
        deadline = time.monotonic() + settings.card_seconds
        while True:
            try:
                return self._meet(name, settings.answer_seconds)
            except (ChipError, DeviceBusy):
                if time.monotonic() >= deadline:
                    raise
            self._let_go()
            time.sleep(POLL_SECONDS)

    def _meet(self, name: str, seconds: float) -> PcscCard:
        """Connect to what lies there now, reset it, and ask who it is."""
        scard = self._scard
        mode = (scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1)
        status, card, protocol = self._call("SCardConnect", self._context, name, *mode)
        self._check(status)
        self._card = card, 0
        status, protocol = self._call("SCardReconnect", card, *mode, scard.SCARD_RESET_CARD)
        self._check(status)
        self._card = card, scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        status, _, _, _, atr = self._call("SCardStatus", card)
        self._check(status)
        met = PcscCard(self, bytes(atr), seconds)
        uid, sw = met.transmit(GET_UID)
        met.uid = uid.hex() if sw == OK else ""
        return met

    def transmit(self, apdu: bytes, seconds: float) -> bytes:
        """Send one APDU to the card. ChipError when no answer comes."""
        assert self._card is not None, "connect comes first"
        try:
            status, answer = self._thread.call(self._scard.SCardTransmit, seconds, *self._card, list(apdu))
        except TimeoutError:
            raise ChipError(Trouble.of("chip-late", seconds=f"{seconds:g}").then(LAY_AGAIN), "transmit", None) from None
        if status != self._scard.SCARD_S_SUCCESS:
            said = self._scard.SCardGetErrorMessage(status).rstrip(".")
            raise ChipError(Trouble.of("reader-says", said=said).then(LAY_AGAIN), "transmit", None)
        return bytes(answer)

    def close(self) -> None:
        """Let the card and the context go, without waiting: after a call that hangs, as soon as that ends."""
        self._let_go()
        if self._context is not None:
            self._thread.send(self._scard.SCardReleaseContext, self._context)
        self._context = None
        self._thread.end()

    def _let_go(self) -> None:
        if self._card is not None:
            # No reset here: when the card leaves at that moment, pcscd is left with a wrong idea of the next one.
            self._thread.send(self._scard.SCardDisconnect, self._card[0], self._scard.SCARD_LEAVE_CARD)
        self._card = None

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return self._thread.call(getattr(self._scard, name), PCSCD_SECONDS, *arguments)
        except TimeoutError:
            raise DeviceOffline("pcscd-hangs", call=name) from None

    def _check(self, status: int) -> None:
        """DeviceOffline or DeviceBusy for what pcscd and the reader say; ChipError for what the card did."""
        scard = self._scard
        if status == scard.SCARD_S_SUCCESS:
            return
        said = scard.SCardGetErrorMessage(status).rstrip(".")
        if status == scard.SCARD_E_SHARING_VIOLATION:
            raise DeviceBusy("card-in-use", said=said)
        if status in (scard.SCARD_E_READER_UNAVAILABLE, scard.SCARD_E_UNKNOWN_READER):
            raise DeviceOffline("reader-unplugged", said=said)
        if status in (scard.SCARD_E_NO_SERVICE, scard.SCARD_E_SERVICE_STOPPED, scard.SCARD_F_COMM_ERROR):
            raise DeviceOffline("pcscd-away", said=said)
        raise ChipError(Trouble.of("reader-says", said=said).then(LAY_AGAIN), "connect", None)


class _Thread:
    """Calls that can be given up: after a TimeoutError the thread is left to itself, and is no more waited for."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...], SimpleQueue[Any]] | None] = SimpleQueue()
        threading.Thread(target=self._work, name="pcsc", daemon=True).start()

    def call(self, function: Callable[..., Any], seconds: float, *arguments: Any) -> Any:
        """What `function` returns. TimeoutError when it takes longer."""
        try:
            return self.send(function, *arguments).get(timeout=seconds)
        except Empty:
            raise TimeoutError from None

    def send(self, function: Callable[..., Any], *arguments: Any) -> SimpleQueue[Any]:
        """Call it without waiting for it; where its answer will be."""
        answer: SimpleQueue[Any] = SimpleQueue()
        self._calls.put((function, arguments, answer))
        return answer

    def end(self) -> None:
        """End after the calls that were sent."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            function, arguments, answer = call
            with suppress(SystemError):  # pyscard, of a handle that died with pcscd; whoever waits is told by the time
                answer.put(function(*arguments))


def _pyscard() -> ModuleType:
    try:
        from smartcard import scard  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise ConfigurationError("pyscard-missing") from error
    module: ModuleType = scard
    return module
