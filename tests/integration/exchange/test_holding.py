"""Who does something about an event that waits: a supervisor of its centre, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.exchange import CaseEvent
from issuance.services.exchange import holding, taking
from issuance.states import CaseEventState
from tests.exchange import told
from tests.people import SmallOffice


def test_only_a_supervisor_of_its_centre_acts_on_an_event_that_waits(office: SmallOffice) -> None:
    told(office, "application_registered")
    row = told(office, "appeal_decided", 2)
    assert row.state == CaseEventState.REFUSED
    supervisor = office.actors["supervisor"]
    for actor in (office.actors["clerk"], replace(supervisor, centre_id=uuid4())):
        with office.act(actor) as act:
            found = act.session.get_one(CaseEvent, row.id)
            with pytest.raises(NotAllowed):
                holding.decide(act, found, None)
            with pytest.raises(NotAllowed):
                holding.set_aside(act, found, "said their desk")
    with office.act(supervisor) as act:
        found = act.session.get_one(CaseEvent, row.id)
        with pytest.raises(InvalidInput):
            holding.set_aside(act, found, " ")
        holding.set_aside(act, found, "said their desk")
        with pytest.raises(Conflict):
            taking.retry(act, found)


def test_a_supervisor_of_another_centre_does_not_find_it(office: SmallOffice) -> None:
    told(office, "application_registered")
    told(office, "appeal_decided", 2)
    told(office, "decision", key="CH-5")
    supervisor = office.actors["supervisor"]
    with office.reading(supervisor) as look:
        assert [each.kind for each in holding.waiting(look)] == ["appeal_decided", "decision"]
        assert look.session.scalar(holding.count(look)) == 2
    with office.reading(replace(supervisor, centre_id=uuid4())) as look:
        assert [each.kind for each in holding.waiting(look)] == ["decision"]
