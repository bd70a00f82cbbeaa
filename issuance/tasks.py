"""The background tasks of the office: what a worker runs, and how often."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from uuid import UUID

import structlog

from issuance import background
from issuance.actors import SYSTEM
from issuance.background import HANDLERS, Periodic, Worker, enqueue, task
from issuance.chores import care, case_events, feeds, files, forgeries, outlooks, reports, turns
from issuance.chores import legacy as legacy  # these are asked for and have no timetable
from issuance.chores import transfers as transfers
from issuance.chores.public import ahead, confirmations, delivery_reports, lists, notices, told
from issuance.models.production import PrintJob
from issuance.office import Office
from issuance.services import centres, drafts, routing
from issuance.services.appointments import bookings
from issuance.services.appointments import retention as waiting_room
from issuance.services.batches import running
from issuance.services.bulks import approving
from issuance.services.counts import forecast, lots
from issuance.services.life import collection, retention
from issuance.services.persons import phones
from issuance.services.production import chips, held_jobs, jobs, orders, seals
from issuance.services.production.orders import Recipe
from issuance.services.stock import accounts
from issuance.services.trust import audit_adoption, audit_chain, audit_heads, audit_proofs, limits, sessions
from issuance.states import JobState

log = structlog.get_logger()

PERIODIC = (
    Periodic("link-audit", dt.timedelta(seconds=2)),
    Periodic("sign-heads", dt.timedelta(seconds=30)),
    Periodic("witness-rows", dt.timedelta(days=1)),
    Periodic("prove-audit-wholly", dt.timedelta(days=7)),
    Periodic("prove-stock", dt.timedelta(days=1)),
    Periodic("draw-counts", dt.timedelta(hours=1)),
    Periodic("note-use", dt.timedelta(hours=6)),
    Periodic("hold-expired", dt.timedelta(seconds=30)),
    Periodic("end-batches", dt.timedelta(seconds=10)),
    Periodic("purge-tries", dt.timedelta(minutes=15)),
    Periodic("purge-sessions", dt.timedelta(hours=1)),
    Periodic("purge-asides", dt.timedelta(hours=1)),
    Periodic("purge-phones", dt.timedelta(minutes=5)),
    Periodic("note-uncollected", dt.timedelta(days=1)),
    Periodic("end-appointments", dt.timedelta(hours=1)),
    Periodic("destroy-ended", dt.timedelta(days=1)),
    Periodic("delete-fingerprints", dt.timedelta(days=1)),
    *files.PERIODIC,
    *lists.PERIODIC,
    *notices.PERIODIC,
    *outlooks.PERIODIC,
    *told.PERIODIC,
    *delivery_reports.PERIODIC,
    *ahead.PERIODIC,
    *confirmations.PERIODIC,
    *forgeries.PERIODIC,
    *feeds.PERIODIC,
    *care.PERIODIC,
    *reports.PERIODIC,
    *case_events.PERIODIC,
)

SLICE = 1.0
"""Seconds for which a long piece of work holds the thread before the others have their turn."""


@task("prepare", longest=dt.timedelta(minutes=1))
def prepare(office: Office, job_id: str) -> None:
    """Sign the seal and the chip, compose the order once and let the stations claim it; none of it in a transaction.

    All of it is kept at the end, in one transaction: after a crash in between it is done anew, and what was signed
    before is nowhere. While it cannot be done the job says why.
    """
    try:
        _prepare(office, UUID(job_id))
    except Exception as error:
        with office.upkeep() as look:
            jobs.wait(look, UUID(job_id), error)
        raise


def _prepare(office: Office, job_id: UUID) -> None:
    with office.reading() as look:
        job = look.session.get_one(PrintJob, job_id)
        if job.state != JobState.PREPARING:
            return
        recipe = orders.recipe(look, job)
    seal = _seal(office, recipe) if recipe.lacks_seal else None
    chip = _chip(office, recipe) if recipe.lacks_chip else None
    complete = replace(recipe, seal=seal.seal if seal else recipe.seal)
    if chip:
        complete = replace(complete, chip=chip.secrets, files=chip.files)
    digests = orders.compose_order(complete, for_eyes=False).digests()
    with office.act(SYSTEM) as act:
        jobs.prepared(act, recipe.order_id, digests, seal, chip)


def _seal(office: Office, recipe: Recipe) -> seals.Signed:
    """The seal of an order, signed by the office's bar code signer."""
    return office.signer.use(lambda signer: seals.sign(recipe.content, recipe.kind.template(), signer, office.clock))


def _chip(office: Office, recipe: Recipe) -> chips.Made:
    """The keys and files of an order's chip, signed by the office's document signer."""
    return office.document_signer.use(
        lambda signer: chips.make(recipe.content, recipe.kind, signer, office.settings.facial_encoding)
    )


@task("approve-together", longest=dt.timedelta(minutes=1))
def approve_together(office: Office, bulk_id: str) -> None:
    """Approve the rest of a released bulk, an act for each case; the others have their turn in between."""
    key, ends = UUID(bulk_id), time.monotonic() + SLICE
    with office.reading() as look:
        waiting = approving.to_approve(look, key)
    while waiting and time.monotonic() < ends:
        _approve_one(office, key, waiting.pop(0))
    if waiting:
        with office.upkeep() as look:
            enqueue(look.session, "approve-together", clock=office.clock, bulk_id=bulk_id)


def _approve_one(office: Office, bulk_id: UUID, case_id: UUID) -> None:
    """Approve one case for its officer; what the register refuses stays for somebody to decide by itself."""
    with office.reading() as look:
        officer = approving.officer(look, bulk_id)
    why = approving.REFUSED if officer else approving.NO_OFFICER
    turns.do_for(
        office,
        officer,
        lambda act: approving.approve(act, case_id),
        lambda act: approving.leave_out(act, case_id, why),
    )


@task("retention")
def retain(office: Office, request_id: str) -> None:
    """What a handed-over request may no longer keep is deleted."""
    with office.act(SYSTEM) as act:
        retention.after_hand_over(act, UUID(request_id))


@task("delete-fingerprints")
def delete_fingerprints(office: Office) -> None:
    """Delete the fingerprints that may not be kept any more, and what the database itself still has of them."""
    turns.many(office, retention.MOST, retention.delete_fingerprints)
    office.database.forget()


@task("destroy-ended")
def destroy_ended(office: Office) -> None:
    """Destroy what two administrators agreed to, on its day; and what the database itself still has of it."""
    turns.many(office, retention.MOST, retention.destroy_ended)
    office.database.forget()


@task("note-uncollected")
def note_uncollected(office: Office) -> None:
    """Note the documents that their holders do not collect, so many an act."""
    turns.many(office, collection.MOST, collection.note)


@task("end-appointments")
def end_appointments(office: Office) -> None:
    """Note who missed an appointment of the days before, and forget those of long ago."""
    turns.many(office, bookings.MOST, bookings.note_missed)
    turns.many(office, 1, waiting_room.forget)


@task("hold-expired")
def hold_expired(office: Office) -> None:
    """Hold the jobs of stations that did not report in time."""
    with office.act(SYSTEM) as act:
        held_jobs.hold_expired(act)


@task("end-batches")
def end_batches(office: Office) -> None:
    """Batches of which nothing is open any more are done."""
    with office.act(SYSTEM) as act:
        running.end_finished(act)


@task("purge-tries")
def purge_tries(office: Office) -> None:
    """Forget the tries that no limit counts any more, and tell how many were refused."""
    with office.act(SYSTEM) as act:
        limits.tell_refused(act)
    with office.upkeep() as look:
        refused = limits.purge(look)
    if refused:
        log.info("status_enquiry", outcome="limited", count=refused)


@task("purge-asides")
def purge_asides(office: Office) -> None:
    """Forget which stations stepped aside long ago."""
    with office.upkeep() as look:
        routing.forget(look)


@task("purge-phones")
def purge_phones(office: Office) -> None:
    """Delete what was drawn on phones and nobody looked at in time, with the addresses that are over."""
    with office.upkeep() as look:
        phones.purge(look)


@task("purge-sessions")
def purge_sessions(office: Office) -> None:
    """Forget the sessions that cannot live any more, and the drafts of the days before."""
    with office.upkeep() as look:
        sessions.purge(look)
        drafts.purge(look)


@task("link-audit", undated=True)
def link_audit(office: Office) -> None:
    """Chain new audit events; the head of a chain that began is signed at once."""
    with office.reading() as look:
        if not audit_chain.is_waiting(look):
            return
    linked, began = audit_chain.BATCH, False
    while linked == audit_chain.BATCH:  # one short transaction each, so that no act waits long
        with office.upkeep() as look:
            done = audit_chain.link(look)
        linked, began = done.events, began or done.began
    if began:
        sign_heads(office)


@task("sign-heads", undated=True)
def sign_heads(office: Office) -> None:
    """Sign and export the heads of the chains, when one moved."""
    with office.reading() as look:
        audit_heads.sign(look)


@task("witness-rows", alone=True)
def witness_rows(office: Office, kind: str = "", after: str = str(audit_adoption.START)) -> None:
    """Witness rows of releases before, some at a time; the others have their turn in between."""
    place: tuple[str, UUID] | None = (kind, UUID(after))
    ends = time.monotonic() + SLICE
    while place is not None and time.monotonic() < ends:
        with office.act(SYSTEM) as act:
            place = audit_adoption.adopt(act, *place)
    if place is not None:
        with office.upkeep() as look:
            enqueue(look.session, "witness-rows", clock=office.clock, kind=place[0], after=str(place[1]))
    else:
        sign_heads(office)  # it links what waits, and may have begun a chain


@task("prove-audit", alone=True)
def prove_audit(office: Office, proof_id: str) -> None:
    """Go on with a proof of the audit for a while; the others have their turn in between."""
    key = UUID(proof_id)
    with office.reading() as look:
        walk = audit_proofs.walk_of(look, key)
    if walk is None:
        return
    ends, more = time.monotonic() + SLICE, True
    while more and time.monotonic() < ends:
        began = time.monotonic()
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
        time.sleep(time.monotonic() - began)  # half of the time is the pages' of this process
    if more:
        with office.upkeep() as look:
            audit_proofs.go_on(look, key, walk)
    else:
        with office.act(SYSTEM) as act:
            audit_proofs.end(act, key, walk)


@task("prove-stock", longest=dt.timedelta(minutes=5))
def prove_stock(office: Office) -> None:
    """Every day the ledger of blanks is added up; nothing that writes waits for it."""
    with office.reading() as look:
        found = accounts.wrong(look)
    with office.act(SYSTEM) as act:
        accounts.note(act, found)


@task("draw-counts")
def draw_counts(office: Office) -> None:
    """Draw the surprise counts of each centre, once a working day."""
    with office.reading() as look:
        open_ones = [centre.id for centre in centres.listed(look) if centre.active]
    for centre_id in open_ones:
        with office.act(SYSTEM) as act:
            lots.draw(act, centres.with_id(act, centre_id))


@task("note-use")
def note_use(office: Office) -> None:
    """Count how fast the blanks of each centre are used; nothing that writes waits for it."""
    with office.reading() as look:
        found = forecast.count(look)
    with office.upkeep() as look:
        forecast.keep(look, found)


@task("prove-audit-wholly")
def prove_audit_wholly(office: Office) -> None:
    """Every week the whole audit is proved, whoever asks."""
    with office.act(SYSTEM) as act:
        if audit_proofs.under_way(act) is None:
            audit_proofs.ask(act, whole=True)


def worker(office: Office, *, idle: float = 0.5) -> Worker:
    """The background work of an office, not yet started; `idle` is how many seconds it waits for more."""
    return background.worker(
        office.database,
        HANDLERS,
        office.clock,
        office,
        periodic=PERIODIC,
        idle=idle,
        trusts=office.keep_time,
        at_end=office.close_signers,
    )
