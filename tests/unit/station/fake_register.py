"""A tiny register on loopback: the station API of the brief, a queue of orders, and a memory of all it was told."""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from card_drivers import signing
from card_drivers.order import (
    ChannelRequest,
    ChipFound,
    ChipReading,
    Claim,
    ClaimRequest,
    DeviceStatus,
    Enrolled,
    Enrolment,
    Errand,
    ErrandDone,
    Handled,
    LeaveGiven,
    LeaveRequest,
    Order,
    Outcome,
    Problem,
    Registration,
    Result,
    Start,
    StationSettings,
)
from tests.unit.station.documents import Manager

TOKEN = "token-of-the-test"
STATION = uuid.UUID("01890000-0000-7000-8000-00000000000a")


@dataclass
class Books:
    """What the register knows."""

    queue: list[Order] = field(default_factory=list)
    claims: dict[uuid.UUID, Order] = field(default_factory=dict)
    results: dict[uuid.UUID, Result] = field(default_factory=dict)
    ended: set[uuid.UUID] = field(default_factory=set)
    told: list[Result] = field(default_factory=list)
    status: list[DeviceStatus] = field(default_factory=list)
    errand: Errand | None = None
    readings: list[ChipReading] = field(default_factory=list)
    done: list[ErrandDone] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)
    chosen: StationSettings | None = None
    scanned: str = ""
    used_chips: set[str] = field(default_factory=set)
    found_chips: list[ChipFound] = field(default_factory=list)
    refuse: Problem | None = None
    refuse_order: Problem | None = None
    lose: tuple[str, threading.Event] | None = None
    raw_order: bytes | None = None
    signing_key: bytes | None = None
    leave_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    starts: list[Start] = field(default_factory=list)
    leaves: list[LeaveRequest] = field(default_factory=list)
    no_leave: bool = False
    leave_seconds: int = 60

    def outcomes(self) -> list[Outcome]:
        return [result.outcome for result in self.results.values()]


class _Handler(BaseHTTPRequestHandler):
    books: Books
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def _answer(self, status: int, message: object = None) -> None:
        if self.books.lose and self.path.endswith(self.books.lose[0]) and not self.books.lose[1].is_set():
            self.close_connection = True
            return
        body = b"" if message is None else message if isinstance(message, bytes) else message.model_dump_json().encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _is_signed(self, body: bytes) -> bool:
        key, station = self.books.signing_key, self.headers[signing.STATION]
        if key is not None and station == str(STATION):
            instance = uuid.UUID(self.headers[signing.INSTANCE])
            said = signing.request_said(self.command, self.path, STATION, instance, body)
            Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(self.headers[signing.SIGNATURE]), said)
            return True
        self._answer(401, Problem(error="token", message="This station is unknown: ask an administrator."))
        return False

    def _enrol(self, asked: Enrolment) -> None:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, Problem(error="token", message="This token is unknown: ask an administrator."))
        self.books.signing_key = asked.signing_key
        key = self.books.leave_key.public_key().public_bytes_raw()
        return self._answer(200, Enrolled(station_id=STATION, leave_key=key))

    def do_GET(self) -> None:
        if self._is_signed(b""):
            self._answer(200 if self.books.errand else 204, self.books.errand)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/station/enrolment":
            return self._enrol(Enrolment.model_validate_json(body))
        if self._is_signed(body):
            self._post(body)
        return None

    def _post(self, body: bytes) -> None:
        if self.path in ("/api/station/start", "/api/station/end"):
            self.books.starts += [Start.model_validate_json(body)] if body else []
            self._answer(204)
        elif self.path.startswith("/api/station/claims/"):
            self._of_claim(uuid.UUID(self.path.split("/")[-2]), self.path.split("/")[-1], body)
        elif self.path == "/api/station/claims":
            self._claim(ClaimRequest.model_validate_json(body).claim_id)
        elif self.path == "/api/station/status":
            self.books.status.append(DeviceStatus.model_validate_json(body))
            self._answer(204)
        elif self.path == "/api/station/reading":
            self.books.readings.append(ChipReading.model_validate_json(body))
            self.books.errand = None
            self._answer(200, b"{}")
        elif self.path == "/api/station/errand/done":
            self.books.done.append(ErrandDone.model_validate_json(body))
            self.books.errand = None
            self._answer(204)
        elif self.path == "/api/station/registration":
            self.books.registrations.append(Registration.model_validate_json(body))
            self._answer(200 if self.books.chosen else 204, self.books.chosen)

    def _of_claim(self, claim_id: uuid.UUID, what: str, body: bytes) -> None:
        match what:
            case "order":
                self._order(claim_id)
            case "waits":
                self._waits(claim_id)
            case "leave":
                self._leave(LeaveRequest.model_validate_json(body))
            case "channel":
                self._answer(200, Manager().channel_keys(ChannelRequest.model_validate_json(body)))
            case "chip":
                self._chip(ChipFound.model_validate_json(body))
            case _:
                self._result(Result.model_validate_json(body))

    def _order(self, claim_id: uuid.UUID) -> None:
        if self.books.refuse_order:
            return self._answer(409, self.books.refuse_order)
        return self._answer(200, self.books.raw_order or self.books.claims[claim_id])

    def _waits(self, claim_id: uuid.UUID) -> None:
        if claim_id in self.books.ended:
            return self._answer(409, Problem(error="claim_ended", message="This claim has ended."))
        return self._answer(200, Handled(booklet=self.books.scanned))

    def _claim(self, claim_id: uuid.UUID) -> None:
        books = self.books
        if books.refuse:
            return self._answer(409, books.refuse)
        if books.claims.keys() - books.results.keys() - books.ended - {claim_id}:
            return self._answer(409, Problem(error="claim-open", message="Another claim of this station is open."))
        if claim_id in books.results or claim_id in books.ended:
            return self._answer(409, Problem(error="ended", message="This claim has ended. Use a new claim id."))
        if claim_id not in books.claims:
            if not books.queue:
                return self._answer(204)
            books.claims[claim_id] = books.queue.pop(0).model_copy(update={"claim_id": claim_id})
        order_id = books.claims[claim_id].order_id
        self._answer(200, Claim(claim_id=claim_id, order_id=order_id, lease_until="2030-01-01T00:00:00Z"))

    def _leave(self, asked: LeaveRequest) -> None:
        self.books.leaves.append(asked)
        if self.books.no_leave:
            return self._answer(409, Problem(error="conflict", message="This order may not be made now."))
        given = LeaveGiven(seconds=self.books.leave_seconds)
        said = signing.leave_said(asked.claim_id, asked.digests, given)
        return self._answer(200, given.model_copy(update={"signature": self.books.leave_key.sign(said)}))

    def _chip(self, found: ChipFound) -> None:
        self.books.found_chips.append(found)
        if found.chip_uid in self.books.used_chips:
            return self._answer(409, Problem(error="chip-seen", message="This chip was used before."))
        return self._answer(204)

    def _result(self, result: Result) -> None:
        books = self.books
        books.told.append(result)
        if books.results.setdefault(result.claim_id, result) != result:
            return self._answer(409, Problem(error="decided", message="The order was settled before."))
        if result.outcome is Outcome.NOT_STARTED and len(books.told) < 50:
            books.queue.insert(0, books.claims[result.claim_id])
        self._answer(200, b"{}")


@contextmanager
def serve(books: Books) -> Iterator[str]:
    """The register at a loopback address, until the block ends."""
    handler = type("Handler", (_Handler,), {"books": books})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
