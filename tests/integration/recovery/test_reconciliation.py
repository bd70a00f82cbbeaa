"""After a restore: what is held, what counters give, what a journal tells, and how each difference is settled."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.documents import Document
from issuance.models.production import DocumentSeal, PrintJob
from issuance.models.staff import Staff
from issuance.models.stock import Blank
from issuance.services import centres
from issuance.services.production import held_jobs
from issuance.services.recovery import journals, reconciliation, report
from issuance.services.recovery.reconciliation import Settlement, Way
from issuance.services.recovery.restore import STEP, Past
from issuance.services.stations import devices, tokens
from issuance.services.trust.audit_break import Cut
from issuance.states import DocumentState, JobState
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.restores import begin, close, differences, jobs_of, row_of, settle, tell, told

OUT = Settlement(Way.OUT, "not in the tray")
DESTROYED = Settlement(Way.DESTROYED, "lay in the reject tray")
AGAIN = Settlement(Way.AGAIN, "not in the tray")
TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)


def blank(office: SmallOffice, serial: str) -> Blank:
    with office.reading() as look:
        return look.session.scalars(select(Blank).where(Blank.serial == serial)).one()


def test_every_counter_goes_on_beyond_what_may_have_been_used(office: SmallOffice) -> None:
    first = office.carry("queued", TID)
    assert first.number == "TI1000000"
    epoch = begin(office, Past(4, 1_234_567, (Cut("office", 10, "", 150_010),)))
    assert (epoch.number, epoch.first_value) == (5, 1_500_000)
    second = office.carry("queued", changed(TID, given_names="Noor", case_reference="2026/TM/0002"))
    assert second.number == "TI1500000"
    with office.reading() as look:
        assert list(look.session.scalars(select(DocumentSeal.number).order_by(DocumentSeal.id))) == [1, 1_500_000]
        skipped = {gap.first: gap.last for gap in report.skipped(look, epoch)}
    assert skipped["TI1000001"] == "TI1499999"
    assert begin(office).first_value == 1_600_000 + STEP


def test_numbers_that_the_back_up_never_gave_are_skipped_as_well(office: SmallOffice) -> None:
    begin(office)
    assert office.carry("approved", TID).number == "TI1100000"


def test_settings_of_a_station_get_no_revision_that_it_may_have(office: SmallOffice) -> None:
    epoch = begin(office)
    with office.act(office.actors["administrator"]) as act:
        assert devices.choose(act, office.station, {"printer": {}}, 0).number == epoch.first_value


@pytest.mark.parametrize("reached", ["approved", "queued", "claimed"])
def test_every_open_job_is_held_and_no_person_can_let_it_run_again(office: SmallOffice, reached: str) -> None:
    office.carry(reached)
    begin(office)
    (job,) = jobs_of(office)
    assert job.state == JobState.HELD
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="under Reconciliation"):
        held_jobs.resolve(act, act.session.get_one(PrintJob, job.id), Outcome.NOT_STARTED, "", "looked")


@pytest.mark.parametrize("outcome", [Outcome.NOT_STARTED, Outcome.UNKNOWN])
def test_a_late_report_does_not_let_a_held_job_run_again(office: SmallOffice, claimed: Case, outcome: Outcome) -> None:
    """It may have been resolved, and made by another station, in the lost time."""
    begin(office)
    (job,) = jobs_of(office)
    assert job.claim_id is not None
    office.report(Result(order_id=job.id, claim_id=job.claim_id, outcome=outcome))
    (job,) = jobs_of(office)
    assert job.state == JobState.HELD
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="under Reconciliation"):
        held_jobs.resolve(act, act.session.get_one(PrintJob, job.id), Outcome.NOT_STARTED, "", "looked")


def test_what_a_station_had_still_to_report_is_taken(office: SmallOffice, claimed: Case) -> None:
    begin(office)
    (job,) = jobs_of(office)
    values = {"order_id": job.id, "claim_id": job.claim_id, "outcome": "done", "digests": job.digests}
    office.report(Result.model_validate(values | {"blank_serial": "card-chip-2"}))
    tell(office, told(job.id, claim_id=job.claim_id, blank_serial="card-chip-2", digests=job.digests))
    assert (jobs_of(office)[0].state, differences(office)) == (JobState.DONE, [])


def test_sessions_end(office: SmallOffice) -> None:
    with office.reading() as look:
        before = set(look.session.scalars(select(Staff.fs_uniquifier)))
    begin(office)
    with office.reading() as look:
        assert not before & set(look.session.scalars(select(Staff.fs_uniquifier)))


def test_a_station_claims_nothing_until_it_is_reconciled(office: SmallOffice, queued: Case) -> None:
    begin(office)
    with office.reading() as look, pytest.raises(Conflict, match="under Reconciliation"):
        journals.check_may_claim(look, station=office.station)
    tell(office)
    close(office)
    with office.reading() as look:
        journals.check_may_claim(look, station=office.station)


def test_a_journal_is_asked_from_the_last_claim_that_is_known(office: SmallOffice, claimed: Case) -> None:
    begin(office)
    assert claimed.claim is not None
    with office.reading() as look:
        asked = devices.errand(look, station=office.station)
        assert asked is not None
        assert asked.journal is not None
        assert asked.journal.since_claim == claimed.claim.claim_id
    tell(office)
    with office.reading() as look:
        assert devices.errand(look, station=office.station) is None


def test_what_the_register_knows_is_no_difference(office: SmallOffice, made: Case) -> None:
    (job,) = jobs_of(office)
    begin(office)
    known = told(job.id, claim_id=job.claim_id, blank_serial=job.document.blank_serial)
    tell(office, known, told(outcome=Outcome.NOT_STARTED))
    assert differences(office) == []


def test_a_journal_told_twice_is_taken_once(office: SmallOffice) -> None:
    begin(office)
    claim = told(blank_serial="card-3")
    tell(office, claim, is_last=False)
    tell(office, claim)
    assert len(differences(office)) == 1


@on_sqlite
def test_a_journal_is_taken_from_its_own_station(office: SmallOffice) -> None:
    with office.act(SYSTEM) as act:
        other, _ = tokens.add_station(act, "s2", centres.named(act, "timisoara"))
    begin(office)
    row = row_of(office)
    with office.act(tokens.actor_of(other)) as act, pytest.raises(NotFound):
        journals.take(act, journals_part(row.id), station=other)


def journals_part(row_id: object) -> journals.JournalPart:
    return journals.JournalPart.model_validate({"reconciliation": row_id, "before": 0, "claims": (), "is_last": True})


def test_a_lost_card_uses_its_blank_up_and_keeps_the_number_that_was_read(office: SmallOffice) -> None:
    begin(office)
    tell(office, told(blank_serial="card-chip-3", chip_uid="0411223344"), told(blank_serial="card-chip-4"))
    settle(office, Settlement(Way.OUT, "at its holder", number="pc 1000044"))
    settle(office, DESTROYED, 1)
    first, second = differences(office)
    assert (first.way, first.number, second.way) == ("out", "PC1000044", "destroyed")
    assert (blank(office, "card-chip-3").state, blank(office, "card-chip-4").state) == ("consumed", "spoiled")
    assert blank(office, "card-chip-3").chip_uid == "0411223344"
    with pytest.raises(Conflict, match="settled meanwhile"):
        settle(office, OUT)


def test_a_lost_card_on_a_blank_that_the_ledger_never_saw(office: SmallOffice) -> None:
    begin(office)
    tell(office, told(blank_serial="NEW-1"))
    with pytest.raises(InvalidInput, match="which stock"):
        settle(office, OUT)
    settle(office, Settlement(Way.OUT, "at its holder", stock="card"))
    assert (blank(office, "NEW-1").state, blank(office, "NEW-1").stock) == ("consumed", "card")


@on_sqlite
def test_a_number_that_the_register_knows_is_not_lost(office: SmallOffice, made: Case) -> None:
    begin(office)
    tell(office, told(blank_serial="card-chip-9"))
    with pytest.raises(InvalidInput, match="knows a document of this number"):
        settle(office, Settlement(Way.OUT, "read it", number=made.number))


def test_a_job_that_was_made_goes_to_its_check(office: SmallOffice, claimed: Case) -> None:
    (job,) = jobs_of(office)
    begin(office)
    tell(office, told(job.id, claim_id=job.claim_id, blank_serial="card-chip-1", digests=job.digests))
    settle(office, Settlement(Way.MADE, "lies in the tray"))
    (job,) = jobs_of(office)
    assert (job.state, job.document.state, job.document.number) == ("done", "personalised", claimed.number)
    assert blank(office, "card-chip-1").state == "consumed"


def test_a_job_that_another_claim_made_is_made_again_under_a_new_number(office: SmallOffice, queued: Case) -> None:
    """Nobody knows who operated the station then, so the card cannot be checked by somebody else."""
    (job,) = jobs_of(office)
    begin(office)
    tell(office, told(job.id, blank_serial="card-chip-1", digests=job.digests))
    with pytest.raises(InvalidInput):
        settle(office, Settlement(Way.MADE, "lies in the tray"))
    settle(office, AGAIN)
    old, new = jobs_of(office)
    assert (old.state, old.document.state) == (JobState.SPOILED, DocumentState.CANCELLED)
    assert (new.document.attempt, new.document.attempt_reason) == (2, "restored")
    assert new.document.number not in (queued.number, "")
    assert blank(office, "card-chip-1").state == "spoiled"


def test_a_test_print_spoils_its_blank(office: SmallOffice) -> None:
    begin(office)
    tell(office, told(blank_serial="card-5", test=True))
    settle(office, DESTROYED)
    assert blank(office, "card-5").state == "spoiled"


def test_held_jobs_go_on_under_new_numbers_once_all_journals_are_told(office: SmallOffice, queued: Case) -> None:
    begin(office)
    supervisor = office.actors["supervisor"]
    with office.act(supervisor) as act, pytest.raises(Conflict, match="told its journal"):
        reconciliation.go_on(act, supervisor.centre_id)
    tell(office)
    with office.act(supervisor) as act:
        assert reconciliation.go_on(act, supervisor.centre_id) == 0
    with office.reading() as look:
        states = {it.number: it.state for it in look.session.scalars(select(Document))}
    assert states.pop(queued.number) == DocumentState.CANCELLED
    assert list(states.values()) == [DocumentState.PREPARED]


def test_a_station_is_closed_when_all_is_settled_and_counted(office: SmallOffice) -> None:
    begin(office)
    tell(office, told(blank_serial="card-3"))
    with pytest.raises(Conflict, match="Not every difference"):
        close(office)
    settle(office, OUT)
    with pytest.raises(InvalidInput, match="no unused blank card-3"):
        close(office, "card-3")
    close(office, "card-7")
    assert blank(office, "card-7").state == "missing"
    with office.reading() as look:
        found = report.newest(look)
    assert found is not None
    assert found.open == 0


@on_sqlite
def test_a_restore_within_a_reconciliation_begins_where_that_began(office: SmallOffice, claimed: Case) -> None:
    begin(office)
    first = row_of(office)
    begin(office)
    second = row_of(office)
    assert second.id != first.id
    assert second.since_claim == first.since_claim
