"""The access report: everything tables keep of a person, signed, handed over by another, deleted after its term."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import zipfile
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import LargeBinary, select

from issuance import migrate
from issuance.actors import Actor
from issuance.chores import reports as chore
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.persons.consent import consent_text
from issuance.models.audit import AuditEvent
from issuance.models.privacy import AccessReport, Demand
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.casework import cases
from issuance.services.mandates import consents, giving
from issuance.services.mandates.consents import Said
from issuance.services.mandates.giving import Given
from issuance.services.privacy import demands, reports, tables
from issuance.services.privacy.demands import Answer, Asked
from issuance.services.privacy.gathering import is_said
from tests.people import LAYLA, Case, SmallOffice, changed

ROOTS = {"person", "request", "document"}


def take_in(office: SmallOffice, request_id: UUID, role: str = "clerk", **changes: object) -> UUID:
    asked = Asked(**({"kind": "access", "identity": "portrait"} | changes))  # type: ignore[arg-type]
    with office.act(office.actors[role]) as act:
        return demands.take_in(act, act.session.get_one(IssuanceRequest, request_id), asked).id


def made(office: SmallOffice, request_id: UUID, **changes: object) -> UUID:
    demand_id = take_in(office, request_id, **changes)
    chore.make_report(office, str(demand_id))
    return demand_id


def opened(office: SmallOffice, demand_id: UUID) -> dict[str, bytes]:
    """The files, as they are in what is handed over."""
    with office.act(office.actors["second_clerk"]) as act:
        reports.hand_over(act, act.session.get_one(Demand, demand_id), "portrait")
    with office.act(office.actors["second_clerk"]) as act:
        data = reports.open_file(act, act.session.get_one(Demand, demand_id))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def lines(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


# What it says


def test_every_table_about_a_person_is_in_the_report_or_left_out_for_a_reason() -> None:
    """A new table that leads to a person is named in `services/privacy/tables.py`, or this fails."""
    known = migrate.metadata().tables
    for table in known.values():
        leads = {key.column.table.name for key in table.foreign_keys} & (set(tables.ABOUT) | ROOTS)
        assert not leads or table.name in {*tables.ABOUT, *tables.LEFT_OUT}, f"{table.name} leads to {sorted(leads)}"
    assert set(tables.ABOUT) & set(tables.LEFT_OUT) == set()
    assert {*tables.ABOUT, *tables.LEFT_OUT} <= set(known)
    kinds = [table for listed in tables.KINDS.values() for table in listed]
    assert sorted(kinds) == sorted(tables.ABOUT), "each is of one kind for the reader"


def test_what_of_a_row_is_left_out_is_there_and_everything_encrypted_is_opened_or_named() -> None:
    known = migrate.metadata().tables
    hidden = tables.hidden()
    for name in hidden:
        table, _, column = name.partition(".")
        assert table == "*" or column in known[table].columns, name
    for name in tables.ABOUT:
        for column in known[name].columns:
            place = f"{name}.{column.name}"
            if isinstance(column.type, LargeBinary):
                assert place in hidden, place
            if any(key.column.table.name == "blob" for key in column.foreign_keys):
                assert place in {*tables.FILES, *tables.TEXTS, *hidden, "access_report.blob_id"}, place
    assert is_said(known["person"], "family_name")
    assert not is_said(known["request"], "lodged_by")


def test_the_report_has_everything_and_openssl_verifies_it(office: SmallOffice, checked: Case, tmp_path: Path) -> None:
    office.hand_over(checked.request_id, checked.number)
    with office.act(office.actors["auditor"]) as act:
        cases.open_case(act, checked.request_id)
    demand_id = made(office, checked.request_id)
    files = opened(office, demand_id)
    assert set(files) >= {"read-me.pdf", "data.json", "data.csv", "reads.csv", "disclosures.csv", "retention.csv"}
    data = json.loads(files["data.json"])
    (person,) = data["tables"]["person"]
    assert (person["family_name"], person["native_name"]) == (LAYLA.identity.family_name, LAYLA.identity.native_name)
    (document,) = data["tables"]["document"]
    assert document["number"] == checked.number
    assert document["content"]["family_name"] == LAYLA.identity.family_name
    (request,) = data["tables"]["request"]
    assert (request["phone"], request["centre"]) == (LAYLA.phone, "Timișoara")
    assert ["request", "1", "phone", f"'{LAYLA.phone}"] in lines(files["data.csv"])
    pictures = {name for name in files if name.startswith("files/")}
    assert {name.partition("-")[0] for name in pictures} == {"files/portrait", "files/signature"}
    assert all(data["tables"]["portrait"][0][name] in files for name in ("master", "print"))
    readings = lines(files["reads.csv"])[1:]
    assert any(row[1:4] == ["فتح الملف", "مدقق", "Timișoara"] for row in readings), readings
    assert len(lines(files["retention.csv"])) == 3
    whole = b"".join(files[name] for name in files if name.endswith((".json", ".csv"))).decode("utf-8-sig", "ignore")
    assert [actor for actor in office.actors.values() if str(actor.id) in whole] == []
    assert "auditor@" not in whole
    signed_as_openssl_says(files, tmp_path)


def signed_as_openssl_says(files: dict[str, bytes], folder: Path) -> None:
    for name in ("manifest.json", "manifest.sig", "signer.pem"):
        (folder / name).write_bytes(files[name])
    key = subprocess.run(["openssl", "x509", "-pubkey", "-noout", "-in", "signer.pem"], cwd=folder, capture_output=True)
    (folder / "key.pem").write_bytes(key.stdout)
    verify = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "manifest.sig", "manifest.json"]
    assert subprocess.run(verify, cwd=folder, capture_output=True).stdout == b"Verified OK\n"
    manifest = json.loads(files["manifest.json"])
    assert set(manifest["files"]) == set(files) - {"manifest.json", "manifest.sig", "signer.pem"}
    for name, digest in manifest["files"].items():
        (folder / "one").write_bytes(files[name])
        said = subprocess.run(["sha256sum", "one"], cwd=folder, capture_output=True, text=True).stdout
        assert said.split()[0] == digest
    (folder / "manifest.json").write_bytes(files["manifest.json"].replace(b'"version": 1', b'"version": 2'))
    assert subprocess.run(verify, cwd=folder, capture_output=True).returncode != 0


@pytest.mark.parametrize("language", ["ro", "en", "fr", "ar", "uk", "bn", "ur", "so"])
def test_the_paper_is_in_the_language_of_the_person(office: SmallOffice, language: str) -> None:
    request_id = office.lodge(changed(LAYLA, language=language))
    files = opened(office, made(office, request_id))
    document = pypdfium2.PdfDocument(files["read-me.pdf"])
    said = "\n".join(page.get_textpage().get_text_range() for page in document)
    assert "Ce date păstrăm despre dumneavoastră" in said
    assert LAYLA.identity.family_name in said
    if language in ("fr", "so"):
        assert {"fr": "Vos droits", "so": "Your rights"}[language] in said


def test_a_name_in_a_script_without_a_font_and_a_very_long_word_do_not_stop_the_report(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, native_name="ሰላም", address="a" * 120))
    files = opened(office, made(office, request_id))
    assert "ሰላም" in json.loads(files["data.json"])["tables"]["person"][0]["native_name"]


def test_what_was_left_out_is_said_and_recorded(office: SmallOffice, complete: Case) -> None:
    files = opened(office, made(office, complete.request_id))
    withheld = json.loads(files["manifest.json"])["withheld"]
    assert withheld["staff_names"] == "Regulation (EU) 2016/679, Art 15(4)"
    with office.reading() as look:
        row = look.session.scalars(select(AccessReport)).one()
    assert set(row.withheld) == set(withheld)


# Who may, and when


def test_the_term_is_a_month_and_is_made_longer_once(office: SmallOffice, complete: Case) -> None:
    demand_id = take_in(office, complete.request_id)
    with office.reading() as look:
        row = look.session.get_one(Demand, demand_id)
        taken, due = row.taken_on, row.due_on
    assert 28 <= (due - taken).days <= 34
    with office.act(office.actors["supervisor"]) as act, pytest.raises(InvalidInput, match="why"):
        demands.extend(act, act.session.get_one(Demand, demand_id), " ")
    with office.act(office.actors["supervisor"]) as act:
        demands.extend(act, act.session.get_one(Demand, demand_id), "twenty files to look through")
    with office.reading() as look:
        assert 89 <= (look.session.get_one(Demand, demand_id).due_on - taken).days <= 95
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="once"):
        demands.extend(act, act.session.get_one(Demand, demand_id), "again")


def test_a_term_that_is_over_is_not_made_longer(office: SmallOffice, complete: Case) -> None:
    demand_id = take_in(office, complete.request_id)
    office.clock.advance(dt.timedelta(days=40))
    office.keep_time()
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="over"):
        demands.extend(act, act.session.get_one(Demand, demand_id), "late")


def test_who_took_it_in_does_not_hand_it_over(office: SmallOffice, complete: Case) -> None:
    demand_id = made(office, complete.request_id)
    with office.act(office.actors["clerk"]) as act, pytest.raises(NotAllowed, match="took this in"):
        reports.hand_over(act, act.session.get_one(Demand, demand_id), "portrait")
    with office.act(office.actors["second_clerk"]) as act, pytest.raises(InvalidInput, match="hand-over first"):
        reports.open_file(act, act.session.get_one(Demand, demand_id))
    with office.act(office.actors["second_clerk"]) as act, pytest.raises(InvalidInput, match="one of"):
        reports.hand_over(act, act.session.get_one(Demand, demand_id), "his word")


def test_nothing_is_handed_over_before_it_is_made_and_one_report_is_made_at_a_time(
    office: SmallOffice, complete: Case
) -> None:
    demand_id = take_in(office, complete.request_id)
    with office.act(office.actors["second_clerk"]) as act, pytest.raises(Conflict, match="not made yet"):
        reports.hand_over(act, act.session.get_one(Demand, demand_id), "portrait")
    with pytest.raises(Conflict, match="already"):
        take_in(office, complete.request_id)
    for _ in range(2):
        chore.make_report(office, str(demand_id))
    with office.reading() as look:
        acts = list(look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("demand.report%"))))
    assert acts == ["demand.report_made"]


def test_a_minor_is_spoken_for_by_a_mandate(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, birth_date="2015-03-02", representative="Popa Ana (mother)"))
    with pytest.raises(InvalidInput, match="representative") as refused:
        take_in(office, request_id)
    assert refused.value.field == "mandate_id"
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, request_id).person
        (mandate,) = demands.who_may_ask(look, person)
    demand_id = take_in(office, request_id, mandate_id=mandate.id)
    with office.reading() as look:
        assert look.session.get_one(Demand, demand_id).mandate_id == mandate.id


def test_a_lawyer_asks_with_a_mandate_to_see_the_file_alone(office: SmallOffice, complete: Case) -> None:
    for scope, may in (("see_status", False), ("see_file", True)):
        with office.act(office.actors["clerk"]) as act:
            request = act.session.get_one(IssuanceRequest, complete.request_id)
            given = Given("lawyer", "Ionescu Maria", "lawyer", [scope], "mandate 4/2026")
            mandate = giving.give(act, request, given)
            mandate_id = mandate.id
            if may:
                consents.record(act, request, mandate, Said("ro", consent_text().version.isoformat()))
        if may:
            assert take_in(office, complete.request_id, mandate_id=mandate_id)
        else:
            with pytest.raises(InvalidInput, match="mandate"):
                take_in(office, complete.request_id, mandate_id=mandate_id)


def test_another_centre_takes_nothing_in(office: SmallOffice, complete: Case) -> None:
    with office.reading() as look:
        other = next(each for each in centres.listed(look) if each.id != office.actors["clerk"].centre_id)
    stranger = Actor(office.actors["clerk"].id, other.id, office.actors["clerk"].roles)
    with office.act(stranger) as act, pytest.raises(NotAllowed):
        demands.take_in(act, act.session.get_one(IssuanceRequest, complete.request_id), Asked("access", "portrait"))


# Its end


def test_the_file_is_deleted_after_its_term(office: SmallOffice, complete: Case) -> None:
    demand_id = made(office, complete.request_id)
    assert opened(office, demand_id)
    for days, gone in ((30, False), (1, True)):
        office.clock.advance(dt.timedelta(days=days))
        office.keep_time()
        chore.delete_reports(office)
        with office.act(office.actors["second_clerk"]) as act:
            demand = act.session.get_one(Demand, demand_id)
            if gone:
                with pytest.raises(NotFound, match="deleted"):
                    reports.open_file(act, demand)
            else:
                assert reports.open_file(act, demand)


def test_a_refused_demand_keeps_no_file(office: SmallOffice, complete: Case) -> None:
    demand_id = made(office, complete.request_id)
    answer = Answer("refused", "gdpr 12(5)", "The same was asked each day of this month.")
    with office.act(office.actors["second_clerk"]) as act:
        demands.answer(act, act.session.get_one(Demand, demand_id), answer)
    chore.delete_reports(office)
    with office.reading() as look:
        assert look.session.scalars(select(AccessReport.blob_id)).one() is None


def test_nothing_personal_is_in_its_events(office: SmallOffice, complete: Case) -> None:
    opened(office, made(office, complete.request_id, said="Layla Al-Masri asks"))
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act.like("demand.%"))).all()
        assert {event.act for event in events} == {
            *("demand.taken_in", "demand.report_made", "demand.report_handed_over", "demand.report_opened"),
        }
        said = json.dumps([[event.details, event.reason] for event in events])
    assert "Layla" not in said
    assert "Masri" not in said
