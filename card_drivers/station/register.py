"""The register, as a station sees it: the calls of `/api/station` over HTTP, JSON messages of `card_drivers.order`."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError

from card_drivers.device import (
    CardRejected,
    ConfigurationError,
    DeviceOffline,
    Leave,
    NoLeave,
    now,
)
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected
from card_drivers.order import (
    ChannelKeys,
    ChannelRequest,
    ChipFound,
    ChipKeys,
    ChipReading,
    Claim,
    ClaimRequest,
    DeviceStatus,
    Enrolled,
    Errand,
    ErrandDone,
    Handled,
    JournalPart,
    KeyName,
    LeaveGiven,
    LeaveRequest,
    Message,
    Order,
    Problem,
    Registration,
    Result,
    Start,
    StationSettings,
)
from card_drivers.station.identity import Identity
from card_drivers.troubles import Trouble, Troubled

Answered = TypeVar("Answered", bound=Message)
PATH = "/api/station"
NOT_LIVING = "not_living"
"""The register's code for a process that is not the one it knows as this station."""
CLAIM_ENDED = "claim_ended"
"""The register's code for an order of which somebody decided what became of it."""


CLOCK_TOLERANCE = 300
"""Seconds that a clock may be wrong, and to which what is said of it is rounded, so that it is said once."""


class RegisterError(Troubled):
    """The register did not do what was asked. Holds no token and no personal data."""


class Unreachable(RegisterError):
    """No answer, or none that can be understood: ask again later, the same way."""


class Refused(RegisterError):
    """The register understood and says no: its code and its sentence for the operator."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__("register-says", said=message.rstrip("."))
        self.code = code


class NotLiving(Refused):
    """Another process is this station for the register, or nobody knows which: ask again, people look into it."""


class NotAuthorised(Refused):
    """This station is closed or unknown there: an administrator makes a token to enrol it."""


class Register:
    """The register at `url` (https, or http on this machine); ConfigurationError for any other address.

    Every request is signed by the station's own key. The first one enrols that key, with the `token` that an
    administrator made, and each process says that it starts before it asks for anything else.
    """

    def __init__(self, url: str, identity: Identity, token: str = "", limits: Limits | None = None) -> None:
        self._endpoint = Endpoint.parse(url, "http", "https")
        self._identity = identity
        self._token = token
        self._limits = limits or Limits()
        self._started = False
        self._clock_off = 0.0

    def claim(self, claim_id: UUID) -> Claim | None:
        """Ask for work under a claim id of our own; None when there is nothing to do. Safe to ask again."""
        return self._ask("POST", "/claims", ClaimRequest(claim_id=claim_id), Claim)

    def order(self, claim_id: UUID) -> Order:
        """What to make for the claim. It is given once, and again only to go on with a chip that was begun."""
        order = self._ask("POST", f"/claims/{claim_id}/order", None, Order)
        if order is None:
            raise Unreachable("register-no-order")
        return order

    def waits(self, claim_id: UUID) -> Handled:
        """Say that the order waits for hands. Refused with CLAIM_ENDED when it is not ours any more."""
        return self._ask("POST", f"/claims/{claim_id}/waits", None, Handled) or Handled()

    def leave(self, order: Order) -> Leave:
        """Ask whether the order may be made now; NoLeave when it may not or nobody answers."""
        asked_at, digests = now(), order.digests()
        try:
            request = LeaveRequest(claim_id=order.claim_id, digests=digests)
            given = self._ask("POST", f"/claims/{order.claim_id}/leave", request, LeaveGiven)
        except RegisterError as error:
            raise NoLeave(Trouble.of("leave-refused").then(error.trouble)) from error
        if given is None or not self._identity.is_genuine(order.claim_id, digests, given):
            raise NoLeave("leave-not-genuine")
        return Leave(asked_at + given.seconds, self._chip_keys(order.claim_id, given))

    def _chip_keys(self, claim_id: UUID, given: LeaveGiven) -> dict[KeyName, bytes]:
        if not given.keys:
            return {}
        return ChipKeys.model_validate_json(self._identity.opened(claim_id, given.keys)).keys

    def end(self) -> None:
        """The process ends as it should: another may start at once. Nobody there is no matter."""
        if self._started:
            with suppress(RegisterError):
                self._ask("POST", "/end", None, None)

    def report(self, result: Result) -> None:
        """Say what became of the order. Safe to say again."""
        self._ask("POST", f"/claims/{result.claim_id}/result", result, None)

    def check_chip(self, found: ChipFound) -> None:
        """Say which chip was found, before anything is printed; CardRejected when the register has seen it."""
        try:
            self._ask("POST", f"/claims/{found.claim_id}/chip", found, None)
        except Refused as error:
            raise CardRejected(error.trouble) from error
        except Unreachable as error:
            raise DeviceOffline(error.trouble.then(Trouble.of("blank-unprinted"))) from error

    def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
        """The session keys for a channel that this chip opened."""
        try:
            keys = self._ask("POST", f"/claims/{request.claim_id}/channel", request, ChannelKeys)
        except Refused as error:
            raise CardRejected(error.trouble) from error
        except Unreachable as error:
            raise DeviceOffline(error.trouble) from error
        if keys is None:
            raise ConfigurationError("register-no-keys")
        return keys

    def register(self, registration: Registration) -> StationSettings | None:
        """What this station is, when it starts; the settings that an administrator chose for it, if any."""
        return self._ask("POST", "/registration", registration, StationSettings)

    def errand(self) -> Errand | None:
        """What the register wants besides orders, or None."""
        return self._ask("GET", "/errand", None, Errand)

    def errand_done(self, done: ErrandDone) -> None:
        """How a test print or a change of settings went. Safe to say again."""
        self._ask("POST", "/errand/done", done, None)

    def tell_journal(self, part: JournalPart) -> None:
        """What this station did, after a restore. Safe to say again."""
        self._ask("POST", "/journal", part, None)

    def send_reading(self, reading: ChipReading) -> None:
        """What the reader found."""
        self._ask("POST", "/reading", reading, None)

    def status(self, status: DeviceStatus) -> None:
        """What the devices say of themselves."""
        self._ask("POST", "/status", status, None)

    def clock_trouble(self) -> Trouble | None:
        """What is wrong with this machine's clock, by the date of the register's last answer: no order waits for it."""
        if abs(self._clock_off) < CLOCK_TOLERANCE:
            return None
        return Trouble.of("clock-wrong", minutes=round(abs(self._clock_off) / CLOCK_TOLERANCE) * CLOCK_TOLERANCE // 60)

    def _ask(self, method: str, path: str, message: Message | None, answer: type[Answered] | None) -> Answered | None:
        """One request of the living instance. NotLiving: the next request starts anew."""
        if not self._started:
            self._start()
        try:
            return self._signed(method, path, message, answer)
        except NotLiving:
            self._started = False
            raise

    def _start(self) -> None:
        """Enrol when that was never done, then say that this process is the station now."""
        if self._identity.known is None:
            self._enrol()
        start = Start(before=self._identity.before_start(), host=socket.gethostname())
        self._signed("POST", "/start", start, None)
        self._identity.started()
        self._started = True

    def _enrol(self) -> None:
        if not self._token:
            raise ConfigurationError("station-not-enrolled")
        headers = {"Authorization": f"Bearer {self._token}"}
        body = self._identity.enrolment().model_dump_json().encode()
        answer = _parse(self._exchange("POST", "/enrolment", headers, body), Enrolled)
        self._identity.enrolled(answer)

    def _signed(
        self, method: str, path: str, message: Message | None, answer: type[Answered] | None
    ) -> Answered | None:
        body = message.model_dump_json().encode() if message is not None else b""
        headers = self._identity.headers(method, PATH + path, body)
        data = self._exchange(method, path, headers, body)
        return _parse(data, answer) if answer is not None and data else None

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        """What the register answers; nothing for 204."""
        headers = headers | {"Accept": "application/json"}
        if method == "POST":
            headers["Content-Type"] = "application/json"
        sent = body if method == "POST" else None
        try:
            status, data, said = self._endpoint.exchange(method, PATH + path, headers, sent, self._limits)
        except (NotConnected, LinkBroken) as error:
            raise Unreachable("register-unreachable").because(error) from error
        self._clock_off = _clock_off(said["Date"])
        _check(status, data)
        return b"" if status == 204 else data


def _check(status: int, data: bytes) -> None:
    """Nothing for 200 and 204; else the error that the status stands for."""
    if status in (200, 204):
        return
    if not 400 <= status < 500 or status in (408, 429):
        raise Unreachable("register-http", status=status)
    try:
        problem = Problem.model_validate_json(data)
    except ValidationError:
        problem = Problem(error=f"http-{status}", message=f"The register answered with HTTP {status}: check --server.")
    if status in (401, 403):
        raise NotAuthorised(problem.error, problem.message)
    raise (NotLiving if problem.error == NOT_LIVING else Refused)(problem.error, problem.message)


def _clock_off(date: str | None) -> float:
    """Seconds by which this machine's clock is ahead of the `Date` of an answer (RFC 9110, 6.6.1), 0 without one."""
    try:
        return time.time() - parsedate_to_datetime(date).timestamp() if date else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _parse(data: bytes, answer: type[Answered]) -> Answered:
    try:
        return answer.model_validate_json(data)
    except ValidationError as error:
        # Only places and kinds: the values of an order are somebody's data.
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in error.errors()[:3])
        raise Unreachable("register-unreadable", message=answer.__name__, places=places) from None
