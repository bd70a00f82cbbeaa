"""The quality officer's pages: every machine part is read, unseen; equal is released, different is rejected."""

from __future__ import annotations

import html
import io
import json
from base64 import b64encode
from uuid import UUID

import pytest
import zxingcpp
from flask import Flask
from itsdangerous import URLSafeSerializer
from PIL import Image
from sqlalchemy import select

from card_drivers.troubles import Trouble
from issuance.models.documents import Document, QualityCheck
from issuance.models.production import ChipRead
from issuance.models.staff import RoleName
from issuance.models.stock import Blank
from issuance.office import Office
from issuance.services.casework.lodging import Lodging
from issuance.services.production import quality
from printing.mrz.zone import LINE_SIZES
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.seals import sealed
from tests.web.centre.shared import case_of, document_of, hidden, job_of, sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)


@pytest.fixture
def officer(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "quality_officer")


def expected(office: Office, people: SmallOffice, document_id: UUID) -> dict[str, str]:
    """What the parts must read as: the test knows, the officer is never told."""
    with office.reading() as look:
        return dict(quality.expected_values(look, look.session.get_one(Document, document_id)))


def lines(mrz: str, layout: str = "TD1") -> list[str]:
    width = LINE_SIZES[layout][1]
    return [mrz[at : at + width] for at in range(0, len(mrz), width)]


def send(officer: Browser, request_id: UUID, **fields: object):  # type: ignore[no-untyped-def]
    """Open the page, fill it in, compare."""
    page = officer.get(f"/quality/{request_id}").text
    sent = hidden(page) | {"mrz-method": "scanner"} | fields
    return officer.submit(f"/quality/{request_id}", sent, content_type="multipart/form-data")


def answer_chip(office: Office, people: SmallOffice, document_id: UUID, **changes: object) -> None:
    """The station answers the open question: the chip is as it was made, but for `changes`."""
    with office.database.reading() as session:
        read = session.scalars(select(ChipRead).where(ChipRead.answered_at.is_(None))).one()
    people.answer_chip(people.chip_reading(document_id, read.id, **changes))


@pytest.fixture
def mrz(officer: Browser, office: Office, people: SmallOffice, made: Case) -> list[str]:
    """The lines of the MRZ of the permit that was made; its chip was read."""
    send(officer, made.request_id, do="chip")
    answer_chip(office, people, made.document_id)
    return lines(expected(office, people, made.document_id)["mrz"])


def test_the_queue_knows_documents_by_their_blank(officer: Browser, people: SmallOffice, office: Office) -> None:
    assert "Nothing waits to be checked" in officer.get("/quality/").text
    case = people.carry("made")
    request_id, document_id = case.request_id, case.document_id
    serial = document_of(office, document_id).blank_serial or ""
    page = officer.get("/quality/").text
    assert serial in page
    assert document_of(office, document_id).number not in page
    assert f'href="/quality/{request_id}" data-primary' in page
    assert officer.look_up(serial.upper(), scanned="1").location == f"/quality/{request_id}"
    assert "Nothing was found" in officer.look_up("card-chip-99", scanned="1").text


@pytest.mark.parametrize("lodging", [LAYLA, TID], ids=["permit", "temporary"])
def test_expected_values_and_the_number_are_on_no_page(
    officer: Browser, people: SmallOffice, office: Office, lodging: Lodging, made: Case
) -> None:
    secrets = {document_of(office, made.document_id).number, *lines(expected(office, people, made.document_id)["mrz"])}
    secrets |= {expected(office, people, made.document_id).get(part) or f"no {part}" for part in ("chip", "seal")}
    pages = [
        officer.get(address).text
        for address in ("/quality/", f"/quality/{made.request_id}", f"/quality/{made.request_id}/reject")
    ]
    pages.append(send(officer, made.request_id).text)
    pages.append(send(officer, made.request_id, do="chip").text)
    pages.append(officer.get(f"/quality/{made.request_id}/chip").text)
    wrong = send(officer, made.request_id, mrz="X" * 90, barcode="TI1", **{"mrz-sure": "yes"})
    pages += [wrong.text, officer.get(wrong.headers.get("Location", f"/quality/{made.request_id}")).text]
    for page in pages:
        assert not [secret for secret in secrets if secret in html.unescape(page)]


def test_equal_in_every_part_is_released(officer: Browser, office: Office, made: Case, mrz: list[str]) -> None:
    answer = send(officer, made.request_id, mrz="\r\n".join(mrz).lower(), **{"mrz-method": "typed"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/quality/")
    assert (document_of(office, made.document_id).state, case_of(office, made.request_id).state) == ("checked", "ready")
    with office.database.reading() as session:
        check = session.scalars(select(QualityCheck)).one()
    assert check.readings == [
        {"part": "mrz", "method": "typed", "equal": True},
        {"part": "chip", "method": "reader", "equal": True},
    ]
    assert "is released for hand-over" in officer.get("/quality/").text


def test_a_different_mrz_rejects_and_says_what_follows(
    officer: Browser, office: Office, made: Case, mrz: list[str]
) -> None:
    serial = document_of(office, made.document_id).blank_serial
    other = mrz[2].replace("LAYLA", "LEYLA")
    asked = send(officer, made.request_id, mrz="\n".join([mrz[0], mrz[1], other]))
    assert (asked.status_code, document_of(office, made.document_id).state) == (409, "personalised")
    assert "read it once more" in sentence_beside(asked, "mrz")
    answer = officer.get(send(officer, made.request_id, mrz="\n".join([mrz[0], mrz[1], other])).headers["Location"])
    for words in ("cancelled for ever", f"Blank {serial} is spoiled", "attempt 2", "different", "equal"):
        assert words in answer.text, words
    with office.database.reading() as session:
        states = list(session.scalars(select(Document.state).order_by(Document.attempt)))
        blank = session.scalars(select(Blank).where(Blank.serial == serial)).one()
    assert (states, blank.state) == (["cancelled", "prepared"], "spoiled")
    assert case_of(office, made.request_id).state == "in_production"


def test_a_different_chip_rejects(officer: Browser, people: SmallOffice, office: Office, made: Case) -> None:
    mrz = lines(expected(office, people, made.document_id)["mrz"])
    send(officer, made.request_id, do="chip")
    answer_chip(office, people, made.document_id, files={"DG1": b"another person"})
    assert "read it once more" in send(officer, made.request_id, mrz="\n".join(mrz)).text
    assert "/rejected/" in send(officer, made.request_id, mrz="\n".join(mrz)).headers["Location"]
    assert document_of(office, made.document_id).state == "cancelled"


def test_the_page_says_what_was_checked(
    officer: Browser, people: SmallOffice, office: Office, made: Case, mrz: list[str]
) -> None:
    page = officer.get(f"/quality/{made.request_id}/chip").text
    for words in ("9 files", "PACE", "valid: signed by this country", "the chip has its own key"):
        assert words in page, words
    send(officer, made.request_id, do="chip")
    answer_chip(office, people, made.document_id, proofs={"active": False, "chip": True}, opened_by="BAC")
    page = officer.get(f"/quality/{made.request_id}/chip").text
    assert ("BAC" in page, "it did not prove its key for active authentication" in page) == (True, True)
    send(officer, made.request_id, mrz="\n".join(mrz))
    rejected = officer.get(send(officer, made.request_id, mrz="\n".join(mrz)).headers["Location"]).text
    assert "it did not open through PACE" in rejected


def test_the_page_says_what_could_not_be_read(
    officer: Browser, people: SmallOffice, office: Office, made: Case
) -> None:
    send(officer, made.request_id, do="chip")
    remark = Trouble.of("active-key-weak", key="RSA-1024")
    order = people.made[made.document_id]
    assert order.chip is not None
    files = {name: data for name, data in order.chip.files.items() if name != "DG12"}
    answer_chip(office, people, made.document_id, files=files, missing=("DG12",), remarks=(remark,))
    page = html.unescape(officer.get(f"/quality/{made.request_id}/chip").text)
    for words in (
        "Not every file could be read (DG12)",
        "this cannot be judged here",
        "The key of active authentication",
    ):
        assert words in page, words


def test_a_slip_of_the_hand_spoils_no_document(officer: Browser, office: Office, made: Case, mrz: list[str]) -> None:
    typed = "\n".join([mrz[0], mrz[1][:-1] + ("1" if mrz[1][-1] != "1" else "2"), mrz[2]])
    answer = send(officer, made.request_id, mrz=typed)
    assert answer.status_code == 400
    assert "does not add up" in sentence_beside(answer, "mrz")
    assert typed.splitlines()[1] in html.unescape(answer.text)
    assert document_of(office, made.document_id).state == "personalised"
    assert "/rejected/" in send(officer, made.request_id, mrz=typed, **{"mrz-sure": "yes"}).headers["Location"]


def test_every_part_must_be_read(officer: Browser, office: Office, made: Case) -> None:
    answer = send(officer, made.request_id)
    assert answer.status_code == 400
    assert sentence_beside(answer, "mrz") == "Fill this in."
    assert "The chip was not read yet" in answer.text
    assert document_of(office, made.document_id).state == "personalised"


def test_asking_for_the_chip_keeps_what_is_typed_and_asks_once(
    officer: Browser, people: SmallOffice, office: Office, made: Case
) -> None:
    for _ in range(2):
        answer = send(officer, made.request_id, mrz="ARROU", do="chip")
    assert (answer.status_code, ">ARROU</textarea>" in answer.text) == (200, True)
    assert "waiting for the reader" in officer.get(f"/quality/{made.request_id}/chip").text
    with office.database.reading() as session:
        assert len(list(session.scalars(select(ChipRead)))) == 1
    answer_chip(office, people, made.document_id, files={}, trouble=Trouble.said("The chip does not answer."))
    page = send(officer, made.request_id, mrz="ARROU", do="look").text
    assert "The chip does not answer." in page
    assert "Read the chip again" in page
    assert ">ARROU</textarea>" in page


def test_a_chip_of_another_document_is_not_taken(
    officer: Browser, people: SmallOffice, office: Office, made: Case
) -> None:
    mrz = lines(expected(office, people, made.document_id)["mrz"])
    send(officer, made.request_id, do="chip")
    answer_chip(office, people, made.document_id, chip_uid="04000000")
    answer = send(officer, made.request_id, mrz="\n".join(mrz))
    assert answer.status_code == 400
    assert "could not read this document&#39;s chip" in answer.text


# Bar codes and seals


def photograph(text: str = "", seal: str = "", kind: str = "PNG") -> tuple[io.BytesIO, str]:
    """A photograph of a bar code and of a seal (its bytes in hexadecimal), drawn by another program than ours."""
    photo = Image.new("RGB", (1200, 900), "#dfe3e6")
    if text:
        symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
        bars = Image.fromarray(zxingcpp.write_barcode_to_image(symbol, scale=4))
        photo.paste(bars.convert("RGB").resize((bars.width, 160)), (200, 100))
    if seal:
        symbol = zxingcpp.create_barcode(bytes.fromhex(seal), zxingcpp.BarcodeFormat.DataMatrix, eci="Unknown")
        squares = Image.fromarray(zxingcpp.write_barcode_to_image(symbol, scale=6))
        photo.paste(squares.convert("RGB"), (400, 350))
    out = io.BytesIO()
    photo.rotate(3, expand=True, fillcolor="#dfe3e6").save(out, kind)
    return io.BytesIO(out.getvalue()), f"photo.{kind.lower()}"


@carrying(TID)
@pytest.mark.parametrize("way", ["PNG", "JPEG", "camera"])
def test_bar_code_and_seal_are_read_from_one_picture(
    officer: Browser, people: SmallOffice, office: Office, way: str, made: Case
) -> None:
    parts = expected(office, people, made.document_id)
    photo = photograph(document_of(office, made.document_id).number, parts["seal"], "PNG" if way == "PNG" else "JPEG")
    taken = f"data:image/jpeg;base64,{b64encode(photo[0].getvalue()).decode()}"
    picture = {"picture-taken": taken} if way == "camera" else {"picture": photo}
    mrz = "\n".join(lines(parts["mrz"]))
    answer = send(officer, made.request_id, mrz=mrz, **picture | {"mrz-method": "typed"})
    assert answer.headers["Location"] == "/quality/"
    with office.database.reading() as session:
        readings = session.scalars(select(QualityCheck)).one().readings
    assert [(item["part"], item["method"]) for item in readings] == [
        ("mrz", "typed"),
        ("barcode", "picture"),
        ("seal", "picture"),
    ]


@carrying(TID)
@pytest.mark.parametrize("wrong", ["barcode", "seal"])
def test_a_symbol_of_another_document_rejects(
    officer: Browser, people: SmallOffice, office: Office, wrong: str, made: Case
) -> None:
    parts = expected(office, people, made.document_id)
    others = {"barcode": "TI9999999", "seal": sealed().hex()}
    symbols = {part: others[part] if part == wrong else parts[part] for part in others}
    mrz = "\n".join(lines(parts["mrz"]))
    for _ in range(2):  # the first time it is asked again
        picture = photograph(symbols["barcode"], symbols["seal"])
        answer = send(officer, made.request_id, mrz=mrz, **{"picture": picture})
    page = officer.get(answer.headers["Location"]).text
    assert (page.count(">different<"), page.count(">equal<")) == (1, 2)
    assert document_of(office, made.document_id).state == "cancelled"


@carrying(TID)
def test_what_a_picture_said_is_kept_for_the_picture_of_the_other_side(
    officer: Browser, people: SmallOffice, office: Office, made: Case
) -> None:
    parts = expected(office, people, made.document_id)
    fields = {"mrz": "\n".join(lines(parts["mrz"])), "mrz-method": "typed"}
    first = officer.submit(
        f"/quality/{made.request_id}",
        hidden(officer.get(f"/quality/{made.request_id}").text) | fields | {"picture": photograph(parts["barcode"])},
    )
    assert first.status_code == 400
    assert "on which its seal can be read" in sentence_beside(first, "picture")
    assert first.text.count(f'value="{parts["barcode"]}"') == 1
    kept = hidden(first.text) | fields | {"barcode": parts["barcode"]}
    second = officer.submit(f"/quality/{made.request_id}", kept | {"picture": photograph(seal=parts["seal"])})
    assert second.headers["Location"] == "/quality/"


@carrying(TID)
@pytest.mark.parametrize("how", ["plain", "of another officer"])
def test_what_a_picture_showed_is_not_typed(
    officer: Browser, people: SmallOffice, office: Office, app: Flask, made: Case, how: str
) -> None:
    parts = expected(office, people, made.document_id)
    shown = {"barcode": parts["barcode"], "seal": parts["seal"]}
    salt = f"pictured {made.request_id} {made.document_id} {people.actors['operator'].id}"
    forged = json.dumps(shown) if how == "plain" else URLSafeSerializer(app.secret_key or "", salt=salt).dumps(shown)
    fields = shown | {"mrz": "\n".join(lines(parts["mrz"])), "mrz-method": "typed", "pictured": forged}
    sent = hidden(officer.get(f"/quality/{made.request_id}").text) | fields | {"barcode-read": parts["barcode"]}
    answer = officer.submit(f"/quality/{made.request_id}", sent)
    assert answer.status_code == 400
    assert "on which its seal can be read" in sentence_beside(answer, "picture")
    assert document_of(office, made.document_id).state == "personalised"


@carrying(TID)
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 not a picture", "a PDF"),
        (b"\x89PNG\r\n\x1a\n broken", "picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 15_000_001, "15 MB"),
    ],
    ids=["pdf", "broken", "large"],
)
def test_files_that_are_no_picture(officer: Browser, data: bytes, words: str, made: Case) -> None:
    answer = send(officer, made.request_id, **{"picture": (io.BytesIO(data), "card.jpg")})
    answer.request.environ["wsgi.input"].close()  # the test client keeps large bodies in a file and forgets it
    assert answer.status_code == 400
    assert words in sentence_beside(answer, "picture")


@carrying(TID)
def test_a_picture_without_a_bar_code(officer: Browser, made: Case) -> None:
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(out, "JPEG")
    answer = send(officer, made.request_id, **{"picture": (io.BytesIO(out.getvalue()), "card.jpg")})
    assert "Neither bar code nor seal can be read" in sentence_beside(answer, "picture")


# Who may, and what the eye sees


def test_the_operator_of_the_job_is_refused_with_a_sentence(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    printed_by = people.actors["operator"] = people.actors["quality_officer"]
    people.becomes(printed_by, RoleName.OPERATOR)
    case = people.carry("made")
    people.becomes(printed_by, RoleName.QUALITY_OFFICER)
    officer = sit_down(client, office, people, "quality_officer")
    request_id, document_id = case.request_id, case.document_id
    assert "Nothing waits to be checked" in officer.get("/quality/").text
    assert "not yours to check" in officer.get("/quality/?others=1").text
    page = officer.get(f"/quality/{request_id}").text
    assert "This document was printed in your shift, so you do not check it." in page
    assert f"/cases/{request_id}/override/check" in page
    assert "Compare and release" not in page
    fields = {"document": str(document_id), "mrz": "x", "mrz-method": "typed", "reason": "a scratch"}
    for address in (f"/quality/{request_id}", f"/quality/{request_id}/reject"):
        assert officer.submit(address, fields).status_code == 403
    assert officer.submit(f"/quality/{request_id}", fields | {"do": "chip"}).status_code == 403
    assert document_of(office, document_id).state == "personalised"


def test_what_the_eye_sees_rejects_with_a_reason(officer: Browser, office: Office, made: Case) -> None:
    address = f"/quality/{made.request_id}/reject"
    fields = hidden(officer.get(address).text)
    assert sentence_beside(officer.submit(address, fields), "reason") == "Fill this in."
    answer = officer.get(
        officer.submit(address, fields | {"reason": "A scratch across the portrait."}).headers["Location"]
    )
    assert "A scratch across the portrait." in answer.text
    assert (document_of(office, made.document_id).state, job_of(office, made.document_id).state) == (
        "cancelled",
        "done",
    )


def test_a_page_of_an_attempt_that_is_no_more(officer: Browser, office: Office, made: Case, mrz: list[str]) -> None:
    fields = hidden(officer.get(f"/quality/{made.request_id}").text) | {"mrz": "\n".join(mrz), "mrz-method": "typed"}
    officer.submit(f"/quality/{made.request_id}/reject", {"document": str(made.document_id), "reason": "A scratch."})
    assert officer.submit(f"/quality/{made.request_id}", fields).status_code == 409
    assert "not waiting for its check" in officer.get(f"/quality/{made.request_id}").text
    with office.database.reading() as session:
        assert len(list(session.scalars(select(QualityCheck)))) == 1


def test_a_rejection_that_is_none(officer: Browser, made: Case) -> None:
    assert officer.get(f"/quality/{made.request_id}/rejected/01890000-0000-7000-8000-000000000000").status_code == 404
