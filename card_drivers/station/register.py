"""The register, as a station sees it: the calls of `/api/station` over HTTP, JSON messages of `card_drivers.order`."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError

from card_drivers.device import CardRejected, ConfigurationError, DeviceOffline
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected
from card_drivers.order import (
    ChannelKeys,
    ChannelRequest,
    ChipFound,
    ChipReading,
    Claim,
    ClaimRequest,
    DeviceStatus,
    Errand,
    ErrandDone,
    JournalPart,
    Message,
    Order,
    Problem,
    Registration,
    Result,
    StationSettings,
)
from card_drivers.troubles import Trouble, Troubled

Answered = TypeVar("Answered", bound=Message)


class RegisterError(Troubled):
    """The register did not do what was asked. Holds no token and no personal data."""


class Unreachable(RegisterError):
    """No answer, or none that can be understood: ask again later, the same way."""


class Refused(RegisterError):
    """The register understood and says no: its code and its sentence for the operator."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__("register-says", said=message.rstrip("."))
        self.code = code


class NotAuthorised(Refused):
    """The token is not (or no longer) this station's: an administrator gives it a new one."""


class Register:
    """The register at `url` (https, or http on this machine); ConfigurationError for any other address."""

    def __init__(self, url: str, token: str, limits: Limits | None = None) -> None:
        self._endpoint = Endpoint.parse(url, "http", "https")
        self._token = token
        self._limits = limits or Limits()

    def claim(self, claim_id: UUID) -> Claim | None:
        """Ask for work under a claim id of our own; None when there is nothing to do. Safe to ask again."""
        return self._ask("POST", "/claims", ClaimRequest(claim_id=claim_id), Claim)

    def order(self, claim_id: UUID) -> Order:
        """What to make for the claim: the same bytes each time."""
        order = self._ask("GET", f"/claims/{claim_id}/order", None, Order)
        if order is None:
            raise Unreachable("register-no-order")
        return order

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

    def _ask(self, method: str, path: str, message: Message | None, answer: type[Answered] | None) -> Answered | None:
        body = message.model_dump_json().encode() if message is not None else None
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            status, data = self._endpoint.exchange(method, "/api/station" + path, headers, body, self._limits)
        except (NotConnected, LinkBroken) as error:
            raise Unreachable("register-unreachable").because(error) from error
        _check(status, data)
        return _parse(data, answer) if answer is not None and status != 204 else None


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
    kind = NotAuthorised if status in (401, 403) else Refused
    raise kind(problem.error, problem.message)


def _parse(data: bytes, answer: type[Answered]) -> Answered:
    try:
        return answer.model_validate_json(data)
    except ValidationError as error:
        # Only places and kinds: the values of an order are somebody's data.
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in error.errors()[:3])
        raise Unreachable("register-unreadable", message=answer.__name__, places=places) from None
