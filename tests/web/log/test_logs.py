"""The logs that strangers verify: an auditor sees all, a supervisor the own centre's, and each saves proofs."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from uuid import uuid4

import pypdfium2
import zxingcpp
from sqlalchemy import select

from issuance import tasks
from issuance.chores.log import cosign_logs, write_log
from issuance.models.audit import AuditEvent
from issuance.office import Office
from issuance.services import centres
from issuance.services.counts import closing
from issuance.services.log import proofs
from issuance.services.log.writing import Log
from tests.counterparts import require
from tests.logs import audited, cosigning
from tests.people import LAYLA, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


def signed(office: Office) -> None:
    tasks.link_audit(office)
    write_log(office)


def test_an_auditor_takes_checkpoint_and_proof_outside(
    client: Browser, people: SmallOffice, office: Office, tmp_path: Path
) -> None:
    auditor = sit_down(client, office, people, "auditor")
    people.carry("complete")
    tasks.link_audit(office)
    assert "/oversight/log" in auditor.get("/oversight/chain").text
    events = auditor.get("/oversight/events?act=request.lodged").text
    (address,) = re.findall(r'href="(/oversight/log/events/[^"]+)"', events)
    assert "not signed yet" in auditor.get(address).text
    assert auditor.get(f"{address}/proof").status_code == 409
    signed(office)
    page = auditor.get("/oversight/log").text
    assert "The office" in page
    assert "No second place keeps the checkpoints" in page
    keys = re.findall(r'<bdi class="code" dir="ltr">([^<+]+\+[0-9a-f]{8}\+[^<]+)</bdi>', page)
    assert len(keys) == page.count("Save the checkpoint") >= 2
    shown = auditor.get(address).text
    origin = re.findall(r'<bdi class="code" dir="ltr">([^<]*/[^<]+)</bdi>', shown)[-1]
    (key,) = [each.replace("&#43;", "+") for each in keys if each.startswith(f"{origin}+")]
    for number, link in enumerate(re.findall(r'href="([^"]+/proof[^"]*)"', shown)):
        answer = auditor.get(link.replace("&amp;", "&"))
        assert answer.content_type == "text/plain; charset=utf-8"
        assert answer.headers["Content-Disposition"].endswith('.tlog-proof"')
        (tmp_path / f"{number}").write_bytes(answer.data)
        assert audited("proof", tmp_path / f"{number}", key=key) == 0
    chain = origin.rpartition("/")[2]
    assert auditor.get(f"/oversight/log/checkpoint?chain={chain}").text.startswith(f"{origin}\n")
    assert auditor.get("/oversight/log/checkpoint?chain=nowhere").status_code == 404


def test_reading_is_an_event_that_is_proved(
    client: Browser, people: SmallOffice, office: Office, tmp_path: Path
) -> None:
    """A clerk opens a case and searches: each is an entry of the log of the centre, which nobody can take out again."""
    clerk = sit_down(client, office, people, "clerk")
    request_id = people.carry("complete").request_id
    tasks.link_audit(office)
    with office.reading() as look:
        before = set(look.session.scalars(select(AuditEvent.id)))
    assert clerk.get(f"/cases/{request_id}").status_code == 200
    found = clerk.submit("/search", {"q": "Haddad"})
    assert clerk.get(found.headers["Location"]).status_code in (200, 303)
    signed(office)
    with office.reading() as look:
        read = [each for each in look.session.scalars(select(AuditEvent)) if each.id not in before]
        made = {each.act: each for each in read}
        assert {"case.opened", "case.searched"} <= set(made)
        for act in ("case.opened", "case.searched"):
            log = Log(look, proofs.place(look, made[act].id)[1].chain)
            assert log.chain == str(people.actors["clerk"].centre_id)
            file = tmp_path / act
            file.write_text(proofs.proof(look, made[act].id, whole=True))
            assert audited("proof", file, key=log.verifier) == 0
            file.write_text(file.read_text().replace("index ", "index 1", 1))
            assert audited("proof", file, key=log.verifier) == 1


def test_the_receipt_carries_the_proof_of_its_lodging(
    client: Browser, people: SmallOffice, office: Office, tmp_path: Path
) -> None:
    """From the desk to a lawyer with the paper and the key: the lodging is proved, and any changed byte is not."""
    clerk = sit_down(client, office, people, "clerk")
    address = f"/cases/{people.lodge(LAYLA)}/receipt.pdf"
    assert not any("tlog-proof" in each for each in codes(clerk.get(address).data)), "nothing is signed yet"
    for number in range(9):
        people.lodge(changed(LAYLA, case_reference=f"2026/TM/3{number}", given_names="Amal" + "abcdefghi"[number]))
    signed(office)
    for language in ("en", "ar"):
        (proof,) = [each for each in codes(clerk.get(f"{address}?language={language}").data) if "tlog-proof" in each]
    file = tmp_path / "lodging.tlog-proof"
    file.write_text(proof)
    with office.reading() as look:
        log = Log(look, str(people.actors["clerk"].centre_id))
    assert len(proof.encode()) <= proofs.MOST_BYTES
    assert audited("proof", file, key=log.verifier) == 0
    told = base64.b64decode(proof.split("\n")[1].removeprefix("extra "))
    assert set(json.loads(zlib.decompress(told))["event"]) == {"act", "at", "id"}
    for at in range(0, len(proof), 17):
        file.write_text(proof[:at] + ("A" if proof[at] != "A" else "B") + proof[at + 1 :])
        assert audited("proof", file, key=log.verifier) != 0, at


def test_a_supervisor_sees_the_own_centre_alone(client: Browser, people: SmallOffice, office: Office) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    people.carry("complete")
    signed(office)
    page = supervisor.get("/oversight/log").text
    assert page.count("Save the checkpoint") == 1
    assert "The office" not in page
    assert supervisor.get("/oversight/log/checkpoint?chain=office").status_code == 404
    assert supervisor.get(f"/oversight/log/events/{uuid4()}").status_code == 404


def test_a_log_that_does_not_open_is_said(client: Browser, people: SmallOffice, office: Office) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    people.carry("complete")
    signed(office)
    (note,) = (
        path for path in (office.settings.var / "log").rglob("checkpoint") if "office" not in str(path.parent.name)
    )
    note.write_text("nothing\n")
    page = supervisor.get("/oversight/log")
    assert page.status_code == 200
    assert "This log does not open." in page.text


def test_who_signs_elsewhere_stands_on_the_page_and_on_the_closing_of_the_day(
    client: Browser, people: SmallOffice, office: Office, tmp_path: Path
) -> None:
    require("openssl", "it makes the keys and the signatures of a cosigner")
    supervisor = sit_down(client, office, people, "supervisor")
    people.carry("complete")
    signed(office)
    assert "No other centre signs the logs." in supervisor.get("/oversight/log").text
    with office.reading() as look:
        own = Log(look, str(people.actors["supervisor"].centre_id))
    with cosigning(tmp_path / "galati", "galati.example/cosigner", own.verifier) as galati:
        office.settings = people.settings = office.settings.model_copy(update={"log_cosigners": galati})
        assert "has not signed yet" in supervisor.get("/oversight/log").text
        cosign_logs(office)
    size = len(own.tiles().bundle(0))
    page = supervisor.get("/oversight/log").text
    assert f"{size} entries, " in page
    assert "It did not answer." not in page
    assert "galati.example/cosigner" in supervisor.get(f"/oversight/log/checkpoint?chain={own.chain}").text
    people.carry("lodged", changed(LAYLA, case_reference="2026/TM/2", given_names="Amal"))
    signed(office)
    cosign_logs(office)
    assert "It did not answer." in supervisor.get("/oversight/log").text
    (written,) = (path for path in (own.folder / "cosigners").iterdir())
    written.write_text(written.read_text().replace('"silent"', '"refused"'))
    assert "It refused: it signed another story of this log." in supervisor.get("/oversight/log").text
    closing_page = supervisor.get("/days/close").text
    assert "Entries of the log that a cosigner refused to sign" in closing_page
    assert "galati.example/cosigner" in closing_page


def test_the_sheet_of_a_day_carries_its_checkpoint(
    client: Browser, people: SmallOffice, office: Office, tmp_path: Path
) -> None:
    people.carry("complete")
    tasks.link_audit(office)
    supervisor = sit_down(client, office, people, "supervisor")
    with office.act(people.actors["supervisor"]) as act:
        said = {each.key: "nobody could say" for each in closing.draft(act).differences}
        centre_id = people.actors["supervisor"].centre_id
        assert centre_id
        day = closing.close(act, centres.with_id(act, centre_id), said)
        address, size = f"/days/{day.id}/sheet.pdf", day.position
    assert codes(supervisor.get(address).data) == []
    signed(office)
    (first,) = codes(supervisor.get(address).data)
    people.carry("lodged", changed(LAYLA, case_reference="2026/TM/2", given_names="Amal"))
    signed(office)
    assert codes(supervisor.get(address).data) == [first]
    with office.reading() as look:
        log = Log(look, str(centre_id))
    for name, note in (("paper", first), ("newest", log.note)):
        (tmp_path / name).write_text(note)
    assert first.split("\n")[1] == str(size)
    files = (tmp_path / "paper", tmp_path / "newest")
    assert audited("consistent", *files, "--folder", log.folder, key=log.verifier) == 0


def codes(sheet: bytes) -> list[str]:
    """What the QR codes of a paper say."""
    with pypdfium2.PdfDocument(sheet) as document:
        pictures = [page.render(scale=4).to_pil() for page in document]
    return [each.text for picture in pictures for each in zxingcpp.read_barcodes(picture)]
