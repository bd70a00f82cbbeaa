"""What `make run` opens with: something waits in every queue, made by the second station."""

from __future__ import annotations

from sqlalchemy import func, select

from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import Centre
from tests.fixtures.live import LiveOffice

HERE = select(Centre.id).where(Centre.code == "timisoara").scalar_subquery()


def counted(live: LiveOffice) -> dict[str, int]:
    """How many documents are in each state."""
    with live.office.reading() as look:
        rows = look.session.execute(select(Document.state, func.count()).group_by(Document.state))
        return {str(state): number for state, number in rows}


def play(live: LiveOffice) -> str:
    with live.app.app_context():
        done = live.app.test_cli_runner().invoke(args=["play-demo"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_something_waits_for_everybody(live_office: LiveOffice) -> None:
    with live_office.station("station-2"):
        said = play(live_office)
    assert said.startswith("Something waits for everybody now")
    with live_office.office.reading() as look:
        here = select(IssuanceRequest).where(IssuanceRequest.centre_id == HERE)
        waiting = [str(request.state) for request in look.session.scalars(here)]
        lodging_day = select(func.max(IssuanceRequest.lodged_on)).scalar_subquery()  # it may be over since
        late = look.session.scalars(here.where(IssuanceRequest.due_on < lodging_day)).all()
        late = [(request.case_reference, str(request.state)) for request in late]
    assert {state: waiting.count(state) for state in ("complete", "incomplete", "ready")} == {
        "complete": 2,
        "incomplete": 1,
        "ready": 1,
    }
    assert late == [("2026/TM/0002", "lodged")]
    documents = counted(live_office)
    assert documents["checked"] == 1
    assert documents["personalised"] >= 1
    assert play(live_office) == "Somebody worked in this office already: nothing was played.\n"


def test_no_drawn_portrait_is_out_of_limits(live_office: LiveOffice) -> None:
    with live_office.office.reading() as look:
        portraits = look.session.scalars(select(Portrait)).all()
        failed = [(each.id, finding) for each in portraits for finding in each.findings if not finding["passed"]]
    assert len(portraits) > 20
    assert failed == []
