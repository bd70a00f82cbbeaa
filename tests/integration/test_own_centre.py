"""A member of staff acts on the stations and jobs of the own centre only: every act on them, found by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest

from card_drivers.order import Outcome
from issuance import services
from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.errors import NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName, Station
from issuance.services import centres
from issuance.services.production import documents
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice

WORDS: dict[type, Any] = {str: "looked", int: 0, Outcome: Outcome.SPOILED}
"""What the parameters beside the station or job are, by their type."""

PARTS = {
    "issuance.services.production.chips.forget",
    "issuance.services.production.chips.keep",
    "issuance.services.production.contradictions.keep",
    "issuance.services.production.jobs.not_started",
    "issuance.services.production.jobs.settle",
    "issuance.services.production.jobs.spoil",
    "issuance.services.production.seals.keep",
    "issuance.services.production.signers.keep",
    "issuance.services.production.troubles.hold",
}
"""Parts of an act that another has checked already."""

ADVICE = "begin the act by centres.check_own; when it is a part of an act that does, name it in PARTS"

OF_THE_OFFICE = {"issuance.services.stock.ledger.load_station"}
"""Acts of the administrator's command line, which is no centre's."""


def acts() -> Iterator[tuple[str, Callable[..., object], dict[str, Any]]]:
    """Every public act on a station or job that a person chooses: a machine's own acts name it by keyword."""
    for module in pkgutil.walk_packages(services.__path__, "issuance.services."):
        for name, act in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            if act.__module__ != module.name or name.startswith("_"):
                continue
            hints = get_type_hints(act)
            chosen = [
                each.name
                for each in inspect.signature(act).parameters.values()
                if hints[each.name] in (Station, PrintJob) and each.kind is not each.KEYWORD_ONLY
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
    }
    assert {name for name, _, _ in acts()} >= PARTS | OF_THE_OFFICE


@pytest.fixture
def stranger(office: SmallOffice) -> Actor:
    """Somebody of another centre with every role."""
    with office.reading() as look:
        galati = centres.named(look, "galati")
    return Actor(office.actors["supervisor"].id, galati.id, frozenset(map(str, RoleName)))


@on_sqlite
@pytest.mark.parametrize(
    ("act", "hints"), [each[1:] for each in ACTS], ids=[each[0].partition("services.")[2] for each in ACTS]
)
def test_nobody_acts_on_what_is_another_centres(
    office: SmallOffice, stranger: Actor, act: Callable[..., object], hints: dict[str, Any], queued: Case
) -> None:
    office.open_shift()
    with office.reading(SYSTEM) as look:
        things = {
            Station: office.station,
            PrintJob: documents.job_of(look, look.session.get_one(Document, queued.document_id)),
        }
    arguments = [
        things.get(hints[name], WORDS.get(hints[name], {})) for name in list(inspect.signature(act).parameters)[1:]
    ]
    answer: object = "it was done"
    try:
        with office.act(stranger) as work:
            act(work, *arguments)
    except Exception as error:
        answer = error
    assert isinstance(answer, NotAllowed), f"{answer!r}: {ADVICE}"
    assert "another centre" in str(answer), f"{answer!r}: {ADVICE}"
