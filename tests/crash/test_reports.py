"""What a station may not say of an order is refused and recorded, and changes nothing; what a device lies is held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from card_drivers import signing
from card_drivers.links.transport import Endpoint, Limits
from card_drivers.order import Order, Outcome, Result
from card_drivers.station.identity import Identity
from card_drivers.station.register import NotAuthorised, NotLiving, Refused, Register
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.stock import Blank
from tests.attack.workshop import Workshop, s1, shop

__all__ = ["s1", "shop"]


def rows(shop: Workshop) -> list[tuple[str, ...]]:
    """Every state that a report could change, and what is bound to what."""
    queries = (
        select(PrintJob.id, PrintJob.state, PrintJob.station_id),
        select(Document.id, Document.state, Document.blank_serial),
        select(Blank.id, Blank.state, Blank.document_id),
        select(IssuanceRequest.id, IssuanceRequest.state),
    )
    with shop.office.reading() as look:
        return [tuple(map(str, row)) for query in queries for row in look.session.execute(query.order_by("id"))]


def living(shop: Workshop, folder: Path) -> Register:
    """A program of ours that enrolled as the station of this folder and lives."""
    register = Register(shop.url, Identity(folder / "identity"), (folder / "token").read_text())
    register.errand()
    return register


def fetched(register: Register) -> Order:
    claim = register.claim(uuid4())
    assert claim is not None
    return register.order(claim.claim_id)


def done(order: Order, serial: str = "s1-1", **more: object) -> Result:
    """That it is made, as the order wants it unless more is said."""
    said = {"order_id": order.order_id, "claim_id": order.claim_id, "outcome": Outcome.DONE}
    said |= {"digests": order.digests(), "blank_serial": serial, "chip_uid": "04AA00000001"}
    return Result.model_validate(said | more)


def told(shop: Workshop) -> list[str]:
    return [event for event in shop.events("") if event.startswith(("job.", "station.", "stock.", "document."))]


def test_a_report_of_a_claim_that_never_was(shop: Workshop, s1: Path) -> None:
    register = living(shop, s1)
    shop.approve()
    before = rows(shop)
    order = fetched(register)
    state = rows(shop)
    assert state != before
    with pytest.raises(Refused):
        register.report(done(order, claim_id=uuid4()))
    assert rows(shop) == state
    assert told(shop)[-1] == "station.report_refused"


def test_a_report_of_what_another_station_claimed(shop: Workshop, s1: Path) -> None:
    register, other = living(shop, s1), living(shop, shop.second_station())
    shop.approve()
    order = fetched(register)
    register.leave(order)
    state = rows(shop)
    with pytest.raises(Refused):
        other.report(done(order))
    assert rows(shop) == state
    assert told(shop)[-1] == "station.report_refused"


def finished(shop: Workshop, register: Register) -> Order:
    """An order that was made and told."""
    shop.approve()
    order = fetched(register)
    register.leave(order)
    register.report(done(order))
    return order


def test_another_report_of_what_is_finished(shop: Workshop, s1: Path) -> None:
    register = living(shop, s1)
    order = finished(shop, register)
    state = rows(shop)
    for other in (done(order, serial="s1-2"), done(order, outcome=Outcome.SPOILED), done(order, "s1-2", digests={})):
        with pytest.raises(Refused):
            register.report(other)
        assert told(shop)[-1] == "job.contradicted"
    assert rows(shop) == state


def test_a_report_that_is_replayed_changes_nothing(shop: Workshop, s1: Path) -> None:
    """The same bytes come again, from the same process and after another took its place."""
    register = living(shop, s1)
    order = finished(shop, register)
    state, events = rows(shop), told(shop)
    register.report(done(order))
    assert (rows(shop), told(shop)) == (state, events)
    living(shop, s1)
    with pytest.raises(NotLiving):
        register.report(done(order))
    assert rows(shop) == state
    assert told(shop)[-1] == "station.doubted"


@dataclass(frozen=True)
class Forgery:
    """What is wrong with the signed request of a report."""

    signed_by: str = ""
    path: str = ""
    instead: bytes = b""


FORGERIES = {
    "the key of another station": Forgery(signed_by="s2"),
    "the signature of another address": Forgery(path="/api/station/status"),
    "a body that was changed": Forgery(instead=b"spoiled"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_report(shop: Workshop, s1: Path, name: str) -> None:
    forgery, register = FORGERIES[name], living(shop, s1)
    folder = shop.second_station() if forgery.signed_by else s1
    if forgery.signed_by:
        living(shop, folder)
    shop.approve()
    order = fetched(register)
    register.leave(order)
    state = rows(shop)
    assert _sent(shop, register._identity, Identity(folder / "identity"), order, forgery) == 403
    assert rows(shop) == state
    assert told(shop)[-1] == "station.forged"
    assert _sent(shop, register._identity, Identity(folder / "identity"), order, forgery) == 403
    assert told(shop).count("station.forged") == 1, "nobody fills the audit trail"


def _sent(shop: Workshop, own: Identity, other: Identity, order: Order, forgery: Forgery) -> int:
    """Send a report in the name of the station; the status that comes back."""
    path, body = f"/api/station/claims/{order.claim_id}/result", done(order).model_dump_json().encode()
    headers = own.headers("POST", forgery.path or path, body)
    by_other = other.headers("POST", forgery.path or path, body)
    if forgery.signed_by:
        headers[signing.SIGNATURE] = by_other[signing.SIGNATURE]
    sent = body.replace(b'"done"', b'"spoiled"') if forgery.instead else body
    headers["Content-Type"] = "application/json"
    status, _, _ = Endpoint.parse(shop.url, "http", "https").exchange("POST", path, headers, sent, Limits())
    return status


def test_a_request_of_no_station_of_ours_is_no_event(shop: Workshop, s1: Path) -> None:
    living(shop, s1)
    events = told(shop)
    stranger = Register(shop.url, Identity(shop.folder / "nobody"), "no-token-of-ours")
    with pytest.raises(NotAuthorised):
        stranger.claim(uuid4())
    assert told(shop) == events


Lie = Callable[[Order], Result]
LIES: dict[str, tuple[Lie, str]] = {
    "another picture than was ordered": (lambda order: done(order, digests={"front/black": "00" * 32}), "held"),
    "no picture at all": (lambda order: done(order, digests={}), "held"),
    "a blank of another station": (lambda order: done(order, "s2-1"), "held"),
    "a blank of no ledger": (lambda order: done(order, "X-1"), "held"),
    "a blank of another stock": (lambda order: done(order, "card-1"), "held"),
    "no blank at all": (lambda order: done(order, blank_serial=None), "held"),
    "sent away by no bureau": (lambda order: done(order, outcome=Outcome.SENT), "refused"),
    "another order under its claim": (lambda order: done(order, order_id=uuid4()), "refused"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lying_device_makes_no_document(shop: Workshop, s1: Path, name: str) -> None:
    """Nothing is bound and no document comes of it: a supervisor looks."""
    lie, said = LIES[name]
    register = living(shop, s1)
    shop.second_station()
    number = shop.approve()
    order = fetched(register)
    register.leave(order)
    blanks = [row for row in rows(shop) if "at_station" in row or "consumed" in row]
    if said == "refused":
        with pytest.raises(Refused):
            register.report(lie(order))
    else:
        register.report(lie(order))
    assert (shop.jobs(), shop.documents()) == ({"held": 1}, {number: "prepared"})
    assert [row for row in rows(shop) if "at_station" in row or "consumed" in row] == blanks
    assert set(told(shop)) & {"job.held", "job.contradicted"}


def test_a_blank_that_was_used_is_not_used_again(shop: Workshop, s1: Path) -> None:
    register = living(shop, s1)
    finished(shop, register)
    number = shop.approve()
    order = fetched(register)
    register.leave(order)
    register.report(done(order, serial="s1-1"))
    assert (shop.jobs()["held"], shop.documents()[number]) == (1, "prepared")
    assert "job.held" in told(shop)
