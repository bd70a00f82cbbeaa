"""The log is signed elsewhere too: by whom the settings name, and never when it tells another story than before."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.chores import log as chore
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict, Unfit
from issuance.models.audit import AuditLink
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services.log import cosigning, entries, proofs
from issuance.services.log.cosigning import Answer
from issuance.services.log.writing import Log
from issuance.settings import Settings, check
from tests.counterparts import free_port, require
from tests.integration.log.test_log import CLERK, happen, log_of, write
from tests.integration.rows import a_centre
from tests.logs import VKEY, audited, cosigned_by_go
from tests.logs import cosigning as elsewhere
from verify import liman_cosign

NAME = "galati.example/cosigner"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC))


@pytest.fixture
def office(database: Database, clock: FixedClock, tmp_path: Path) -> Office:
    require("openssl", "it makes the keys and the signatures of a cosigner")
    settings = Settings(var=tmp_path / "var", log_name="log.office.example", log_copy=tmp_path / "copy")
    return Office(settings, database, clock)


@pytest.fixture
def centre(database: Database) -> Centre:
    with database.transaction() as session:
        return a_centre(session)


def asked_of(office: Office, cosigners: str) -> Office:
    """The same office with these cosigners."""
    settings = office.settings.model_copy(update={"log_cosigners": cosigners})
    return Office(settings, office.database, office.clock)


def behind(office: Office, centre: Centre) -> list[tuple[str, Answer, int]]:
    """What the closing of the day at this centre would say."""
    actor = Actor(id=CLERK.id, roles=CLERK.roles, centre_id=centre.id)
    with office.reading(actor) as look:
        return cosigning.behind(look)


def standing(office: Office, log: Log) -> cosigning.Standing:
    (only,) = cosigning.cosigners(office.settings)
    return cosigning.standing(log, only)


def test_another_centre_signs_and_go_reads_it(office: Office, centre: Centre, tmp_path: Path) -> None:
    happen(office, centre, 3)
    write(office)
    log = log_of(office, centre)
    with elsewhere(tmp_path / "galati", NAME, log.verifier) as galati:
        other = asked_of(office, galati)
        for count in (3, 300):
            happen(other, centre, count)
            write(other)
            chore.cosign_logs(other)
            chore.cosign_logs(other)  # signed already: nobody is asked
            write(other)  # nor does an hour without an event take the signature away
        assert standing(other, log).answer == Answer.SIGNED
    key = galati.partition("=")[0]
    assert log.copy
    for place in (log.folder, log.copy):
        assert cosigned_by_go(place / "checkpoint", tmp_path, log.verifier, key)[0].endswith(f" {NAME}")
    assert audited("export", log.folder, key=log.verifier) == 0
    check_it = ["check", str(log.folder / "checkpoint"), "--key", log.verifier, "--cosigner", key]
    assert liman_cosign.main(check_it) == 0
    assert behind(other, centre) == []
    happen(other, centre, 1)
    write(other)
    assert liman_cosign.main(check_it) == 1, "what is newer was not signed yet"


def test_a_proof_carries_what_others_signed(office: Office, centre: Centre, tmp_path: Path) -> None:
    happen(office, centre, 3)
    write(office)
    log, file = log_of(office, centre), tmp_path / "one.tlog-proof"
    with elsewhere(tmp_path / "galati", NAME, log.verifier) as galati:
        chore.cosign_logs(asked_of(office, galati))
    with office.reading() as look:
        event_id = look.session.execute(select(AuditLink.event_id).limit(1)).scalar_one()
        file.write_text(proofs.proof(look, event_id))
    assert f"\u2014 {NAME} " in file.read_text()
    assert audited("proof", file, key=log.verifier) == 0


def test_another_story_is_not_signed_and_is_named(office: Office, centre: Centre, tmp_path: Path) -> None:
    """Who has the register, its keys and the second place begins the log anew: the cosigner does not go along."""
    happen(office, centre, 5)
    write(office)
    log = log_of(office, centre)
    with elsewhere(tmp_path / "galati", NAME, log.verifier) as galati:
        other = asked_of(office, galati)
        chore.cosign_logs(other)
        shutil.rmtree(log.folder)
        assert log.copy
        shutil.rmtree(log.copy)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(entries, "SALT", b"another story\n")
            happen(other, centre, 2)
            write(other)
            with pytest.raises(Conflict, match=f"{NAME} signed another story"):
                chore.cosign_logs(other)
    assert standing(other, log).answer == Answer.REFUSED
    assert [(name, answer) for name, answer, _ in behind(other, centre)] == [(NAME, Answer.REFUSED)]
    assert NAME not in log.note


def test_a_shorter_log_is_not_signed(office: Office, centre: Centre, tmp_path: Path) -> None:
    happen(office, centre, 5)
    write(office)
    log = log_of(office, centre)
    shutil.copytree(log.folder, tmp_path / "before")
    with elsewhere(tmp_path / "galati", NAME, log.verifier) as galati:
        other = asked_of(office, galati)
        happen(other, centre, 5)
        write(other)
        chore.cosign_logs(other)
        shutil.rmtree(log.folder)
        shutil.copytree(tmp_path / "before", log.folder)
        with pytest.raises(Conflict, match="signed another story"):
            chore.cosign_logs(other)


@pytest.mark.parametrize("knows", [True, False])
def test_who_is_silent_is_named_after_a_day(office: Office, centre: Centre, tmp_path: Path, knows: bool) -> None:
    happen(office, centre, 3)
    write(office)
    log, folder = log_of(office, centre), tmp_path / "galati"
    with elsewhere(folder, NAME, log.verifier) as galati:
        key, _, _ = galati.partition("=")
        chore.cosign_logs(asked_of(office, galati))
    signed_at = standing(asked_of(office, galati), log).signed_at
    assert signed_at
    happen(office, centre, 2)
    write(office)
    if knows:
        other = asked_of(office, f"{key}=http://127.0.0.1:{free_port()}/")
        chore.cosign_logs(other)
    else:
        with elsewhere(folder, NAME, VKEY) as again:
            other = asked_of(office, again)
            chore.cosign_logs(other)
    answer = Answer.SILENT if knows else Answer.UNKNOWN
    known = standing(other, log)
    assert (known.answer, known.size, known.signed_at) == (answer, 3, signed_at)
    for hours, named in ((1, []), (25, [(NAME, answer, 2)])):
        later = Office(other.settings, other.database, FixedClock(signed_at + dt.timedelta(hours=hours)))
        assert behind(later, centre) == named


def test_an_answer_that_is_no_signature_is_not_taken(office: Office, centre: Centre, tmp_path: Path) -> None:
    happen(office, centre, 3)
    write(office)
    log = log_of(office, centre)
    with elsewhere(tmp_path / "galati", NAME, log.verifier) as galati:
        (right,) = cosigning.cosigners(asked_of(office, galati).settings)
    with elsewhere(tmp_path / "iasi", "iasi.example/cosigner", log.verifier) as iasi:
        (wrong,) = cosigning.cosigners(asked_of(office, iasi).settings)
    newest = log.newest()
    assert newest
    line = liman_cosign.cosign(tmp_path / "galati", cosigning.by_hand(log, right), 1772445600)
    at = line.index(NAME) + len(NAME) + 20
    for text in (
        "",
        "nothing",
        line.replace(NAME, "x"),
        line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :],
    ):
        assert cosigning.take(log, right, newest, text) is None
    assert cosigning.take(log, wrong, newest, line) is None
    assert cosigning.standing(log, right).answer is None
    assert cosigning.take(log, right, newest, f"other\n{line}") == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "wrong", ["galati", VKEY, "a+00000000+B" + "A" * 43, "KEY=http://galati.example/", "KEY=galati"]
)
def test_a_cosigner_that_cannot_be_is_refused(tmp_path: Path, wrong: str) -> None:
    key = liman_cosign.key_of(NAME, b"k" * 32)
    check(Settings(var=tmp_path, log_cosigners=f"{key} {key}=https://galati.example:8417/"))
    with pytest.raises(Unfit, match="LIMAN_LOG_COSIGNERS"):
        check(Settings(var=tmp_path, log_cosigners=wrong.replace("KEY", key)))


def test_nobody_is_asked_when_nobody_is_named(office: Office, centre: Centre) -> None:
    happen(office, centre, 1)
    write(office)
    chore.cosign_logs(office)
    assert behind(office, centre) == []
