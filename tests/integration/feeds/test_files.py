"""Files of what waits: numbered, signed so that openssl agrees, answered by receipts, sent again until they are."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from asn1crypto import x509
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM, Actor
from issuance.chores import feeds as chores
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.feeds import recipients
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.feeds import FeedAllowance, FeedFile
from issuance.services.feeds import allowances, disclosures, files, outbox, receipts
from issuance.services.life import retention
from tests.feeds import facts, lines, receipt, report, sent, settle, take, told
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed


@pytest.fixture
def lost(office: SmallOffice, checked: Case) -> Case:
    """A document that was handed over and reported lost."""
    office.hand_over(checked.request_id, checked.number)
    report(office, checked)
    return checked


def events(office: SmallOffice, file: FeedFile) -> list[str]:
    return [line["event"] for line in lines(office, file)[1:]]


# What goes


def test_a_file_says_the_document_and_nobodys_name(office: SmallOffice, lost: Case) -> None:
    (file,) = sent(office, "sltd")
    head, row = lines(office, file)
    assert (head["feed"], head["file"], head["rows"]) == ("sltd", 1, 1)
    assert set(row) == {"event", "fact", "day", "number", "code", "country", "held"}
    assert (row["fact"], row["day"], row["number"], row["held"]) == ("lost", "2026-11-02", lost.number, "issued")
    with office.reading() as look:
        body = files.body_of(look, file)
        assert body == file.body
        assert outbox.oldest(look, "sltd") is None
    assert b"Masri" not in body
    assert b"1992" not in body


def openssl_says(folder: Path, certificate: bytes, body: bytes, signature: bytes) -> bool:
    """What openssl says of a file and its signature, from the certificate alone."""
    key, signed, data = folder / "key.der", folder / "file.sig", folder / "file.jsonl"
    key.write_bytes(x509.Certificate.load(certificate).public_key.dump())
    signed.write_bytes(signature)
    data.write_bytes(body)
    asked = ["openssl", "dgst", "-sha256", "-verify", key, "-keyform", "DER", "-signature", signed, data]
    return subprocess.run(asked, capture_output=True).returncode == 0


def test_openssl_verifies_the_signature_and_sees_a_changed_letter(
    office: SmallOffice, lost: Case, tmp_path: Path
) -> None:
    (file,) = sent(office, "sis")
    assert file.body
    assert file.signature
    certificate = office.list_signer.use(lambda signer: signer.certificate)
    assert openssl_says(tmp_path, certificate, file.body, file.signature)
    assert not openssl_says(tmp_path, certificate, file.body.replace(b"lost", b"last"), file.signature)


def test_files_are_numbered_without_gaps_and_a_document_is_in_order(office: SmallOffice, lost: Case) -> None:
    sent(office, "sis")
    settle(office, "clerk", lost, "find")
    settle(office, "second_clerk", lost, "lift")
    report(office, lost, "stolen")
    found = sent(office, "sis")
    assert [file.number for file in found] == [1, 2]
    assert [line["fact"] for line in lines(office, found[1])[1:]] == ["recovered", "stolen"]
    assert len(sent(office, "sis")) == 2  # nothing waits: no empty file


@on_sqlite
def test_the_oldest_row_that_waits_is_late_after_a_quarter_of_an_hour(office: SmallOffice, lost: Case) -> None:
    with office.reading() as look:
        oldest = outbox.oldest(look, "sis")
        assert oldest == office.clock.now()
        assert not outbox.is_late(look, oldest)
        office.clock.advance(dt.timedelta(minutes=15, seconds=1))
        assert outbox.is_late(look, oldest)
        assert outbox.standing(look, recipients()["sis"]).unsent == 1


def test_a_file_that_could_not_be_signed_is_signed_next_and_still_waits(
    office: SmallOffice, lost: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(files, "signature", lambda *_: (_ for _ in ()).throw(RuntimeError("no token")))
        with pytest.raises(RuntimeError, match="no token"):
            chores.make_feeds(office)
    with office.reading() as look:
        first = look.session.scalars(select(FeedFile)).one()
        assert outbox.oldest(look, first.recipient) == first.made_at
        assert files.following(look, first.recipient, 0) is None
    assert [file.number for file in sent(office, first.recipient) if file.signature] == [1]


# What comes back


def test_a_receipt_settles_its_rows_and_the_file_is_let_go(office: SmallOffice, lost: Case) -> None:
    (file,) = sent(office, "sis")
    kept = take(office, "sis", receipt(file, events(office, file)))
    assert (kept.taken, kept.refused) == (1, 0)
    (row,) = told(office, "sis")
    assert row.acknowledged_at == office.clock.now()
    with office.reading() as look:
        settled = look.session.get_one(FeedFile, file.id)
        assert (settled.unanswered, settled.body, settled.settled_at) == (0, None, office.clock.now())
        with pytest.raises(NotFound):
            files.body_of(look, settled)
        said = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "feed.receipt_taken")).one()
        assert said.details == {"recipient": "sis", "number": 1, "count": 1, "hits": 0}


def test_a_receipt_for_another_row_or_file_or_twice_changes_nothing(office: SmallOffice, lost: Case) -> None:
    (sis,), (sltd,) = sent(office, "sis"), sent(office, "sltd")
    right = events(office, sis)
    wrong = {
        "another recipient": receipt(sltd, events(office, sltd)),
        "No file 7": receipt(sis, right, number=7),
        "digest differs": receipt(sis, right, digest=sltd.digest),
        "Line 3 answers a row that is not in this file": receipt(sis, [*right, str(uuid4())]),
        "Line 2 answers a row that is not in this file": receipt(sis, events(office, sltd)),
        "Line 3 answers a row that a line before": receipt(sis, right * 2),
        "answers no row": receipt(sis, []),
        "Line 2 is none of a receipt": receipt(sis, ["x"]),
        "Line 1 is none of a receipt": b"\xff\xfe\n{}\n",
        "longer than": b"{}\n" * 40_000,
    }
    for sentence, data in wrong.items():
        with pytest.raises(InvalidInput, match=sentence):
            take(office, "sis", data)
    assert [row.acknowledged_at for row in told(office, "sis")] == [None]
    take(office, "sis", receipt(sis, right))
    with pytest.raises(Conflict, match="answered before"):
        take(office, "sis", receipt(sis, right))
    with pytest.raises(Conflict, match="answered before"):
        take(office, "sis", receipt(sis, right, why="late"))


def test_what_the_other_side_refuses_waits_for_a_word(office: SmallOffice, lost: Case) -> None:
    (file,) = sent(office, "sis")
    assert take(office, "sis", receipt(file, events(office, file), why="unknown_type")).refused == 1
    with office.reading() as look:
        (row,) = receipts.refused(look, recipients()["sis"])
        assert (row.refused, outbox.standing(look, recipients()["sis"]).refused) == ("unknown_type", 1)
    with office.act(office.actors["supervisor"]) as act:
        receipts.again(act, receipts.refused_row(act, recipients()["sis"], row.id))
    with pytest.raises(Conflict), office.act(office.actors["supervisor"]) as act:
        receipts.again(act, receipts.refused_row(act, recipients()["sis"], row.id))
    again = sent(office, "sis")[-1]
    assert (again.number, events(office, again)) == (2, [str(row.id)])
    with pytest.raises(Conflict, match="answered before"):
        take(office, "sis", receipt(file, [str(row.id)]))
    take(office, "sis", receipt(again, [str(row.id)], why="no"))
    with office.act(office.actors["supervisor"]) as act:
        receipts.let_be(act, receipts.refused_row(act, recipients()["sis"], row.id), "told by telephone")
    with office.reading() as look:
        assert receipts.refused(look, recipients()["sis"]) == []


def test_rows_go_again_until_they_are_acknowledged_and_a_late_receipt_counts(office: SmallOffice, lost: Case) -> None:
    (first,) = sent(office, "sis")
    event = events(office, first)
    office.clock.advance(dt.timedelta(hours=24))
    chores.send_feeds_again(office)
    assert len(sent(office, "sis")) == 1  # its term is not over
    office.clock.advance(dt.timedelta(seconds=1))
    chores.send_feeds_again(office)
    first, second = sent(office, "sis")
    assert (first.body, events(office, second)) == (None, event)
    take(office, "sis", receipt(first, event))
    with office.reading() as look:
        assert [file.unanswered for file in files.listed(look, "sis")] == [0, 0]
    with pytest.raises(Conflict, match="answered before"):
        take(office, "sis", receipt(second, event))
    office.clock.advance(dt.timedelta(days=3))
    chores.send_feeds_again(office)
    assert len(sent(office, "sis")) == 2


def test_what_is_fetched_does_not_go_again_by_itself(office: SmallOffice, lost: Case) -> None:
    sent(office, "case_handling")
    office.clock.advance(dt.timedelta(days=3))
    chores.send_feeds_again(office)
    (file,) = sent(office, "case_handling")
    assert [line["fact"] for line in lines(office, file)[1:]] == ["issued", "suspended"]


# Personal columns


def second(office: SmallOffice, role: str = "clerk") -> Actor:
    """Another person as a second administrator."""
    return Actor(office.actors[role].id, office.actors[role].centre_id, frozenset({"administrator"}))


def allow(office: SmallOffice) -> FeedAllowance:
    with office.act(office.actors["administrator"]) as act:
        allowances.ask_personal(act, recipients()["sis"], "Regulation (EU) 2018/1862, Art 38(2)")
    with office.reading() as look:
        row = allowances.live(look, "sis")["personal"]
    with office.act(second(office)) as act:
        allowances.agree(act, allowances.named(act, "sis", row.id))
    return row


def test_names_go_to_sis_when_two_administrators_agreed_and_lie_encrypted(office: SmallOffice, lost: Case) -> None:
    allow(office)
    (file,) = sent(office, "sis")
    row = lines(office, file)[1]
    named = {name: row[name] for name in recipients()["sis"].personal}
    assert named == {
        "surname": "Al-Masri",
        "forenames": "Layla",
        "birth_date": "1992-01-01",
        "issue_date": "2026-11-02",
    }
    assert file.body
    assert b"Masri" not in file.body
    with office.reading() as look:
        document = look.session.get_one(Document, lost.document_id)
        found = {each.recipient.code: each for each in disclosures.disclosed(look, document.person_id)}
    assert found["sis"].columns == recipients()["sis"].personal
    assert (found["sis"].file_number, found["sltd"].columns) == (1, ())


@carrying(changed(LAYLA, document_type="TD-C"))
def test_a_convention_travel_document_goes_without_its_holder(office: SmallOffice, lost: Case) -> None:
    allow(office)
    (file,) = sent(office, "sis")
    assert not {*recipients()["sis"].personal} & set(lines(office, file)[1])


def test_one_administrator_is_not_enough_and_one_ends_it(office: SmallOffice, lost: Case) -> None:
    with office.act(office.actors["administrator"]) as act:
        allowances.ask_personal(act, recipients()["sis"], "Art 38(2)")
    with office.reading() as look:
        row = allowances.live(look, "sis")["personal"]
        assert not allowances.is_allowed(look, "sis", "personal")
    with pytest.raises(NotAllowed), office.act(office.actors["administrator"]) as act:
        allowances.agree(act, allowances.named(act, "sis", row.id))
    with office.database.transaction() as session:
        session.get_one(FeedAllowance, row.id).agreed_by = row.asked_by
        with pytest.raises(IntegrityError, match="two_agree"):
            session.flush()
        session.rollback()
    with pytest.raises(Conflict), office.act(second(office)) as act:
        allowances.ask_personal(act, recipients()["sis"], "Art 38(2)")
    with office.act(second(office)) as act:
        allowances.end(act, allowances.named(act, "sis", row.id))
    with office.act(office.actors["administrator"]) as act:
        allowances.ask_personal(act, recipients()["sis"], "Art 38(2)")
    (file,) = sent(office, "sis")
    assert "surname" not in lines(office, file)[1]


@on_sqlite
def test_interpol_never_has_a_name(office: SmallOffice) -> None:
    with pytest.raises(Conflict, match="never told"), office.act(office.actors["administrator"]) as act:
        allowances.ask_personal(act, recipients()["sltd"], "none")
    with pytest.raises(InvalidInput, match="article"), office.act(office.actors["administrator"]) as act:
        allowances.ask_personal(act, recipients()["sis"], " ")


def test_of_a_person_who_was_forgotten_no_name_goes(office: SmallOffice, lost: Case) -> None:
    allow(office)
    with office.act(SYSTEM) as act:
        request = act.session.get_one(Document, lost.document_id).request
        retention._erase(act, request)
    (file,) = sent(office, "sis")
    assert "surname" not in lines(office, file)[1]
    assert json.dumps(lines(office, file)).count("lost") == 1
    assert facts(office, "sis") == ["lost"]
