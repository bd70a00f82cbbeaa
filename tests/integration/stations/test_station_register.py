"""The station against the real register over HTTP: one order made, and a station killed at telling instants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from card_drivers.__main__ import main
from card_drivers.simulators.machine import POWER_CUT_EXIT, Blank, Simulation
from issuance.clock import FixedClock
from issuance.keys.card_keys import open_card_keys
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.stock import Blank as BookedBlank
from issuance.office import Office
from issuance.services import routing
from issuance.services.production import documents, floor
from issuance.services.production.floor import JobList
from issuance.settings import Settings
from tests.fixtures.servers import serving
from tests.people import LAYLA, NOON, SmallOffice, changed
from tests.unit.station.crash import run_station

KILLED = -9


@dataclass
class Workplace:
    """A register with one approved request, and the folder of a station of it."""

    office: SmallOffice
    document_id: UUID
    folder: Path
    url: str

    def arguments(self) -> list[str]:
        place = ["--token-file", str(self.folder / "token"), "--state", str(self.folder)]
        return ["station", "--server", self.url, *place, "--once"]

    def document(self, attempt: int = 1) -> Document:
        with self.office.database.reading() as session:
            return session.query(Document).filter_by(attempt=attempt).one()

    def state(self, document_id: UUID | None) -> str:
        with self.office.database.reading() as session:
            return str(session.get_one(Document, document_id).state)

    def job_state(self) -> str:
        with self.office.reading() as look:
            return str(documents.job_of(look, look.session.get_one(Document, self.document_id)).state)

    def booked(self, serial: str) -> BookedBlank:
        with self.office.database.reading() as session:
            return session.query(BookedBlank).filter_by(serial=serial).one()

    def script(self, **faults: list[str]) -> None:
        (self.folder / "simulator" / "faults.json").write_text(json.dumps(faults))


@pytest.fixture
def workplace(sqlite_url: str, tmp_path: Path) -> Iterator[Workplace]:
    apps: list[Flask] = []

    def build(url: str) -> Flask:
        settings = Settings(
            var=tmp_path / "var", demo=True, public_url=url, database_url=sqlite_url, station_silence_seconds=0
        )
        apps.append(create_app(settings, clock=FixedClock(NOON)))
        return apps[0]

    with serving(build) as url:
        register: Office = apps[0].extensions["office"]
        office = SmallOffice(register.database, clock=FixedClock(NOON), vault=register.vault)
        request_id = office.lodge()
        office.enrol(request_id)
        document_id = office.approve(request_id)
        office.prepare(document_id)
        office.open_shift()
        folder = tmp_path / "station"
        blanks = [Blank(serial=f"card-chip-{n}", stock="card-chip", uid=f"04{n:012x}") for n in range(1, 4)]
        Simulation(folder / "simulator").load(blanks)
        (keys,) = open_card_keys(register.settings).sets
        (folder / "simulator" / "card_keys.json").write_text(keys.model_dump_json(include={"enc", "mac", "dek"}))
        (folder / "token").write_text(office.token)
        yield Workplace(office, document_id, folder, url)
    register.database.engine.dispose()


def test_one_order_from_the_register_to_the_tray(workplace: Workplace) -> None:
    assert main(workplace.arguments()) == 0
    assert workplace.document().state == "personalised"
    blank = workplace.booked("card-chip-1")
    assert (blank.state, blank.document_id, blank.chip_uid) == ("consumed", workplace.document_id, "04000000000001")
    (tray,) = (workplace.folder / "simulator" / "tray").iterdir()
    assert {path.name for path in tray.glob("*.png")} >= {"front.png", "back.png", "back-black.png"}


def test_what_it_cannot_make_holds_up_nothing_behind_it(workplace: Workplace) -> None:
    """Measured in 2026: a station claimed one RC nine times in 75 seconds, and the RP-R behind it never printed."""
    urgent = changed(LAYLA, document_type="RC", status="applicant", case_reference="2026/TM/7", vulnerable=True)
    ahead = workplace.office.carry("queued", urgent)
    for _ in range(2):
        assert run_station(workplace.arguments()) == 0
        assert workplace.state(workplace.document_id) == "personalised"
        assert workplace.state(ahead.document_id) == "prepared"
    with workplace.office.reading() as look:
        (job,) = floor.JobLists(look, workplace.office.station.centre_id).jobs(JobList.STUCK)
        (why,) = routing.why_not(routing.of_centre(look, job.centre_id), job)
        claims = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "job.claimed")).all()
    assert (job.document_id, len(claims)) == (ahead.document_id, 1)
    assert why.sentence() == "No blanks paper-a4 lie in s1. Load some, or send the job elsewhere."
    Simulation(workplace.folder / "simulator").load([Blank(stock="paper-a4")])
    assert run_station(workplace.arguments()) == 0
    assert workplace.state(ahead.document_id) == "personalised"


def test_a_wrong_token_is_refused_in_a_sentence(workplace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace.folder / "token").write_text("no-such-token")
    assert main(workplace.arguments()) == 3
    assert "jeton" in capsys.readouterr().err


def test_a_spoiled_card_leads_to_a_new_number(workplace: Workplace) -> None:
    workplace.script(events=["chip-write-failure"])
    assert main(workplace.arguments()) == 4
    assert workplace.document(1).state == "cancelled"
    assert workplace.document(2).number != workplace.document(1).number
    assert workplace.booked("card-chip-1").state == "spoiled"


def test_a_power_cut_while_printing_is_spoiled_after_the_restart(workplace: Workplace) -> None:
    workplace.script(events=["power-cut-while-print"])
    assert run_station(workplace.arguments()) == POWER_CUT_EXIT
    assert workplace.job_state() == "claimed"
    main(workplace.arguments())
    assert workplace.document(1).state == "cancelled"
    assert workplace.booked("card-chip-1").state == "spoiled"
    assert workplace.booked("card-chip-2").state == "at_station"


# Lines of the journal: the claimed order, printing begun, ejected, the acknowledgement.
@pytest.mark.parametrize("line", [2, 7, 16, 18])
def test_killed_while_writing_the_journal(workplace: Workplace, line: int) -> None:
    """The register and the trays agree in the end; `test_crash.py` kills at every instant, against a small register."""
    assert run_station(workplace.arguments(), kill_at=line, when="torn") == KILLED
    for _ in range(3):
        main(workplace.arguments())
    first = workplace.document(1)
    trays = {tray: list((workplace.folder / "simulator" / tray).glob("*/card.json")) for tray in ("tray", "reject")}
    assert (len(trays["tray"]), len(trays["reject"])) == ((1, 0) if first.state == "personalised" else (0, 1))
    blank = workplace.booked("card-chip-1")
    assert blank.state == ("consumed" if first.state == "personalised" else "spoiled")
    assert workplace.booked("card-chip-2").state == "at_station"
