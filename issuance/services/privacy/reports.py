"""The access report of a demand (Art 15): gathered in one look, composed and signed outside, handed over, deleted."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import delete, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.keys import ListSigner
from issuance.law.documents.retention import retention_rules_on
from issuance.law.office.privacy import privacy, privacy_rules_on
from issuance.models.people import Person
from issuance.models.privacy import AccessReport, Demand
from issuance.models.requests import Fingerprint, IssuanceRequest
from issuance.models.vault import Blob
from issuance.services import centres, restrictions
from issuance.services.casework import persons
from issuance.services.casework.handover import IDENTITY_MEANS
from issuance.services.persons import records
from issuance.services.privacy import demands, disclosures, gathering, reads, report
from issuance.services.privacy.report import Deleted, Material
from issuance.services.rule_versions import types
from issuance.states import RequestState
from issuance.values.codes import one_of
from printing.papers import Words

AT_ONCE = 50
"""Reports that are deleted in one act."""


@dataclass(frozen=True)
class Made:
    """A report as it is kept: the ZIP and what of it was left out."""

    data: bytes
    withheld: list[str]


# Made in the background


def material(look: Look, demand_id: UUID) -> Material | None:
    """What the report of a demand is made of; None when it was made already, or the demand is over."""
    row = _of(look, demand_id)
    if row.made_at is not None or row.demand.outcome:
        return None
    demand, person = row.demand, records.owner(look, row.demand.person)
    centre = centres.with_id(look, demand.centre_id)
    return Material(
        reference=demand.request.reference,
        holder=person.full_name,
        language=demand.language,
        asked_on=demand.taken_on,
        made_at=look.clock.now(),
        centre_name=centre.name,
        centre_address=centre.address,
        gathered=gathering.gather(look, person),
        acts=reads.done(look, disclosures.happened(look, person)),
        told=disclosures.disclosed(look, person),
        deleted=list(_deleted(look, person)),
    )


def make(found: Material, signer: ListSigner) -> Made:
    """The whole file: composed, its manifest signed. Takes seconds, and needs no register."""
    files = report.files(found)
    manifest = report.manifest(files, found)
    whole = {
        **files,
        "manifest.json": manifest,
        "manifest.sig": _as_openssl_reads(signer.sign(manifest)),
        "signer.pem": pem.armor("CERTIFICATE", signer.certificate),
    }
    return Made(report.packed(whole), sorted(found.gathered.withheld))


def _as_openssl_reads(signature: bytes) -> bytes:
    """An ECDSA signature r || s in the form of ASN.1."""
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def keep(act: Act, demand_id: UUID, made: Made) -> None:
    """Keep the report encrypted until its day. Nothing when another worker kept one, or the demand is over."""
    row = act.session.scalars(select(AccessReport).where(AccessReport.demand_id == demand_id).with_for_update()).one()
    if row.made_at is not None or row.demand.outcome:
        act.record("demand.report_not_kept", row.demand, centre_id=row.demand.centre_id)
        return
    request, today = row.demand.request, act.clock.today()
    row.blob_id = act.vault.put(act.session, request.id, "access-report", made.data).id
    row.size, row.digest = len(made.data), hashlib.sha256(made.data).hexdigest()
    row.withheld, row.made_at = made.withheld, act.clock.now()
    row.kept_until = today + dt.timedelta(days=privacy_rules_on(today).report_days)
    act.record("demand.report_made", row.demand, request, centre_id=row.demand.centre_id)


def _deleted(look: Look, person: Person) -> Iterator[Deleted]:
    """What of the person is deleted when, by the rules of today."""
    held = restrictions.of_person(look, person.id) is not None
    for request in persons.of_person(look, person):
        if request.erased_on is None:
            yield _end_of(look, request, held)
            yield from _end_of_fingerprints(look, request)
    rules = privacy_rules_on(look.clock.today())
    until = look.clock.today() + dt.timedelta(days=rules.report_days)
    yield Deleted("", "report", until, "", Words(rules.legal_basis.ro, rules.legal_basis.en))


def _end_of(look: Look, request: IssuanceRequest, held: bool) -> Deleted:
    today = look.clock.today()
    rules, without = types(look)[request.document_type].rules_on(today).retention, retention_rules_on(today)
    ends = request.state != RequestState.DELIVERED
    days = without.ended_without_document_days if ends else rules.after_end_days
    basis = without.legal_basis if ends else rules.legal_basis
    until = None
    if request.retained_since is not None and days is not None and not held:
        until = request.retained_since + dt.timedelta(days=days)
    why_not = "restricted" if held else "not_known_yet"
    return Deleted(request.reference, "everything", until, why_not, Words(basis.ro, basis.en))


def _end_of_fingerprints(look: Look, request: IssuanceRequest) -> Iterator[Deleted]:
    kept = select(Fingerprint.taken_at).where(
        Fingerprint.request_id == request.id, Fingerprint.template_id.is_not(None)
    )
    taken = look.session.scalar(kept.limit(1))
    rules = types(look)[request.document_type].rules_on(look.clock.today()).retention
    if taken is not None and rules.fingerprints_days is not None:
        until = taken.date() + dt.timedelta(days=rules.fingerprints_days)
        basis = Words(rules.legal_basis.ro, rules.legal_basis.en)
        yield Deleted(request.reference, "fingerprints", until, "", basis)


# Handed over


def of_demand(look: Look, demand: Demand) -> AccessReport | None:
    """The report of a demand of access; None for any other demand."""
    return look.session.scalar(select(AccessReport).where(AccessReport.demand_id == demand.id))


def hand_over(act: Act, demand: Demand, identity: str) -> None:
    """Give the report to who asked, by another person than who took it in; that answers the demand."""
    centres.check_own(act, demand)
    demands.check_another(act, demand)
    row = _of(act, demand.id)
    if demand.outcome:
        raise Conflict("This was answered already. Open the page again.")
    if row.made_at is None or row.blob_id is None:
        raise Conflict("The report is not made yet, or was deleted after its term. Look again in a minute.")
    one_of("identity", identity, IDENTITY_MEANS)
    row.handed_over_at = act.clock.now()
    demands.close(act, demand, "granted", privacy().answers[demands.ACCESS].granted[0])
    act.record("demand.report_handed_over", demand, demand.request, demand.person, identity=identity)


def open_file(act: Act, demand: Demand) -> bytes:
    """The file, for who hands it over; each opening is recorded. NotFound once it was deleted."""
    centres.check_own(act, demand)
    row = _of(act, demand.id)
    if row.blob_id is None:
        raise NotFound("The report was deleted after its term. Take in a new demand.")
    if row.handed_over_at is None:
        raise InvalidInput("identity", "Record the hand-over first: whose report it is must be seen.")
    data = act.vault.get(act.session, row.blob_id)
    act.record("demand.report_opened", demand, demand.request, demand.person)
    return data


def _of(look: Look, demand_id: UUID) -> AccessReport:
    row = look.session.scalar(select(AccessReport).where(AccessReport.demand_id == demand_id))
    if row is None:
        raise NotFound("This demand has no report. Open the list again.")
    return row


# Deleted after its term


def delete_old(act: Act) -> int:
    """Delete the files whose day has passed, and those of demands that were refused or withdrawn; how many, at most
    AT_ONCE."""
    query = select(AccessReport).where(AccessReport.blob_id.is_not(None), AccessReport.kept_until < act.clock.today())
    rows = act.session.scalars(query.order_by(AccessReport.kept_until).limit(AT_ONCE)).all()
    for row in rows:
        drop(act, row)
        act.record("demand.report_deleted", row.demand, centre_id=row.demand.centre_id)
    return len(rows)


def drop(act: Act, row: AccessReport) -> None:
    """Delete the file. A part of an act."""
    blob_id, row.blob_id = row.blob_id, None
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id == blob_id))
