"""What a station says that cannot be so: refused by the name of the field, and nothing that was known is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from card_drivers.order import Claim, Outcome, Problem, Result
from issuance.models.production import Contradiction, PrintJob
from issuance.models.staff import Station
from issuance.office import Office
from issuance.services.production import documents
from tests.people import LAYLA, Case, SmallOffice, able, changed
from tests.web.api.machine import Machine
from tests.web.conftest import Browser

STATUS = "/api/station/status"
MANY = 5000
SIZE = {"width_mm": 85.6, "height_mm": 53.98}
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "a size of nothing": ({"sizes": [SIZE | {"width_mm": 0}]}, "abilities.sizes.0.width_mm"),
    "a size below nothing": ({"sizes": [SIZE | {"height_mm": -5}]}, "abilities.sizes.0.height_mm"),
    "a size of a house": ({"sizes": [SIZE | {"width_mm": 1e300}]}, "abilities.sizes.0.width_mm"),
    "a size that is no number": ({"sizes": [SIZE | {"width_mm": float("nan")}]}, "abilities.sizes.0.width_mm"),
    "a size without end": ({"sizes": [SIZE | {"width_mm": float("inf")}]}, "abilities.sizes.0.width_mm"),
    "thousands of sizes": ({"sizes": [SIZE] * MANY}, "abilities.sizes"),
    "no face": ({"faces": 0}, "abilities.faces"),
    "many faces": ({"faces": MANY}, "abilities.faces"),
    "a resolution of nothing": ({"dpi": [0, 300]}, "abilities.dpi.0"),
    "three resolutions": ({"dpi": [300, 300, 300]}, "abilities.dpi"),
    "an ink that nobody knows": ({"inks": ["gold"]}, "abilities.inks.0"),
    "thousands of inks": ({"inks": ["uv"] * MANY}, "abilities.inks"),
    "thousands of profiles": ({"profiles": [str(number) for number in range(MANY)]}, "abilities.profiles"),
    "a profile as long as a book": ({"profiles": ["x" * 10_000]}, "abilities.profiles.0"),
    "thousands of stocks": ({"stocks": {str(number): 1 for number in range(MANY)}}, "abilities.stocks"),
    "fewer blanks than none": ({"stocks": {"card": -1}}, "abilities.stocks.card"),
    "more blanks than there are": ({"stocks": {"card": 10**30}}, "abilities.stocks.card"),
    "a list for a number": ({"stocks": ["card"]}, "abilities.stocks"),
    "words for a number": ({"faces": "two"}, "abilities.faces"),
    "a field that nobody knows": ({"makes_money": True}, "abilities.makes_money"),
}


@pytest.fixture
def machine(client: Browser, people: SmallOffice, tmp_path: Path) -> Machine:
    """The station of Timișoara as a machine, with an open shift."""
    people.open_shift()
    here = Machine(client, tmp_path / "station")
    assert here.enrol(people.token).status_code == 200
    assert here.start().status_code == 204
    assert here.post(STATUS, json=able()).status_code == 204
    return here


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_its_abilities_is_named_and_nothing_is_lost(
    machine: Machine, people: SmallOffice, office: Office, queued: Case, lie: str
) -> None:
    said, field = LIES[lie]
    answer = machine.post(STATUS, json=able() | {"abilities": able()["abilities"] | said})
    assert answer.status_code == 400
    problem = Problem.model_validate_json(answer.data)
    assert (problem.error, field in problem.message) == ("invalid_input", True)
    assert len(problem.message) < 500
    with office.database.reading() as session:
        assert session.get_one(Station, people.station.id).status == able()
    assert people.claim() is not None


def test_unknown_names_of_stocks_and_profiles_make_nothing_possible(
    machine: Machine, people: SmallOffice, queued: Case
) -> None:
    names = {"stocks": {"card-gold": 5, "CARD-CHIP": 5, "card-chip ": 5}, "profiles": ["generic"], "sizes": [SIZE]}
    assert machine.post(STATUS, json=able() | {"abilities": able()["abilities"] | names}).status_code == 204
    assert people.claim() is None


def result(claim: Claim, **changes: Any) -> dict[str, Any]:
    values = {"order_id": claim.order_id, "claim_id": claim.claim_id, "outcome": Outcome.DONE}
    return Result.model_validate(values | changes).model_dump(mode="json")


def test_a_result_for_another_job_is_kept_and_both_stand(
    machine: Machine, people: SmallOffice, office: Office, queued: Case
) -> None:
    behind = people.carry("queued", changed(LAYLA, given_names="Amina", case_reference="2026/TM/7001"))
    claim = people.claim(uuid4())
    assert claim is not None
    people.leave(people.order(claim))
    with office.reading() as look:
        other = documents.job_of(look, look.session.get_one(documents.Document, behind.document_id))
    stray = result(claim, order_id=other.id, digests=other.digests, blank_serial="card-chip-1")
    assert machine.post(f"/api/station/claims/{claim.claim_id}/result", json=stray).status_code == 409
    with office.database.reading() as session:
        assert session.get_one(PrintJob, claim.order_id).state == "held"
        assert session.get_one(PrintJob, other.id).state == "queued"
        assert session.query(Contradiction).one().report["order_id"] == str(other.id)
