"""What people do: one act each, in whichever process is told to; what is refused comes back as a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance.actors import Actor
from issuance.acts import Act
from issuance.errors import NotFound
from issuance.models.documents import Document
from issuance.models.endings import LossReport
from issuance.models.production import Contradiction, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Station
from issuance.models.stock import StrayBlank
from issuance.office import Office
from issuance.services import centres
from issuance.services.casework import decisions, handover, requests
from issuance.services.life import collection, destruction, endings, loss
from issuance.services.production import chip_reading, held_jobs, jobs
from issuance.services.stations import lives, tokens
from issuance.services.stock import doubts
from tests.people import Memory, SmallOffice

ACTS: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class Refused:
    """The page said no: of what kind, in which words."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class Broken:
    """The page said that something went wrong: whoever sees it looks, and does it again."""

    what: str


def office_of(register: Office, memory: Memory) -> SmallOffice:
    """The people of this office at a running register."""
    office = SmallOffice(register.database, register.clock, register.vault, memory)  # type: ignore[arg-type]
    office.settings = register.settings
    return office


COUNTER, RECEIVER = "counter of Galați", "receiver of Galați"
THERE = {COUNTER: ("clerk", RoleName.OPERATOR), RECEIVER: ("quality_officer", RoleName.SUPERVISOR)}
"""Two persons of another centre: whose accounts they are, and the role that they have there."""


def person(office: SmallOffice, name: str) -> Actor:
    """Who is called so: by their role, or one of `THERE`."""
    if name not in THERE:
        return office.actors[name]
    whose, role = THERE[name]
    with office.reading() as look:
        return Actor(office.actors[whose].id, centres.named(look, "galati").id, frozenset({role}))


def act(by: str, kind: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An act of somebody with the role `by` on a row of `kind`, which the first word names by its id."""

    def register(do: Callable[..., Any]) -> Callable[..., Any]:
        def done(office: SmallOffice, key: UUID, **words: Any) -> Any:
            with office.act(person(office, words.pop("by", by))) as opened:
                found = do(opened, opened.session.get_one(kind, key), **words)
            return getattr(found, "id", None)

        ACTS[do.__name__] = done
        return do

    return register


def direct(do: Callable[..., Any]) -> Callable[..., Any]:
    """An act that is written out."""
    ACTS[do.__name__] = do
    return do


# The desk


@direct
def enrol(office: SmallOffice, key: UUID) -> None:
    office.enrol(key)


@act("clerk", IssuanceRequest)
def wait_for(act: Act, request: IssuanceRequest) -> None:
    requests.wait_for(act, request, ["portrait"])


@act("clerk", IssuanceRequest)
def withdraw(act: Act, request: IssuanceRequest) -> None:
    decisions.withdraw(act, request, "The person withdraws it.")


@act("decision_officer", IssuanceRequest)
def send_back(act: Act, request: IssuanceRequest) -> None:
    decisions.send_back(act, request, ["portrait"])


@act("decision_officer", IssuanceRequest)
def refuse(act: Act, request: IssuanceRequest) -> None:
    decisions.refuse(act, request, "Not entitled.")


@direct
def approve(office: SmallOffice, key: UUID) -> UUID:
    return office.approve(key)


@act("supervisor", IssuanceRequest)
def take_back(act: Act, request: IssuanceRequest) -> None:
    decisions.take_back(act, request)


# The document


@direct
def check(office: SmallOffice, key: UUID, *, good: bool = True) -> None:
    readings = office.readings(key)
    office.check(key, readings if good else [replace(readings[0], value="OTHER"), *readings[1:]])


@act("quality_officer", Document)
def ask_for_chip(act: Act, document: Document) -> None:
    chip_reading.ask_for_chip(act, document)


@direct
def hand_over(office: SmallOffice, key: UUID) -> None:
    with office.reading() as look:
        query = select(Document.number).where(Document.request_id == key).order_by(Document.attempt.desc())
        number = look.session.scalars(query).first()
    office.hand_over(key, str(number))


@act("second_clerk", IssuanceRequest)
def find_wrong(act: Act, request: IssuanceRequest) -> None:
    handover.find_wrong(act, request, "The picture is blurred.")


@act("clerk", Document)
def report_loss(act: Act, document: Document) -> None:
    loss.report(act, document, loss.Said("lost", "holder", act.clock.today()))


def _report(act: Act, document: Document) -> LossReport:
    found = loss.open_report(act, document)
    if found is None:
        raise NotFound("This report is settled.")
    return found


@act("clerk", Document)
def find_lost(act: Act, document: Document) -> None:
    loss.find(act, _report(act, document))


@act("second_clerk", Document)
def lift(act: Act, document: Document) -> None:
    loss.lift(act, _report(act, document))


@act("clerk", Document)
def confirm_loss(act: Act, document: Document, *, kind: str) -> None:
    loss.confirm(act, _report(act, document), kind, "portrait")


@act("supervisor", Document)
def end(act: Act, document: Document, *, ground: str, given_back: bool) -> None:
    endings.end(act, document, ground, "paper 1 of today", given_back=given_back)


@direct
def count_bin(office: SmallOffice, key: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        destruction.begin(act, [act.session.get_one(Document, key).number])


@direct
def witness_bin(office: SmallOffice, key: UUID) -> None:
    with office.act(office.actors["supervisor"]) as act:
        row = destruction.open_destruction(act)
        if row is None:
            raise NotFound("No destruction waits.")
        destruction.witness(act, row, "shredded")


@act("clerk", IssuanceRequest)
def bring_back(act: Act, request: IssuanceRequest) -> None:
    collection.bring_back(act, request)


@act("clerk", IssuanceRequest)
def discard(act: Act, request: IssuanceRequest) -> None:
    collection.discard(act, request)


# Machines and blanks


@direct
def tell(office: SmallOffice, key: UUID, *, said: dict[str, Any]) -> None:
    """A station's report, as its address takes it."""
    with office.reading() as look:
        station = look.session.get_one(Station, key)
    with office.act(tokens.actor_of(station)) as act:
        refusal = jobs.finish(act, Result.model_validate(said), station=act.session.get_one(Station, key))
    if refusal is not None:
        raise refusal


@act("supervisor", PrintJob)
def stop_waiting(act: Act, job: PrintJob) -> None:
    held_jobs.stop_waiting(act, job, "The bureau does not answer.")


@act("supervisor", PrintJob)
def resolve(act: Act, job: PrintJob, *, outcome: Outcome, serial: str) -> None:
    held_jobs.resolve(act, job, outcome, serial, "Looked into feeder and trays.")


@act("operator", PrintJob)
def offer_again(act: Act, job: PrintJob) -> None:
    jobs.try_again(act, job)


@act("supervisor", Contradiction)
def settle_contradiction(act: Act, row: Contradiction, *, stands: bool) -> None:
    held_jobs.settle_contradiction(act, row, stands=stands, found="Looked into feeder and trays.")


@act("supervisor", StrayBlank)
def settle_stray(act: Act, row: StrayBlank, *, way: str) -> None:
    doubts.settle_stray(act, row, doubts.Way(way), "", "Looked everywhere.")


@direct
def choose(office: SmallOffice, key: UUID, *, instance: UUID) -> None:
    """Two persons say which process of a station lives."""
    for role in (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR):
        who: Actor = office.actors[role]
        with office.act(who) as act:
            if lives.choose(act, act.session.get_one(Station, key), instance):
                return
