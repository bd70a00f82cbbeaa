"""A member of staff acts in the own centre only: every act on a request, document, job or station, found by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints
from uuid import uuid4

import pytest

from card_drivers.order import Outcome
from issuance import services
from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.errors import NotAllowed
from issuance.models.appointments import Appointment, Ticket
from issuance.models.batches import Batch, PrintFile
from issuance.models.documents import Document
from issuance.models.duties import DutyName, DutyOverride, Roster
from issuance.models.endings import Destruction
from issuance.models.groups import ResettlementGroup
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.models.staff import RoleName, Station
from issuance.models.stock import Stack, StackCard, StrayBlank
from issuance.models.supply import Delivery
from issuance.services import centres
from issuance.services.production import documents
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice

WORDS: dict[Any, Any] = {
    str: "looked",
    int: 0,
    bool: True,
    Outcome: Outcome.SPOILED,
    DutyName: DutyName.CHECK,
    list[str]: ["portrait"],
}
"""What the parameters beside the thing acted on are, by their type."""

THINGS = (
    Station,
    PrintJob,
    IssuanceRequest,
    Document,
    DutyOverride,
    Roster,
    StackCard,
    StrayBlank,
    Appointment,
    Ticket,
    Delivery,
    Destruction,
    Batch,
    PrintFile,
    Review,
    ResettlementGroup,
)
"""What belongs to a centre."""

PARTS = {
    "issuance.services.life.extensions.count_term",
    "issuance.services.appointments.bookings.come",
    "issuance.services.batches.print_files.hold_unlike",
    "issuance.services.batches.running.add_to_pool",
    "issuance.services.batches.running.let_go",
    "issuance.services.casework.enrolment.open_portrait",
    "issuance.services.casework.requests.tell_missing",
    "issuance.services.departures.noting.end_with",
    "issuance.services.duties.follow",
    "issuance.services.feeds.outbox.end_right",
    "issuance.services.parties.join",
    "issuance.services.interpreters.booking.follow",
    "issuance.services.life.endings.end_at_border",
    "issuance.services.life.endings.end_with_protection",
    "issuance.services.life.loss.report",
    "issuance.services.life.loss.settle_as",
    "issuance.services.membership.members.join",
    "issuance.services.membership.members.leave_with_case",
    "issuance.services.mandates.uses.sign_rights",
    "issuance.services.notices.contacts.made",
    "issuance.services.notices.contacts.replace",
    "issuance.services.notices.outbox.write",
    "issuance.services.notices.outbox.write_now",
    "issuance.services.persons.guardians.begin",
    "issuance.services.care.protection.move",
    "issuance.services.life.arrivals.arrived",
    "issuance.services.lateness.note",
    "issuance.services.lateness.note_by",
    "issuance.services.persons.registrations.keep",
    "issuance.services.production.quality.bind",
    "issuance.services.reviews.terms.note",
    "issuance.services.production.chips.forget",
    "issuance.services.production.chips.keep",
    "issuance.services.production.contradictions.keep",
    "issuance.services.production.documents.first_attempt",
    "issuance.services.production.documents.next_attempt",
    "issuance.services.production.jobs.not_started",
    "issuance.services.production.jobs.settle",
    "issuance.services.production.jobs.spoil",
    "issuance.services.production.seals.keep",
    "issuance.services.production.signers.keep",
    "issuance.services.production.troubles.hold",
    "issuance.services.reviews.deliveries.row_of",
    "issuance.services.reviews.files.end",
    "issuance.services.reviews.terms.move",
    "issuance.services.rights.grants.answer",
    "issuance.services.routing.offer_again",
    "issuance.services.routing.step_aside",
    "issuance.services.stock.booklets.give_up",
    "issuance.services.stock.ledger.bind",
    "issuance.services.stock.ledger.keep_chip",
    "issuance.services.stock.ledger.spoil",
    "issuance.services.stock.ledger.take_up",
    "issuance.services.stock.places.of_station",
    "issuance.services.stock.stack_cards.bind",
    "issuance.services.stock.stack_cards.doubt",
    "issuance.services.stock.stack_cards.give_back",
    "issuance.services.stock.stack_cards.lock",
    "issuance.services.stock.stack_cards.make_definite",
    "issuance.services.stock.stack_cards.take",
}
"""Parts of an act that another has checked already; what a reason lets one look at; a loss is reported anywhere, and
the entry with a return title recorded at any border."""

ADVICE = "begin the act by centres.check_own; when it is a part of an act that does, name it in PARTS"

OF_THE_OFFICE = {"issuance.services.casework.entitlements.say"}
"""Acts of the auditor, which are no centre's."""


def acts() -> Iterator[tuple[str, Callable[..., object], dict[str, Any]]]:
    """Every public act on a thing of a centre that a person chooses: a machine's own acts name it by keyword."""
    for module in pkgutil.walk_packages(services.__path__, "issuance.services."):
        for name, act in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            if act.__module__ != module.name or name.startswith("_"):
                continue
            hints = get_type_hints(act)
            chosen = [
                each.name
                for each in inspect.signature(act).parameters.values()
                if hints[each.name] in THINGS and each.kind is not each.KEYWORD_ONLY
            ]
            if hints.get("act") is Act and chosen:
                yield f"{module.name}.{name}", act, hints


ACTS = [each for each in acts() if each[0] not in PARTS | OF_THE_OFFICE]


def test_the_acts_are_found() -> None:
    assert {name.rpartition(".")[2] for name, _, _ in ACTS} >= {
        "open_shift",
        "close_shift",
        "ask_test",
        "choose",
        "resolve",
        "stop_waiting",
        "approve",
        "refuse",
        "send_back",
        "withdraw",
        "complete",
        "add_portrait",
        "accept_portrait",
        "keep",
        "take_over",
        "confirm_spelling",
        "hand_over",
        "check",
        "reject",
        "ask_for_chip",
        "scan",
        "declare",
        "count",
        "settle",
        "settle_stray",
        "give",
        "close",
        "cancel",
        "send_elsewhere",
        "try_again",
        "find_wrong",
        "end_stay",
    }
    assert {name for name, _, _ in acts()} >= PARTS | OF_THE_OFFICE


@pytest.fixture
def stranger(office: SmallOffice) -> Actor:
    """Somebody of another centre with every role."""
    with office.reading() as look:
        galati = centres.named(look, "galati")
    roles = frozenset(map(str, RoleName))
    return Actor(office.actors["supervisor"].id, galati.id, roles, reason="the officer there is ill")


@on_sqlite
@pytest.mark.parametrize(
    ("act", "hints"), [each[1:] for each in ACTS], ids=[each[0].partition("services.")[2] for each in ACTS]
)
def test_nobody_acts_on_what_is_another_centres(
    office: SmallOffice, stranger: Actor, act: Callable[..., object], hints: dict[str, Any], queued: Case
) -> None:
    """A reason that was typed makes no difference."""
    office.open_shift()
    with office.reading(SYSTEM) as look:
        document = look.session.get_one(Document, queued.document_id)
        things = {
            Station: office.station,
            PrintJob: documents.job_of(look, document),
            Document: document,
            IssuanceRequest: document.request,
            DutyOverride: DutyOverride(request=document.request, document=document, duty=DutyName.CHECK),
            Roster: Roster(centre_id=office.station.centre_id),
            StackCard: StackCard(stack=Stack(station=office.station)),
            StrayBlank: StrayBlank(centre_id=office.station.centre_id),
            Appointment: Appointment(centre_id=office.station.centre_id),
            Ticket: Ticket(centre_id=office.station.centre_id),
            Delivery: Delivery(centre_id=office.station.centre_id),
            Destruction: Destruction(centre_id=office.station.centre_id),
            Batch: Batch(id=uuid4(), centre_id=office.station.centre_id),
            Review: Review(request=document.request, person=document.person),
            ResettlementGroup: ResettlementGroup(centre_id=office.station.centre_id),
            PrintFile: PrintFile(batch=Batch(id=uuid4(), centre_id=office.station.centre_id)),
        }
    parameters = list(inspect.signature(act).parameters.values())[1:]
    values = {each.name: things.get(hints[each.name], WORDS.get(hints[each.name], {})) for each in parameters}
    named = {each.name: values.pop(each.name) for each in parameters if each.kind is each.KEYWORD_ONLY}
    answer: object = "it was done"
    try:
        with office.act(stranger) as work:
            act(work, *values.values(), **named)
    except Exception as error:
        answer = error
    assert isinstance(answer, NotAllowed), f"{answer!r}: {ADVICE}"
    assert "another centre" in str(answer), f"{answer!r}: {ADVICE}"
