"""A job that cannot be prepared says why at once, stops nobody, and is prepared when its cause is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance import document_types
from issuance.background import HANDLERS
from issuance.background import worker as worker_of
from issuance.keys import DocumentSigner, LastingSigner, SignerUnavailable
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.services.production import documents, floor, jobs, orders
from issuance.services.production.floor import JobList
from printing.chip import content as chip_content
from tests.background import later
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed, trouble_of


def run(office: SmallOffice) -> int:
    """The office's background work that is due now."""
    return worker_of(office.database, HANDLERS, office.clock, cast(Office, office)).run_due()


def job_of(office: SmallOffice, case: Case) -> PrintJob:
    with office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, case.document_id))


def stuck(office: SmallOffice) -> list[UUID]:
    with office.reading() as look:
        return [job.id for job in floor.JobLists(look, office.station.centre_id).jobs(JobList.STUCK)]


def no_signer(office: SmallOffice) -> Callable[[], None]:
    """The signer is away; what brings it back."""
    good = office.document_signer

    def broken() -> DocumentSigner:
        raise SignerUnavailable("There is no PKCS#11 token called %(label)s. Plug it in.", label="chips")

    office.document_signer = LastingSigner(broken)
    return lambda: setattr(office, "document_signer", good)


def no_content(office: SmallOffice) -> Callable[[], None]:
    """What was frozen at the approval, portrait and all, cannot be read; what puts it back."""
    with office.database.reading() as session:
        blob = session.get_one(Blob, session.scalars(select(Document)).one().content_id)

    def put(encrypted: bytes) -> None:
        with office.database.transaction() as session:
            session.get_one(Blob, blob.id).encrypted = encrypted

    put(blob.encrypted[:-1] + b"?")
    return lambda: put(blob.encrypted)


def no_template(office: SmallOffice) -> Callable[[], None]:
    """A release without a face for this type; what brings the right one back."""
    patched, kind = pytest.MonkeyPatch(), document_types.get("RP-R")
    patched.setattr(orders.document_types, "get", lambda code: kind.model_copy(update={"face": None}))
    return patched.undo


def defect(office: SmallOffice) -> Callable[[], None]:
    """Something nobody thought of; what mends it."""
    patched = pytest.MonkeyPatch()

    def broken(recipe: object, **_: object) -> None:
        raise KeyError("Layla")

    patched.setattr(orders, "compose_order", broken)
    return patched.undo


CAUSES: dict[str, tuple[Callable[[SmallOffice], Callable[[], None]], str]] = {
    "signer": (no_signer, "There is no PKCS#11 token called chips. Plug it in."),
    "content": (no_content, "The stored bytes were changed. Restore the register from a copy."),
    "template": (no_template, "no face in this release"),
    "defect": (defect, "It could not be prepared (KeyError); nothing was printed."),
}


@pytest.fixture
def cause(request: pytest.FixtureRequest, office: SmallOffice) -> Iterator[tuple[str, Callable[[], None]]]:
    """The words of a cause that is there, and what takes it away."""
    begin, words = CAUSES[request.param]
    mend = begin(office)
    yield words, mend
    mend()


@on_sqlite
@pytest.mark.parametrize("cause", CAUSES, indirect=True)
def test_it_says_why_and_goes_on_when_the_cause_is_gone(
    office: SmallOffice, approved: Case, cause: tuple[str, Callable[[], None]]
) -> None:
    words, mend = cause
    run(office)
    job = job_of(office, approved)
    assert (job.state, stuck(office)) == ("preparing", [job.id])
    assert words in trouble_of(job)
    assert "Layla" not in trouble_of(job)
    for _ in range(12):  # two seconds, doubled each time, would come to an hour
        later(office.database, office.clock, dt.timedelta(minutes=1))
        assert run(office) == 1
    mend()
    later(office.database, office.clock, dt.timedelta(minutes=1))
    run(office)
    job = job_of(office, approved)
    assert (job.state, job.trouble, stuck(office)) == ("queued", None, [])


def test_a_person_who_mended_it_does_not_wait(office: SmallOffice, approved: Case) -> None:
    mend = no_signer(office)
    for _ in range(9):
        run(office)
        later(office.database, office.clock, dt.timedelta(minutes=1))
    run(office)
    mend()
    assert run(office) == 0
    for _ in range(2):
        with office.act(office.actors["operator"]) as act:
            jobs.try_again(act, act.session.scalars(select(PrintJob)).one())
    assert run(office) == 1, "the task that waited, and not another one beside it"
    assert job_of(office, approved).state == "queued"


def test_one_that_cannot_be_prepared_stops_nobody(office: SmallOffice, approved: Case) -> None:
    no_content(office)
    behind = office.carry("approved", changed(LAYLA, given_names="Amina", case_reference="2026/TM/7001"))
    run(office)
    assert [job_of(office, each).state for each in (approved, behind)] == ["preparing", "queued"]


@on_sqlite
def test_the_portrait_is_made_ready_for_the_chip_once(
    office: SmallOffice, approved: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than everything else of a job; the order that is given later has the same files."""
    made, ready = chip_content.for_chip, list[bytes]()

    def counted(portrait: bytes) -> bytes:
        ready.append(portrait)
        return made(portrait)

    monkeypatch.setattr(chip_content, "for_chip", counted)
    run(office)
    assert len(ready) == 1
    job = job_of(office, approved)
    with office.reading() as look:
        recipe = orders.recipe(look, look.session.get_one(PrintJob, job.id))
    assert orders.compose_order(recipe).digests() == job.digests
