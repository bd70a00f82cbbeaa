"""The supervisor's pages after a restore: from the list to the last difference, and the station claims again."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_drivers.order import PROTOCOL, JournalPart
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.restores import begin, differences, row_of, tell, told
from tests.web.api.machine import Machine
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside

LIST = "/oversight/reconciliation"
SEEN = {"way": "out", "seen": "Not in the tray."}


@pytest.fixture
def restored(people: SmallOffice) -> None:
    """The register was put back; it ended every session."""
    begin(people)


@pytest.fixture
def supervisor(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "supervisor")


def test_nothing_to_reconcile_without_a_restore(supervisor: Browser) -> None:
    assert "The register was never restored" in supervisor.get(LIST).text


def test_a_lost_card_is_settled_and_the_station_closed(
    restored: None, supervisor: Browser, people: SmallOffice
) -> None:
    assert "not told yet" in supervisor.get(LIST).text
    card = told(blank_serial="card-chip-3")
    tell(people, card)
    page = supervisor.get(LIST).text
    assert all(words in page for words in (str(card.order_id), "card-chip-3", "a card that the register lost"))
    assert "RP1000000" in page
    address = f"{LIST}/{differences(people)[0].id}"
    assert "Number on the card" in supervisor.get(address).text
    assert sentence_beside(supervisor.submit(address, SEEN | {"seen": ""}), "seen") == "Fill this in."
    station = f"{LIST}/stations/{people.station.id}"
    early = supervisor.submit(station, {"seen": "counted"})
    assert (early.status_code, "Not every difference" in early.text) == (409, True)
    assert supervisor.submit(address, SEEN | {"number": "PC1000001"}).headers["Location"] == LIST
    assert "PC1000001" in supervisor.get(LIST).text
    assert supervisor.submit(address, SEEN).status_code == 409
    assert "Blanks that the ledger has here" in supervisor.get(station).text
    wrong = supervisor.submit(station, {"seen": "counted", "missing": "card-99"})
    assert "no unused blank card-99" in sentence_beside(wrong, "missing")
    assert supervisor.submit(station, {"seen": "counted", "missing": "card-7\ncard-8"}).status_code == 303
    assert "This station is reconciled." in supervisor.get(station).text
    assert "reconciled" in supervisor.get(LIST).text


def test_a_blank_that_the_ledger_never_saw_asks_for_its_stock(
    restored: None, supervisor: Browser, people: SmallOffice
) -> None:
    tell(people, told(blank_serial="NEW-1"))
    address = f"{LIST}/{differences(people)[0].id}"
    assert "The ledger does not know this blank." in supervisor.get(address).text
    assert "which stock" in sentence_beside(supervisor.submit(address, SEEN), "stock")
    assert supervisor.submit(address, SEEN | {"stock": "card"}).status_code == 303


def test_held_jobs_go_on_by_one_press(restored: None, supervisor: Browser, people: SmallOffice, queued: Case) -> None:
    assert queued.number in supervisor.get(LIST).text
    assert "told its journal" in supervisor.submit(f"{LIST}/held").text
    tell(people)
    assert supervisor.submit(f"{LIST}/held").status_code == 303
    assert queued.number not in supervisor.get(LIST).text


def test_a_station_tells_its_journal_and_claims_nothing(client: Browser, people: SmallOffice, tmp_path: Path) -> None:
    begin(people)
    machine = Machine(client, tmp_path / "station")
    assert (machine.enrol(people.token).status_code, machine.start().status_code) == (200, 204)
    asked = machine.get("/api/station/errand").get_json()["journal"]
    part = JournalPart(reconciliation=row_of(people).id, before=0, claims=(told(blank_serial="card-3"),), is_last=True)
    assert asked["reconciliation"] == str(part.reconciliation)
    for _ in range(2):
        answer = machine.post("/api/station/journal", data=part.model_dump_json())
        assert answer.status_code == 200
    assert len(differences(people)) == 1
    claim = {"protocol": PROTOCOL, "claim_id": str(part.reconciliation)}
    refused = machine.post("/api/station/claims", json=claim)
    assert (refused.status_code, "under Reconciliation" in refused.get_json()["message"]) == (409, True)
