"""Orders from files, at the site that personalises for others: the register of a station without a register.

`in/` takes production files, `out/` gives result files; `records/` remembers every order by its claim, so that one file
presented twice is printed once; `keys/` and `sender.pem` are ours and the sender's; `card-keys.json` opens blank chips
(`site_keys`). A file is opened in memory only. An order that no station of this site can make is answered at once.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import BaseModel, ValidationError

from card_drivers.bureau import site_keys
from card_drivers.bureau.sealed_file import LARGEST, SUFFIX, FileRefused, Identity, disk, pack, read_certificate, unpack
from card_drivers.chips import profile
from card_drivers.device import CardRejected, ConfigurationError, Leave
from card_drivers.order import ChannelKeys, ChannelRequest, ChipFound, Claim, Handled, Order, Outcome, Result
from card_drivers.station.equipment import replace_file
from card_drivers.station.register import Refused
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)

NO_END = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class Record(BaseModel):
    """One order: the sender's claim, the claim that this station works under, its file, and what became of it."""

    order_id: UUID
    claim_id: UUID
    worked_under: UUID
    file: str
    chip_uid: str | None = None
    outcome: Outcome | None = None


class OrdersFolder:
    """The folder; ConfigurationError when it has no keys, or its token does not open."""

    def __init__(self, folder: Path) -> None:
        self._in, self._out, self._records = (folder / name for name in ("in", "out", "records"))
        self._identity = Identity.read(folder / "keys")
        self._sender = read_certificate(folder / "sender.pem")
        self._card_keys = site_keys.read(folder)
        with disk():
            for path in (self._in, self._out, self._records, self._in / "refused"):
                path.mkdir(parents=True, exist_ok=True)

    def claim(self, claim_id: UUID) -> Claim | None:
        """The next order, the one that waits longest first; the same again under the same claim id."""
        record = self._worked_under(claim_id)
        if record is None:
            record = self._next(claim_id)
        elif record.outcome is not None:
            raise Refused("ended", "This claim has ended. Use a new claim id.")
        if record is None:
            return None
        return Claim(claim_id=claim_id, order_id=record.order_id, lease_until=NO_END)

    def order(self, claim_id: UUID) -> Order:
        """What to make, under this station's claim."""
        record = self._worked_under(claim_id)
        if record is None:
            raise Refused("unknown", "No order is claimed under this id.")
        try:
            return self._opened(self._in / record.file).model_copy(update={"claim_id": claim_id})
        except FileRefused as error:
            raise Refused("file", f"Production file {record.file}: {error}") from error

    def waits(self, claim_id: UUID) -> Handled:
        """An order from a file waits as long as it takes; its booklet came with it."""
        return Handled(booklet=self.order(claim_id).blank_number)

    def report(self, result: Result) -> None:
        """Write the result file and destroy the order's; what was not started waits for its next turn instead."""
        record = self._worked_under(result.claim_id)
        if record is None:
            return
        with disk():
            self._wait(record) if result.outcome is Outcome.NOT_STARTED else self._answer(record, result)

    def leave(self, order: Order) -> Leave:
        """The file is the sender's leave; its chip's keys came in it."""
        return Leave(math.inf, order.chip.keys if order.chip else {})

    def check_chip(self, found: ChipFound) -> None:
        """Keep the chip's UID; CardRejected when an order before had it."""
        others = [record.chip_uid for record in self._all() if record.worked_under != found.claim_id]
        if found.chip_uid in others:
            raise CardRejected("chip-used-before")
        record = self._worked_under(found.claim_id)
        assert record is not None, "an order was claimed"
        self._keep(record.model_copy(update={"chip_uid": found.chip_uid}))

    def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
        """Of the site's own card-manager keys; CardRejected when the chip does not prove that it has them."""
        assert self._card_keys is not None, "an order whose chip wants keys is answered otherwise"
        return self._card_keys.channel_keys(request)

    def _wait(self, record: Record) -> None:
        """The order goes to the end of the queue."""
        (self._in / record.file).touch()
        self._path(record.claim_id).unlink()

    def _answer(self, record: Record, result: Result) -> None:
        answer = result.model_copy(update={"claim_id": record.claim_id})
        draft = self._out / f"{record.claim_id}.part"
        draft.write_bytes(pack(answer.model_dump_json().encode(), self._identity, self._sender))
        draft.rename(draft.with_suffix(SUFFIX))
        self._keep(record.model_copy(update={"outcome": result.outcome}))
        (self._in / record.file).unlink(missing_ok=True)  # the holder's data

    def _next(self, claim_id: UUID) -> Record | None:
        with disk():
            waiting = sorted(self._in.glob(f"*{SUFFIX}"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        return next(filter(None, (self._taken(path, claim_id) for path in waiting)), None)

    def _taken(self, path: Path, claim_id: UUID) -> Record | None:
        """The record of the file's order, worked under a claim; None when it is put aside or answered instead."""
        try:
            order = self._opened(path)
            if self._path(order.claim_id).exists():
                raise FileRefused("bureau-order-again")
        except FileRefused as error:
            log.warning("Production file %s was refused: %s", path.name, error)
            with disk():
                path.replace(self._in / "refused" / path.name)
            return None
        record = Record(order_id=order.order_id, claim_id=order.claim_id, worked_under=claim_id, file=path.name)
        impossible = self._impossible(order)
        if impossible is None:
            self._keep(record)
            return record
        log.warning("Production file %s cannot be made here: %s", path.name, impossible.sentence())
        with disk():
            # Under a claim of nobody: the station asks on with its own.
            self._answer(record.model_copy(update={"worked_under": uuid4()}), _not_started(order, impossible))
        return None

    def _impossible(self, order: Order) -> Trouble | None:
        """Why this site can never make the order: the sender is told, and makes it elsewhere."""
        if order.chip is None:
            return None
        try:
            wanted = profile.load(order.chip.profile)
        except ConfigurationError as error:
            return error.trouble
        if not wanted.for_sites:
            return Trouble.of("site-profile-not-for-sites", profile=order.chip.profile)
        if wanted.needs_keys and self._card_keys is None:
            return Trouble.of("site-without-card-keys", profile=order.chip.profile)
        return None

    def _opened(self, path: Path) -> Order:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
            return Order.model_validate_json(unpack(data, self._identity, self._sender))
        except OSError as error:
            raise FileRefused("bureau-file-unreadable", said=str(error.strerror)) from error
        except ValidationError:
            raise FileRefused("bureau-file-no-order") from None

    def _worked_under(self, claim_id: UUID) -> Record | None:
        return next((record for record in self._all() if record.worked_under == claim_id), None)

    def _all(self) -> list[Record]:
        try:
            return [Record.model_validate_json(path.read_bytes()) for path in self._records.glob("*.json")]
        except ValidationError as error:
            raise ConfigurationError("record-damaged", path=str(self._records)) from error

    def _path(self, claim_id: UUID) -> Path:
        return self._records / f"{claim_id}.json"

    def _keep(self, record: Record) -> None:
        replace_file(self._path(record.claim_id), record.model_dump_json())


def _not_started(order: Order, why: Trouble) -> Result:
    return Result(order_id=order.order_id, claim_id=order.claim_id, outcome=Outcome.NOT_STARTED, trouble=why)
