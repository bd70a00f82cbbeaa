"""The background tasks of the office: what runs in the server's one thread, and how often."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.models.production import PrintJob
from issuance.office import Office
from issuance.services import attempts, audit_chain, documents, orders, production, retention
from issuance.settings import heads_file, key_file

PERIODIC = (
    Periodic("seal-audit", dt.timedelta(seconds=30)),
    Periodic("hold-expired", dt.timedelta(seconds=30)),
    Periodic("purge-attempts", dt.timedelta(hours=1)),
    Periodic("destroy-ended", dt.timedelta(days=1)),
)


@task("prepare")
def prepare(office: Office, job_id: str) -> None:
    """Compose an order once and let the stations claim it; the composing happens with no transaction open."""
    with office.database.reading() as session:
        job = session.get_one(PrintJob, UUID(job_id))
        recipe = orders.recipe(job, documents.frozen_content(session, job.document, vault=office.vault))
    digests = orders.compose_order(recipe).digests()
    with office.database.transaction() as session:
        production.prepared(session, UUID(job_id), digests, actor=SYSTEM, clock=office.clock)


@task("retention")
def retain(office: Office, request_id: str) -> None:
    """What a handed-over request may no longer keep is deleted."""
    with office.database.transaction() as session:
        retention.after_hand_over(session, UUID(request_id), clock=office.clock)


@task("destroy-ended")
def destroy_ended(office: Office) -> None:
    """Destroy the keys of requests that ended without a document long ago."""
    with office.database.transaction() as session:
        retention.destroy_ended(session, vault=office.vault, clock=office.clock)


@task("hold-expired")
def hold_expired(office: Office) -> None:
    """Hold the jobs of stations that did not report in time."""
    with office.database.transaction() as session:
        production.hold_expired(session, actor=SYSTEM, clock=office.clock)


@task("purge-attempts")
def purge_attempts(office: Office) -> None:
    """Forget the tries that no limit counts any more."""
    with office.database.transaction() as session:
        attempts.purge(session, clock=office.clock, window=dt.timedelta(minutes=office.settings.attempt_window_minutes))


@task("seal-audit")
def seal_audit(office: Office) -> None:
    """Chain new audit events, and sign and export the heads of the chains."""
    private = Ed25519PrivateKey.from_private_bytes(key_file(office.settings, "audit"))
    sealed = audit_chain.BATCH
    while sealed == audit_chain.BATCH:  # one short transaction each, so that no act waits long
        with office.database.transaction() as session:
            sealed = audit_chain.seal(session)
    with office.database.reading() as session:
        audit_chain.sign_heads(session, heads_file(office.settings), private, clock=office.clock)
