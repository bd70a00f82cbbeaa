"""Events of persons who never became known go when their term is over, and may be told again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from issuance.chores import case_events as chores
from issuance.models.audit import AuditEvent
from issuance.models.exchange import CaseEvent, HandledCase
from issuance.services.exchange import forgetting
from tests.exchange import told
from tests.people import SmallOffice

DAYS = 180


def left(office: SmallOffice) -> dict[str, int]:
    """How many events there are of each person of case handling."""
    query = select(HandledCase.key, func.count(CaseEvent.id)).outerjoin(CaseEvent, CaseEvent.case_id == HandledCase.id)
    with office.reading() as look:
        return {key: count for key, count in look.session.execute(query.group_by(HandledCase.key))}


def days_pass(office: SmallOffice, days: int) -> None:
    office.clock.advance(dt.timedelta(days=days))
    office.keep_time()


def test_they_go_with_the_last_day_of_the_term_and_come_again(office: SmallOffice) -> None:
    told(office, "decision", 1, key="CH-unknown")
    told(office, "flags", 3, key="CH-unknown")
    told(office, "application_registered", 1)
    told(office, "appeal_decided", 2)  # refused: nothing is pending, and a supervisor looks at it
    days_pass(office, DAYS)
    chores.forget_unknown(office)
    assert left(office)["CH-unknown"] == 2
    days_pass(office, 1)
    chores.forget_unknown(office)
    assert set(left(office).values()) == {2}
    assert "CH-unknown" not in left(office)
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "case_event.forgotten")).one()
        assert event.details == {"count": 2}
    assert told(office, "decision", 1, key="CH-unknown").why == "unknown_person"


def test_one_that_was_told_something_since_is_kept_whole(office: SmallOffice) -> None:
    told(office, "decision", 1, key="CH-unknown")
    days_pass(office, DAYS - 1)
    told(office, "flags", 3, key="CH-unknown")
    days_pass(office, 2)
    chores.forget_unknown(office)
    assert left(office) == {"CH-unknown": 2}


@pytest.mark.parametrize("most", [1, 2])
def test_many_go_some_an_act(office: SmallOffice, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(forgetting, "MOST", most)
    for number in range(2):
        told(office, "decision", 1, key=f"CH-{number}")
    days_pass(office, DAYS + 1)
    chores.forget_unknown(office)
    assert left(office) == {}


def test_the_term_ends_at_midnight_in_romania_also_when_the_clocks_changed_between(office: SmallOffice) -> None:
    """Told on 2 November, in winter time; the term's last day, 1 May, is one of summer time."""
    told(office, "decision", 1, key="CH-unknown")
    office.clock.advance(dt.datetime(2027, 5, 1, 20, 59, tzinfo=dt.UTC) - office.clock.now())  # 23:59 in Romania
    office.keep_time()
    chores.forget_unknown(office)
    assert left(office) == {"CH-unknown": 1}
    office.clock.advance(dt.timedelta(minutes=2))
    office.keep_time()
    chores.forget_unknown(office)
    assert left(office) == {}
