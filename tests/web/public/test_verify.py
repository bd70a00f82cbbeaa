"""The page at which anybody checks a document: one verdict, in seven languages, and nothing for who guesses."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from issuance.db import uuid7
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.machinery import PublicFile
from issuance.models.production import SealCertificate
from issuance.models.requests import IssuanceRequest
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.services.public import lists
from issuance.states import DocumentState, RequestState
from issuance.web.public.parts.spoken import LANGUAGES, words
from printing.lists.tokens import CWT_TYPE, JWT_TYPE
from printing.pki.signing import SignerCertificate
from printing.readers import zone as zone_reader
from tests.counterparts import missing
from tests.passports import photograph
from tests.seals import zone
from tests.web.public.checked import SIGNER, pictured, sealed, shown
from tests.web.public.holder import ON_BOTH, TODAY, lodged, statements

LAST = dt.date(2027, 2, 1)


@pytest.fixture
def document(office: Office) -> str:
    """A document that its holder has, valid until LAST; its number."""
    lodged(office, RequestState.DELIVERED)
    certificate = SIGNER.certificate(name="IM")
    read = SignerCertificate.of(certificate)
    with office.database.transaction() as session:
        request = session.scalars(select(IssuanceRequest)).one()
        blob = Blob(id=uuid7(), request_id=request.id, purpose="content", encrypted=b"x")
        session.add(blob)
        session.flush()
        session.add_all(
            [
                Document(
                    number="TI0000423",
                    document_type="TID",
                    exclusive="temporary",
                    request=request,
                    person_id=request.person_id,
                    issue_date=TODAY,
                    expiry_date=LAST,
                    content_id=blob.id,
                    state=DocumentState.VALID,
                ),
                SealCertificate(digest="d", signer=read.signer, reference=f"{read.serial:X}", certificate=certificate),
            ]
        )
    return "TI0000423"


def move(office: Office, state: DocumentState) -> None:
    with office.database.transaction() as session:
        session.scalars(select(Document)).one().state = state


def typed(client: FlaskClient, number: str, day: str = "01.02.2027", **query: str) -> TestResponse:
    return client.post("/verify/number", data={"number": number, "date": day}, query_string=query)


def head(answer: TestResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found is not None
    return found[1]


@ON_BOTH
def test_number_and_last_day_give_the_verdict(client: FlaskClient, office: Office, document: str) -> None:
    answer = typed(client, " ti 0000-423 ", "2027-2-1")
    assert (answer.status_code, head(answer)) == (200, "A document with this number is valid.")
    assert "1 Feb 2027" in answer.text
    assert "We did not see the paper itself" in answer.text
    assert not [word for word in ("Masri", "Layla", "SYR", "1992") if word in answer.text]


@pytest.mark.parametrize(
    "state",
    [
        DocumentState.SUSPENDED,
        DocumentState.LOST,
        DocumentState.STOLEN,
        DocumentState.REPLACED,
        DocumentState.VOIDED,
        DocumentState.DESTROYED,
    ],
)
def test_every_end_is_one_verdict(client: FlaskClient, office: Office, document: str, state: DocumentState) -> None:
    move(office, DocumentState.SURRENDERED)
    other = typed(client, document)
    move(office, state)
    answer = typed(client, document)
    assert head(answer) == "This document is not valid."
    assert answer.data == other.data


def test_the_day_after_its_last_it_is_not_valid(client: FlaskClient, office: Office, document: str) -> None:
    with office.database.transaction() as session:
        session.scalars(select(Document)).one().expiry_date = TODAY - dt.timedelta(1)
    answer = typed(client, document, f"{TODAY - dt.timedelta(1):%d/%m/%Y}")
    assert head(answer) == "This document is not valid."


def test_a_document_without_a_last_day_is_asked_for_by_its_day_of_issue(
    client: FlaskClient, office: Office, document: str
) -> None:
    with office.database.transaction() as session:
        session.scalars(select(Document)).one().expiry_date = None
    assert head(typed(client, document, f"{TODAY:%d.%m.%Y}")) == "A document with this number is valid."
    assert typed(client, document).status_code == 404


@ON_BOTH
def test_a_stranger_does_not_learn_that_there_is_such_a_number(
    client: FlaskClient, office: Office, document: str
) -> None:
    """The same answer and the same work for a wrong day, an unknown number, and one that nobody was ever given."""
    with statements(office) as for_wrong:
        wrong = typed(client, document, "02.02.2027")
    with statements(office) as for_unknown:
        unknown = typed(client, "TI0000999")
    move(office, DocumentState.CHECKED)
    unfinished = typed(client, document)
    assert (wrong.status_code, wrong.data) == (unknown.status_code, unknown.data)
    assert (wrong.status_code, wrong.data) == (unfinished.status_code, unfinished.data)
    assert head(wrong) == "We have no document with this number and this day."
    assert for_wrong == for_unknown
    assert len([each for each in for_wrong if "FROM document" in each]) == 1


@pytest.mark.parametrize(
    ("number", "day"), [("", ""), ("TI0000423", "31.02.2027"), ("TI42", "01.02.2027"), ("x" * 999, "9" * 99)]
)
def test_what_cannot_be_read_is_not_judged(client: FlaskClient, document: str, number: str, day: str) -> None:
    answer = typed(client, number, day)
    assert (answer.status_code, head(answer)) == (400, "We could not check it.")
    assert "does not mean that the document is bad" in answer.text


def test_digits_of_any_script_are_read(client: FlaskClient, document: str) -> None:
    assert typed(client, "TI٠٠٠٠٤٢٣", "٠١.٠٢.٢٠٢٧").status_code == 200


# The seal


@ON_BOTH
def test_a_picture_of_our_seal_gives_the_verdict(client: FlaskClient, office: Office, document: str) -> None:
    assert head(shown(client, pictured(sealed(document)))) == "This document is genuine and valid."
    move(office, DocumentState.STOLEN)
    assert head(shown(client, pictured(sealed(document)))) == "This document is not valid."
    assert head(shown(client, pictured(sealed("TI0000999")))) == "We did not issue this document."


def test_a_seal_with_a_wrong_signature_is_not_ours(client: FlaskClient, document: str) -> None:
    data = sealed(document)
    assert head(shown(client, pictured(data[:-1] + bytes([data[-1] ^ 1])))) == "We did not issue this document."


def test_a_seal_of_another_country_is_named(client: FlaskClient, document: str) -> None:
    answer = shown(client, pictured(sealed(document, issuing_state="D", signer="DEKR")))
    assert head(answer) == "This document is of another country."
    assert "<bdi>D</bdi>" in answer.text


def test_a_bar_code_says_the_number_and_asks_for_the_day(client: FlaskClient, document: str) -> None:
    answer = shown(client, pictured(document))
    assert f'value="{document}"' in answer.text
    assert "Now type the last day." in answer.text
    assert "is valid" not in answer.text


@pytest.mark.parametrize("picture", [b"", b"text", pictured(b"no seal at all"), pictured(sealed("TI0000423"))[:900]])
def test_a_picture_of_anything_is_not_judged(client: FlaskClient, document: str, picture: bytes) -> None:
    answer = shown(client, picture)
    assert (answer.status_code, head(answer)) == (400, "We could not check it.")


# The zone of a travel document


def zone_of(number: str, layout: str = "TD3", **changes: str) -> bytes:
    """A photograph of the page of a travel document, or of the back of a card."""
    mrz = zone(layout=layout, document_code="PT" if layout == "TD3" else "IR", document_number=number, **changes)
    return photograph(mrz.to_lines(), seed=1)


@pytest.mark.parametrize("layout", ["TD3", "TD1", "TD2"])
def test_a_photographed_zone_is_the_number_and_the_day(
    client: FlaskClient, office: Office, document: str, layout: str
) -> None:
    if not zone_reader.can_read():
        missing("No OpenCV (requirements-photo.txt): it finds the lines. `make test` installs it.")
    answer = shown(client, zone_of(document, layout))
    assert (answer.status_code, head(answer)) == (200, "A document with this number is valid.")
    assert head(shown(client, zone_of(document, expiry_date="270202"))) == (
        "We have no document with this number and this day."
    )
    answer = shown(client, zone_of(document, issuing_state="SYR"))
    assert (head(answer), "<bdi>SYR</bdi>" in answer.text) == ("This document is of another country.", True)


# Strangers


def test_guesses_end_and_the_others_go_on(client: FlaskClient, office: Office, document: str) -> None:
    answers = [typed(client, f"TI00{guess:05}").status_code for guess in range(14)]
    assert answers == [404] * 12 + [429] * 2
    assert int(typed(client, document).headers["Retry-After"]) > 0
    other = client.post(
        "/verify/number", data={"number": document, "date": "01.02.2027"}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert other.status_code == 200


def test_nothing_of_a_look_up_is_kept_or_logged(client: FlaskClient, office: Office, document: str) -> None:
    with office.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(AuditEvent))
    with capture_logs() as logs:
        typed(client, document)
        typed(client, "TI0000999")
    assert [(entry["event"], entry["outcome"]) for entry in logs] == [
        ("verification", "valid"),
        ("verification", "not_ours"),
    ]
    assert {key for entry in logs for key in entry} == {"event", "outcome", "log_level"}
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_its_answers_speak_every_language(client: FlaskClient, document: str, language: str) -> None:
    said = words("verify")
    page = client.get("/verify", query_string={"lang": language})
    assert (head(page), page.status_code) == (said["title"][language], 200)
    assert f'dir="{"rtl" if language in ("ar", "ur") else "ltr"}"' in page.text
    client.set_cookie("language", language)
    assert said["valid_number"][language] == head(typed(client, document))


def test_every_sentence_is_there_in_every_language_and_all_are_used() -> None:
    said = words("verify")
    assert all(set(texts) == set(LANGUAGES) and all(texts.values()) for texts in said.values())


def test_the_status_page_leads_there(client: FlaskClient) -> None:
    assert 'href="/verify"' in client.get("/status").text
    assert client.get("/verify/number").headers["Location"] == "/verify"


# Files


@pytest.fixture
def published(office: Office) -> PublicFile:
    at = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    files = [lists.file("RP1.cwt", CWT_TYPE, b"cwt", at), lists.file("RP1.jwt", JWT_TYPE, b"jwt", at)]
    with office.database.transaction() as session:
        session.add_all(files)
    return files[0]


def test_lists_are_served_and_not_sent_twice(client: FlaskClient, published: PublicFile) -> None:
    first = client.get("/lists/RP1.cwt")
    assert (first.data, first.content_type, first.headers["Cache-Control"]) == (b"cwt", CWT_TYPE, "public, max-age=60")
    assert first.headers["Last-Modified"] == "Fri, 20 Nov 2026 09:00:00 GMT"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/lists/RP1.cwt", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert (
        client.get("/lists/RP1.cwt", headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    )
    again = client.get("/lists/RP1.jwt", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (200, b"jwt")


@pytest.mark.parametrize(("accept", "data"), [("", b"cwt"), (CWT_TYPE, b"cwt"), (JWT_TYPE, b"jwt"), ("*/*", b"cwt")])
def test_a_list_is_found_by_its_address_in_the_form_asked_for(
    client: FlaskClient, published: PublicFile, accept: str, data: bytes
) -> None:
    answer = client.get("/lists/RP1", headers={"Accept": accept})
    assert (answer.data, answer.headers["Vary"]) == (data, "Accept")


def test_what_there_is_is_listed(client: FlaskClient, published: PublicFile) -> None:
    answer = client.get("/lists/")
    assert answer.json is not None
    assert [each["name"] for each in answer.json["files"]] == ["RP1.cwt", "RP1.jwt"]
    assert answer.json["files"][0]["sha256"] == published.digest
    assert client.get("/lists/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["RP2.cwt", "..%2Fregister.sqlite", "%00", "a" * 300])
def test_nothing_else_is_there(client: FlaskClient, published: PublicFile, name: str) -> None:
    assert client.get(f"/lists/{name}").status_code in (400, 404)


def test_lists_are_served_while_nothing_can_be_written(
    client: FlaskClient, office: Office, published: PublicFile
) -> None:
    with statements(office) as asked:
        assert client.get("/lists/RP1.cwt").status_code == 200
    assert not [each for each in asked if re.match("INSERT|UPDATE|DELETE|BEGIN IMMEDIATE", each)]
