"""The moves of the state tables as a test makes them, and the tests that make those of jobs and blanks.

`conftest.py` sees that each test that is named here truly makes its move, by the act that is named.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from issuance import services
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.stock import Blank
from issuance.states import BlankState, DocumentState, JobState, RequestState

SERVICES = Path(services.__file__).parent
KINDS = {RequestState: "request", DocumentState: "document", JobState: "job", BlankState: "blank"}

WAY_AND_BACK = "tests/integration/supply/test_handing.py::test_out_of_the_vault_into_a_station_and_all_the_way_back"
FOUND_AND_CLEARED = (
    "tests/integration/stock/test_losses.py::test_what_is_found_goes_to_the_vault_when_another_person_looked"
)

OTHERS: Mapping[str, tuple[str, str]] = {
    "job preparing -> held": (
        "recovery.restore.begin",
        "tests/integration/recovery/test_reconciliation.py"
        "::test_every_open_job_is_held_and_no_person_can_let_it_run_again[approved]",
    ),
    "job queued -> claimed": (
        "production.jobs.claim",
        "tests/integration/production/test_jobs.py::test_not_started_may_be_reported_again_and_is_claimed_anew",
    ),
    "job queued -> cancelled": (
        "production.jobs.stop",
        "tests/integration/production/test_ways_out.py::test_a_cancelled_job_ends_with_its_number[queued]",
    ),
    "job queued -> held": (
        "recovery.restore.begin",
        "tests/integration/recovery/test_reconciliation.py"
        "::test_every_open_job_is_held_and_no_person_can_let_it_run_again[queued]",
    ),
    "job claimed -> sent": (
        "production.jobs.settle",
        "tests/integration/production/test_sent_orders.py"
        "::test_a_bureaus_order_waits_for_days_and_the_station_works_on",
    ),
    "job claimed -> not_started": (
        "production.jobs.not_started",
        "tests/integration/production/test_jobs.py::test_not_started_may_be_reported_again_and_is_claimed_anew",
    ),
    "job claimed -> spoiled": (
        "production.jobs.spoil",
        "tests/integration/production/test_jobs.py::test_a_spoiled_blank_ends_its_number_and_a_new_one_follows",
    ),
    "job claimed -> held": (
        "production.troubles.hold",
        "tests/integration/production/test_jobs.py::test_what_nobody_can_account_for_is_held",
    ),
    "job sent -> done": (
        "production.jobs.settle",
        "tests/integration/production/test_sent_orders.py"
        "::test_a_bureaus_order_waits_for_days_and_the_station_works_on",
    ),
    "job sent -> not_started": (
        "production.jobs.not_started",
        "tests/integration/production/test_sent_orders.py::test_a_bureau_may_answer_anything[not_started]",
    ),
    "job sent -> spoiled": (
        "production.jobs.spoil",
        "tests/integration/production/test_sent_orders.py::test_a_bureau_may_answer_anything[spoiled]",
    ),
    "job sent -> held": (
        "production.held_jobs.stop_waiting",
        "tests/integration/production/test_sent_orders.py"
        "::test_a_supervisor_stops_waiting_and_settles_what_never_came_back",
    ),
    "job not_started -> queued": (
        "production.jobs.not_started",
        "tests/integration/production/test_jobs.py::test_not_started_may_be_reported_again_and_is_claimed_anew",
    ),
    "job held -> sent": (
        "production.jobs.settle",
        "tests/integration/production/test_sent_orders.py::test_a_late_station_says_that_the_order_is_at_the_bureau",
    ),
    "job held -> done": (
        "production.held_jobs.resolve",
        "tests/integration/production/test_jobs.py::test_a_person_who_looked_resolves_a_held_job[done]",
    ),
    "job held -> not_started": (
        "production.held_jobs.resolve",
        "tests/integration/production/test_jobs.py::test_a_person_who_looked_resolves_a_held_job[not_started]",
    ),
    "job held -> spoiled": (
        "production.held_jobs.resolve",
        "tests/integration/production/test_jobs.py::test_a_person_who_looked_resolves_a_held_job[spoiled]",
    ),
    **dict.fromkeys(
        ("blank received -> in_vault", "blank received -> missing"),
        (
            "supply.deliveries.count",
            "tests/integration/supply/test_deliveries.py::test_what_came_is_in_the_vault_and_what_did_not_is_missing",
        ),
    ),
    **dict.fromkeys(
        (
            "blank in_vault -> in_transit",
            "blank in_transit -> at_centre",
            "blank at_centre -> in_transit",
            "blank in_transit -> in_vault",
        ),
        ("supply.handing.hand", WAY_AND_BACK),
    ),
    "blank at_centre -> at_station": ("supply.handing.load", WAY_AND_BACK),
    "blank at_station -> at_centre": ("supply.handing.take_out", WAY_AND_BACK),
    **dict.fromkeys(
        (
            "blank in_vault -> missing",
            "blank in_transit -> missing",
            "blank at_centre -> missing",
            "blank spoiled -> missing",
        ),
        ("stock.losses.declare", "tests/integration/stock/test_losses.py::test_a_blank_is_lost_out_of_every_place"),
    ),
    "blank missing -> found": ("stock.losses.find", FOUND_AND_CLEARED),
    **dict.fromkeys(("blank found -> in_vault", "blank found -> spoiled"), ("stock.losses.clear", FOUND_AND_CLEARED)),
    "blank spoiled -> destroyed": (
        "supply.destruction.witness",
        "tests/integration/supply/test_destruction.py::test_two_persons_destroy_a_spoiled_blank",
    ),
    "blank at_station -> consumed": (
        "stock.ledger.bind",
        "tests/integration/production/test_jobs.py::test_a_person_who_looked_resolves_a_held_job[done]",
    ),
    "blank at_station -> spoiled": (
        "stock.ledger.bind",
        "tests/integration/production/test_jobs.py::test_a_spoiled_blank_ends_its_number_and_a_new_one_follows",
    ),
    "blank consumed -> spoiled": (
        "stock.ledger.spoil",
        "tests/integration/stock/test_ledger.py::test_rejecting_a_document_spoils_its_blank",
    ),
    "blank at_station -> missing": (
        "recovery.reconciliation.close",
        "tests/integration/recovery/test_reconciliation.py::test_a_station_is_closed_when_all_is_settled_and_counted",
    ),
}
"""Move -> the act that makes it, and the test; `[word]` names the case of a test that has several."""


def made_by(test_id: str) -> dict[str, str]:
    """Move -> act of those that a test, by its id in pytest, is named for."""
    test, _, case = test_id.rstrip("]").partition("[")
    words = case.split("-")
    named = {move: (act, *place.rstrip("]").split("[")) for move, (act, place) in OTHERS.items()}
    return {move: act for move, (act, name, *word) in named.items() if name == test and set(word) <= set(words)}


@contextmanager
def noted() -> Iterator[dict[str, set[str]]]:
    """Move -> the functions of the services that were at work when it was made."""
    made: dict[str, set[str]] = {}

    def note(row: Any, value: Any, old: Any, _: Any) -> None:
        if type(old) in KINDS and old != value:
            made.setdefault(f"{KINDS[type(old)]} {old} -> {value}", set()).update(at_work())

    columns = (IssuanceRequest.state, Document.state, PrintJob.state, Blank.state)
    for column in columns:
        event.listen(column, "set", note, active_history=True)
    try:
        yield made
    finally:
        for column in columns:
            event.remove(column, "set", note)


def at_work() -> Iterator[str]:
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(SERVICES):
            yield ".".join((*path.relative_to(SERVICES).with_suffix("").parts, frame.f_code.co_name))
