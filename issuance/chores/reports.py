"""The background work of data protection: reports made and deleted, and lists of whom somebody could have seen."""

from __future__ import annotations

import datetime as dt
import time
from uuid import UUID

from issuance.actors import SYSTEM
from issuance.background import Periodic, enqueue, task
from issuance.office import Office
from issuance.services.privacy import breaches, demands, reports

PERIODIC = (Periodic("delete-reports", dt.timedelta(hours=6)),)
SLICE = 1.0
"""Seconds for which a list holds the thread."""


@task(demands.MAKE, longest=dt.timedelta(minutes=1))
def make_report(office: Office, demand_id: str) -> None:
    """Gather, compose and sign a report, none of it in a transaction that writes; then keep it."""
    key = UUID(demand_id)
    with office.reading() as look:
        found = reports.material(look, key)
    if found is None:
        return
    made = office.list_signer.use(lambda signer: reports.make(found, signer))
    with office.act(SYSTEM) as act:
        reports.keep(act, key, made)


@task("delete-reports")
def delete_reports(office: Office) -> None:
    """Delete the reports whose term is over, and what the database itself still has of them."""
    deleted, any_gone = reports.AT_ONCE, False
    while deleted == reports.AT_ONCE:
        with office.act(SYSTEM) as act:
            deleted = reports.delete_old(act)
        any_gone = any_gone or deleted > 0
    if any_gone:
        office.database.forget()


@task(breaches.LIST, alone=True)
def list_breach(office: Office, breach_id: str) -> None:
    """Make a list for a while; the other tasks have their turn in between."""
    key, ends, more = UUID(breach_id), time.monotonic() + SLICE, True
    while more and time.monotonic() < ends:
        more = next_stretch(office, key)
    if more:
        with office.upkeep() as look:
            enqueue(look.session, breaches.LIST, clock=office.clock, breach_id=breach_id)
    else:
        with office.act(SYSTEM) as act:
            breaches.end(act, key)


def next_stretch(office: Office, breach_id: UUID) -> bool:
    """Go on with a list by one stretch of its time; whether more is to be done."""
    with office.reading() as look:
        walked = breaches.walk(look, breach_id)
    if walked is None:
        return False
    with office.upkeep() as look:
        return breaches.keep(look, breach_id, walked)
