"""What case handling told of persons who never became known here is deleted when its term is over: it may tell it
again, as if it had never told it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, text
from sqlalchemy.orm import aliased

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import wait_turn
from issuance.law.office.exchange import exchange_rules
from issuance.models.exchange import OPEN, CaseEvent, HandledCase

MOST = 100
"""Cases of one act."""


def forget(act: Act) -> int:
    """Delete the events of unknown persons of whom nothing was told within the term; of how many, at most MOST."""
    cases = [case for case in _over(act) if _is_over_still(act, case)]
    for case in cases:
        rows = act.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id)).all()
        for row in rows:
            act.session.delete(row)
        act.session.flush()
        act.session.delete(case)
        act.record("case_event.forgotten", case, count=len(rows))
    return len(cases)


def _over(look: Look) -> list[HandledCase]:
    """Found by their open events, of which there are few; the oldest first."""
    later = aliased(CaseEvent)
    since = select(later.id).where(later.case_id == CaseEvent.case_id, later.received_at >= _first_kept(look))
    query = select(HandledCase).join(CaseEvent, CaseEvent.case_id == HandledCase.id)
    query = query.where(text(f"case_event.{OPEN}"), CaseEvent.received_at < _first_kept(look), ~since.exists())
    query = query.where(HandledCase.person_id.is_(None)).order_by(CaseEvent.received_at).limit(MOST)
    return list(look.session.scalars(query).unique())


def _is_over_still(act: Act, case: HandledCase) -> bool:
    """Nobody applies an event of this person until the act ends, and none came or made them known meanwhile."""
    wait_turn(act.session, f"case {case.key}")
    act.session.refresh(case)
    newer = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.received_at >= _first_kept(act))
    return case.person_id is None and act.session.scalar(newer.limit(1)) is None


def _first_kept(look: Look) -> dt.datetime:
    """From when on something told keeps all of a case: the first moment of a day in Romania."""
    day = look.clock.today() - dt.timedelta(days=exchange_rules().unknown.days)
    return dt.datetime.combine(day, dt.time(), OFFICE_ZONE)
