"""What machines send - stations, case handling, bodies outside, gateways - is answered in their way, never a defect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import strategies as st

from card_drivers.order import PROTOCOL, Claim, DeviceStatus, ErrandDone, JournalPart, Start
from issuance.actors import SYSTEM
from issuance.office import Office
from issuance.sending.gateway import REPORTS, reports_token
from issuance.services.exchange import callers
from issuance.settings import Settings
from tests import exchange
from tests.fixtures.databases import Folder
from tests.fuzz import drawn
from tests.fuzz.engine import MILLION, Block, Share, play
from tests.fuzz.files import ANSWERS, RECEIPT
from tests.fuzz.test_pages import FORMS, settings  # noqa: F401 - a fixture
from tests.fuzz.test_readers import INPUTS
from tests.people import Case, SmallOffice
from tests.web.api.machine import HERE, Machine
from tests.web.api.test_stations import CLAIMS, ERRAND, READING, REGISTRATION, STATUS, claim_body, registration
from tests.web.conftest import (  # noqa: F401 - fixtures
    Browser,
    app,
    application,
    argon2_hash,
    client,
    clock,
    database_url,
    ground,
    office,
    people,
    stages,
)

STATIONS = Share("station-api", 12_000, sample=60, block=2_000)
CALLERS = Share("calling-api", 13_000, sample=60, block=2_000)
FETCHES = "case_handling"


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """A register of one's own, thrown away after the block."""
    return sqlite


def station_messages(claim: Claim) -> list[tuple[str, Any]]:
    """What the machine with this claim may send, and where."""
    here, of_claim = f"{CLAIMS}/{claim.claim_id}", {"protocol": PROTOCOL, "claim_id": str(claim.claim_id)}
    result = of_claim | {"order_id": str(claim.order_id), "outcome": "spoiled", "blank_serial": "card-chip-1"}
    part = JournalPart(reconciliation=uuid4(), before=0, claims=(), is_last=True)
    return [
        (CLAIMS, claim_body()),
        (f"{here}/order", {}),
        (f"{here}/waits", {}),
        (f"{here}/leave", of_claim | {"digests": {"front/black": "ab"}}),
        (f"{here}/result", result | {"outcome": "not_started"}),
        (f"{here}/result", result | {"trouble": {"code": "ribbon-used-up", "params": {}}}),
        (f"{here}/chip", of_claim | {"chip_uid": "04AABBCC112233"}),
        (f"{here}/channel", of_claim | {"host_challenge": "AAAAAAAAAAA=", "answer": "AAAA"}),
        (REGISTRATION, json.loads(registration(address="10.0.0.7"))),
        (STATUS, json.loads(DeviceStatus(state="stopped", reasons=("media-empty",)).model_dump_json())),
        (f"{ERRAND}/done", json.loads(ErrandDone(revision=1).model_dump_json())),
        (READING, {"protocol": PROTOCOL, "read_id": str(uuid4()), "files": {"DG1": "YQA="}, "opened_by": "BAC"}),
        (f"{HERE}/journal", json.loads(part.model_dump_json())),
        (f"{HERE}/start", json.loads(Start(before=(), host="x").model_dump_json())),
    ]


@pytest.mark.parametrize("block", STATIONS.blocks, ids=str)
def test_no_station_breaks_the_register(
    client: Browser,  # noqa: F811
    people: SmallOffice,  # noqa: F811
    queued: Case,
    tmp_path: Path,
    block: Block,
) -> None:
    if block.is_done:
        pytest.skip("done before")
    machine = Machine(client, tmp_path / "station")
    assert (machine.enrol(people.token).status_code, machine.start().status_code) == (200, 204)
    people.open_shift()
    claim = Claim.model_validate_json(machine.post(CLAIMS, json=claim_body()).data)
    samples = station_messages(claim)
    cases = st.one_of([st.tuples(st.just(path), drawn.messages([body])) for path, body in samples])

    def send(case: tuple[str, bytes]) -> None:
        path, body = case
        answer = machine.post(path, data=body)
        assert answer.status_code < 500, (path, answer.text)
        assert answer.status_code == 204 or answer.mimetype == "application/json"
        if path.endswith("/start"):
            machine.start()

    assert play(block, cases, send) > 0


@pytest.mark.parametrize("block", CALLERS.blocks, ids=str)
def test_nobody_who_calls_breaks_the_register(
    app: Flask,  # noqa: F811
    client: Browser,  # noqa: F811
    office: Office,  # noqa: F811
    settings: Settings,  # noqa: F811
    block: Block,
) -> None:
    if block.is_done:
        pytest.skip("done before")
    with office.act(SYSTEM) as act:
        tells = callers.add(act, "case handling", 10**6)
    with office.act(SYSTEM) as act:
        fetches = callers.add(act, "body", 10**6, opens=FETCHES)
    report = f"{REPORTS}{reports_token(settings)}"
    events = drawn.messages([exchange.body(kind, number) for kind in exchange.SAID for number in (1, 2)])
    after = st.sampled_from(["0", "1", "-1", "\u0662", "9" * 20, "", "x"]) | st.text(max_size=5)
    cases = st.one_of(
        events.map(lambda body: ("/api/case-events", tells, body)),
        events.map(lambda body: ("/api/case-events", tells, body)),
        drawn.damaged([RECEIPT]).map(lambda body: (f"/api/outgoing/{FETCHES}/acknowledged", fetches, body)),
        after.map(lambda text: (f"/api/outgoing/{FETCHES}", fetches, text)),
        drawn.damaged(ANSWERS).map(lambda body: (report, "", body)),
        st.text(max_size=20).map(lambda token: ("/api/case-events", token, b"{}")),
    )

    def send(case: tuple[str, str, Any]) -> None:
        path, token, body = case
        headers = {"Authorization": "Bearer " + token.encode("utf-8", "replace").decode("latin-1")}
        headers = {name: value.replace("\r", "").replace("\n", "") for name, value in headers.items()}
        if isinstance(body, str):
            answer = client.get(path, query_string={"after": body.encode("utf-8", "replace")}, headers=headers)
        else:
            answer = client.post(path, data=body, headers=headers, content_type="application/json")
        assert answer.status_code < 500, (path, answer.text)

    assert play(block, cases, send) > 0


def test_the_shares_are_a_million() -> None:
    shares = [each.share for each in (*INPUTS.values(), STATIONS, CALLERS, FORMS)]
    assert sum(shares) == MILLION


def test_a_block_is_drawn_the_same_again() -> None:
    """What a run found is found again by its seed and the number of its block."""
    block, seen = Block("again", 3, 50), list[list[UUID]]()
    for _ in range(2):
        drawn_: list[UUID] = []
        play(block, st.uuids(), drawn_.append)
        seen.append(drawn_)
    assert len(seen[0]) == 50
    assert seen[0] == seen[1]
