"""Events of case handling that waited for one before them, applied in their turn; those of nobody known, deleted."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.chores import turns
from issuance.law.office.exchange import exchange_rules
from issuance.office import Office
from issuance.services.exchange import callers, forgetting, taking

PERIODIC = (Periodic("forget-unknown", dt.timedelta(days=1)),)


@task(taking.TASK, longest=dt.timedelta(minutes=1))
def go_on(office: Office, case_id: str) -> None:
    """Apply what of one person waits only for its turn: at most as many as may be held."""
    for _ in range(exchange_rules().ahead):
        with office.reading() as look:
            actor, event_id = callers.actor(look), taking.next_of(look, case_id)
        if event_id is None:
            return
        with office.act(actor) as act:
            taking.go_on(act, event_id)


@task("forget-unknown")
def forget_unknown(office: Office) -> None:
    """Delete what was told of persons who never became known, and what the database itself still has of it."""
    turns.many(office, forgetting.MOST, forgetting.forget)
    office.database.forget()
