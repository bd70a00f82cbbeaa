"""Lodging by hand: what is taken, what is refused beside its field with nothing written, and who is compared first."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.casework.lodging import SentTwice, lodge
from issuance.services.public import receipts
from tests.fixtures.databases import Folder
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM, case_of, counts, sentence_beside

URL = "/desk/lodge"
PREVIEW = "/desk/lodge/preview"


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


@pytest.fixture
def sent(clerk: Browser, office: Office) -> Iterator[IssuanceRequest]:
    """The request that FORM lodges."""
    answer = clerk.submit(URL, FORM)
    assert answer.status_code == 303, answer.text
    with office.database.reading() as session:
        yield session.query(IssuanceRequest).one()


def test_a_request_is_lodged_as_typed(sent: IssuanceRequest) -> None:
    person = sent.person
    assert (person.family_name, person.given_names, person.birth_date) == ("Haddad", "Karim", "1968-02-01")
    assert (person.latin_confirmed, person.native_name) == (True, "كريم حداد")
    assert (sent.document_type, sent.kind, sent.entitlement_source) == ("RP-R", "first", "hand")
    assert (sent.centre.code, sent.state, sent.phone) == ("timisoara", "lodged", "+40744555666")
    assert (sent.due_on - sent.lodged_on).days == 30


def test_unknown_parts_of_the_birth_date(clerk: Browser, office: Office) -> None:
    fields = {name: value for name, value in FORM.items() if name not in ("birth_date-day", "birth_date-month")}
    fields |= {"birth_date-day-unknown": "1", "birth_date-month-unknown": "1"}
    assert clerk.submit(URL, fields).status_code == 303
    with office.database.reading() as session:
        assert session.query(IssuanceRequest).one().person.birth_date == "1968-XX-XX"


SHOWN = [
    ("none", "", True),
    ("passport", "n004 512873", False),
    ("identity_card", "12345", False),
    ("other_with_photo", "seaman's book 77", False),
    ("other_without_photo", "birth certificate without passport", True),
]


@pytest.mark.parametrize("language", ["ro", "en"])
@pytest.mark.parametrize(("kind", "number", "is_declared"), SHOWN)
def test_the_document_shown_is_a_choice_in_every_language(
    clerk: Browser, office: Office, language: str, kind: str, number: str, is_declared: bool
) -> None:
    clerk.set_cookie("language", language)
    typed = {"travel_document_shown": kind, "travel_document_number": number}
    lodged = clerk.submit(URL, FORM | typed)
    assert lodged.status_code == 303, lodged.text
    with office.database.reading() as session:
        assert session.query(IssuanceRequest).one().declared_identity == is_declared
    page = clerk.get(lodged.location).text
    assert ({"ro": "Identitate declarată", "en": "Declared identity"}[language] in page) == is_declared
    assert ("N004512873 SYR" in page) == (kind == "passport")


def test_a_person_may_have_more_nationalities_than_one(clerk: Browser, office: Office) -> None:
    """Reg. (EU) 2024/1348, Art 29(4): the first is that of the zone and the seal, the page shows all."""
    typed = {"nationality_2": "TUR", "nationality_3": "SYR"}
    lodged = clerk.submit(URL, FORM | typed)
    with office.database.reading() as session:
        person = session.query(IssuanceRequest).one().person
        assert (person.nationality, person.other_nationalities) == ("SYR", "TUR")
    assert "Syria, Türkiye" in clerk.get(lodged.location).text


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"travel_document_shown": ""}, "travel_document_shown", "Choose one"),
    ({"travel_document_shown": "pașaport N1"}, "travel_document_shown", "Choose one"),
    ({"travel_document_number": ""}, "travel_document_number", "Fill this in"),
    ({"travel_document_number": "lost"}, "travel_document_number", "as it stands there"),
    ({"travel_document_number": "9" * 25}, "travel_document_number", "24 characters"),
    ({"nationality_2": "ROM"}, "nationality_2", "Choose one"),
    ({"document_type": "TID", "status": "applicant", "birth_place": ""}, "birth_place", "Art 29(4)"),
    ({"travel_document_state": "ROM"}, "travel_document_state", "Choose one"),
    ({"family_name": ""}, "family_name", "Fill this in"),
    ({"family_name": "Had\x07dad"}, "family_name", "U+0007"),
    ({"family_name": "Had\u202edad"}, "family_name", "U+202E"),
    ({"given_names": "Karim\u200b"}, "given_names", "U+200B"),
    ({"family_name": "Haddad7"}, "family_name", "no digits"),
    ({"family_name": "x" * 101}, "family_name", "100 characters"),
    ({"family_name": "x" * 60_000}, "family_name", "100 characters"),
    ({"family_name": "রহমান"}, "family_name", "no ICAO transliteration"),
    ({"family_name": "ሰላም"}, "family_name", "no ICAO transliteration"),
    ({"family_name": "-'-"}, "family_name", "begins with a letter"),
    ({"family_name": "Abcdefghijklmnop " * 5}, "family_name", "do not fit the box"),
    ({"native_name": "\u2067حداد"}, "native_name", "U+2067"),
    ({"birth_date-day": "31", "birth_date-month": "2"}, "birth_date", "no such day"),
    ({"birth_date-year": "68"}, "birth_date", "four digits"),
    ({"birth_date-day": ""}, "birth_date", "1 to 31"),
    ({"birth_date-year": "2027"}, "birth_date", "in the future"),
    ({"birth_date-day-unknown": "1"}, "birth_date", "not both"),
    ({"decision_date-year": "2027"}, "decision_date", "not come yet"),
    ({"decision_date-year": "1850"}, "decision_date", "years ago"),
    ({"eurodac_reference": "RO;1"}, "eurodac_reference", "A-Z"),
    ({"family_name": "H\u0430ddad"}, "family_name", "U+0430"),
    ({"decision_date-month": "13"}, "decision_date", "1 to 12"),
    ({"sex": "Q"}, "sex", "Choose one"),
    ({"nationality": "UNO"}, "nationality", "Choose one"),
    ({"status": "king"}, "status", "Choose one"),
    ({"document_type": "ID"}, "document_type", "Choose one"),
    ({"kind": ""}, "kind", "Choose one"),
    ({"language": "xx"}, "language", "Choose one"),
    ({"procedure": "fast"}, "procedure", "Choose one"),
    ({"cnp": "1234567890123"}, "cnp", "begins with 7, 8 or 9"),
    ({"cnp": "7790101350016"}, "cnp", "does not fit"),
    ({"representative": "Popa Ana"}, "representative", "Name (relation)"),
    ({"fee": "ten"}, "fee", "whole number"),
    ({"fee": "-1"}, "fee", "whole number"),
    ({"fee": "50"}, "fee", "Art 51(1)"),
    ({"kind": "extension", "previous_document": "RP1"}, "kind", "cannot be extended"),
    ({"kind": "renewal"}, "previous_document", "which document this one follows"),
    ({"kind": "replacement", "previous_document": "RP1"}, "replacement_reason", "Choose one"),
    ({"status": "subsidiary"}, "status", "refugee status"),
    ({"decision_number": ""}, "decision_number", "number and the date of the decision"),
    ({"birth_date-year": "2015"}, "representative", "representative"),
    ({"address": "Str. \u0378"}, "address", "U+0378"),
    ({"birth_place": "鬱"}, "birth_place", "no ICAO table"),
    ({"native_name": "𞊐𞊑"}, "native_name", "cannot be printed"),
    ({"note": "a\nb"}, "note", "U+000A"),
    ({"document_type": "TD-C", "kind": "extension", "previous_document": "TC1"}, "kind", "Art 20(8)"),
]


class TestRefusals:
    """One database is enough here: nothing reaches it."""

    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    @pytest.mark.parametrize(("change", "field", "words"), BAD, ids=[f"{field}-{words}" for _, field, words in BAD])
    def test_a_refusal_stands_beside_its_field(
        self, clerk: Browser, office: Office, change: dict[str, Any], field: str, words: str
    ) -> None:
        answer = clerk.submit(URL, FORM | change)
        assert 400 <= answer.status_code < 500
        assert words in sentence_beside(answer, field)
        assert counts(office) == (0, 0)

    def test_nothing_typed_is_lost(self, clerk: Browser) -> None:
        page = clerk.submit(URL, FORM | {"sex": ""}).text
        for kept in (
            "Haddad",
            "Karim",
            "كريم حداد",
            "Str. Armoniei 33",
            "1342/2026",
            'value="1968"',
            'value="SYR" selected',
        ):
            assert kept in page

    def test_a_name_in_another_script_is_answered_with_a_proposal(self, clerk: Browser, office: Office) -> None:
        typed = {"family_name": "Шевченко", "given_names": "Оксана", "native_name": "", "language": "uk"}
        answer = clerk.submit(URL, FORM | typed | {"sex": "F"})
        assert answer.status_code == 400
        assert "Proposed from the other script" in sentence_beside(answer, "family_name")
        for shown in ('value="Shevchenko"', 'value="Oksana"', 'value="Шевченко Оксана"'):
            assert shown in answer.text
        assert counts(office) == (0, 0)

    def test_a_field_sent_twice_or_not_at_all(self, clerk: Browser, office: Office) -> None:
        assert clerk.submit(URL, {}).status_code == 400
        assert clerk.submit(URL, FORM | {"kind": ["first", "renewal"], "sex": ""}).status_code == 400
        assert counts(office) == (0, 0)


class TestSimilar:
    def test_somebody_alike_is_shown_before_lodging(
        self, clerk: Browser, office: Office, sent: IssuanceRequest
    ) -> None:
        answer = clerk.submit(URL, FORM | {"given_names": "Kareem", "document_type": "TD-C"})
        assert answer.status_code == 400
        assert "same person" in sentence_beside(answer, "person")
        assert f'value="{sent.person_id}"' in answer.text
        assert "RP-R, lodged" in answer.text
        assert counts(office) == (1, 1)
        with office.reading() as look:
            event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "person.compared")).one()
            assert (event.details, [str(each.subject_id) for each in event.subjects]) == (
                {"hits": 1},
                [str(sent.person_id)],
            )

    def test_the_same_person_keeps_the_spelling_of_the_register_where_the_clerk_says_so(
        self, clerk: Browser, office: Office, sent: IssuanceRequest
    ) -> None:
        fields = FORM | {"person": str(sent.person_id), "compared": str(sent.person_id), "document_type": "TD-C"}
        asked = clerk.submit(URL, fields | {"given_names": "Kareem"})
        assert "Choose one" in asked.text
        assert "Kareem" in asked.text
        answer = clerk.submit(URL, fields | {"given_names": "Kareem", "differs-given_names": "register"})
        assert answer.status_code == 303, answer.text
        assert counts(office) == (2, 1)

    def test_capitals_are_no_other_spelling(self, clerk: Browser, office: Office, sent: IssuanceRequest) -> None:
        fields = FORM | {"person": str(sent.person_id), "compared": str(sent.person_id), "document_type": "TD-C"}
        assert clerk.submit(URL, fields | {"family_name": "HADDAD"}).status_code == 303
        with office.database.reading() as session:
            assert {each.person.family_name for each in session.query(IssuanceRequest)} == {"Haddad"}

    def test_a_new_person_is_new(self, clerk: Browser, office: Office, sent: IssuanceRequest) -> None:
        chosen = {"person": "new", "compared": str(sent.person_id)}
        assert clerk.submit(URL, FORM | chosen).status_code == 303
        assert counts(office) == (2, 2)

    def test_new_is_not_believed_before_everybody_alike_was_shown(
        self, clerk: Browser, office: Office, sent: IssuanceRequest
    ) -> None:
        assert clerk.submit(URL, FORM | {"person": "new"}).status_code == 400
        assert clerk.submit(URL, FORM | {"person": "nobody", "compared": "x"}).status_code == 400
        assert counts(office) == (1, 1)

    def test_the_same_document_is_not_asked_for_twice(
        self, clerk: Browser, office: Office, sent: IssuanceRequest
    ) -> None:
        chosen = {"person": str(sent.person_id), "compared": str(sent.person_id)}
        answer = clerk.submit(URL, FORM | chosen)
        assert answer.status_code == 409
        assert "already has an open request" in sentence_beside(answer, "document_type")

    @pytest.mark.parametrize(
        ("numbers", "field"),
        [({"eurodac_reference": "RO1234"}, "eurodac_reference"), ({"cnp": "7680201350015"}, "cnp")],
    )
    def test_a_number_of_somebody_else_is_refused(
        self, clerk: Browser, office: Office, numbers: dict[str, str], field: str
    ) -> None:
        assert clerk.submit(URL, FORM | numbers).status_code == 303
        other = {"family_name": "Nassar", "given_names": "Samir", "native_name": ""}
        answer = clerk.submit(URL, FORM | numbers | other)
        assert answer.status_code == 409
        assert sentence_beside(answer, field)
        assert counts(office) == (1, 1)


class TestPreview:
    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    def test_the_card_is_drawn_of_what_is_typed_so_far(self, clerk: Browser) -> None:
        answer = clerk.submit(PREVIEW, {"document_type": "RP-R", "family_name": "Haddad"})
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        width, height = Image.open(io.BytesIO(answer.data)).size
        assert width > 600
        assert height > width, "front above back"

    def test_typing_changes_the_picture(self, clerk: Browser) -> None:
        one, two = (clerk.submit(PREVIEW, FORM | {"family_name": name}).data for name in ("Haddad", "Haddat"))
        assert one != two

    @pytest.mark.parametrize("code", ["RP-R", "RP-S", "TD-C", "TD-S", "TID"])
    def test_every_type_with_a_face_is_drawn_quickly(self, clerk: Browser, code: str) -> None:
        fields = FORM | {"document_type": code}
        clerk.submit(PREVIEW, fields)  # fonts and grounds are read once
        taken = []
        for _ in range(3):
            start = time.process_time()
            assert clerk.submit(PREVIEW, fields).status_code == 200
            taken.append(time.process_time() - start)
        assert min(taken) < 0.4, "200 ms on a quiet machine; CPU time, since others may use it too"

    @pytest.mark.parametrize(
        "change",
        [
            {"document_type": ""},
            {"document_type": "NO"},
            {"document_type": "TPP"},
            {"family_name": "\x00"},
            {"family_name": "x" * 5000},
            {"sex": "Q"},
            {"nationality": "??"},
            {"cnp": "٣٣"},
            {"native_name": "\U000f0000"},
            {"address": "\ud83d\ude00"},
            {"family_name": "রহমান"},
            {"document_type": "TID", "address": "Str. \u0378"},
            {"document_type": "TID", "address": "a\u2029b\u00adc"},
        ],
        ids=str,
    )
    def test_odd_input_is_drawn_or_refused_but_never_breaks(self, clerk: Browser, change: dict[str, str]) -> None:
        fields = {name: value.encode("utf-8", "surrogatepass") for name, value in (FORM | change).items()}
        assert clerk.submit(PREVIEW, fields).status_code in (200, 422)


def test_the_next_request_begins_with_the_person_of_the_last(
    clerk: Browser, office: Office, people: SmallOffice, checked: Case
) -> None:
    people.hand_over(checked.request_id, checked.number)
    page = clerk.get(f"/cases/{checked.request_id}/next").text
    assert f'value="{checked.number}"' in page
    fields = FORM | {"family_name": "Somebody", "kind": "replacement", "replacement_reason": "damaged"}
    fields |= {"previous_document": checked.number, "document_type": "RP-R"}
    answer = clerk.submit(f"/cases/{checked.request_id}/next", fields)
    assert answer.status_code == 400
    assert "Choose one" in sentence_beside(answer, "differs-address")
    for shown in ("Str. Ialomiței 2, Timișoara", "Str. Armoniei 33, Timișoara"):
        assert shown in answer.text
    fields["differs-address"] = "typed"
    assert clerk.submit(f"/cases/{checked.request_id}/next", fields).status_code == 303
    assert counts(office) == (2, 1)
    with office.database.reading() as session:
        following = session.query(IssuanceRequest).filter_by(kind="replacement").one()
    assert (following.person.family_name, following.previous_number) == ("Al-Masri", checked.number)


def test_a_renewal_before_its_time_is_refused_with_the_day(clerk: Browser, people: SmallOffice, checked: Case) -> None:
    people.hand_over(checked.request_id, checked.number)
    answer = clerk.submit(
        f"/cases/{checked.request_id}/next",
        FORM | {"kind": "renewal", "previous_document": checked.number, "differs-address": "register"},
    )
    assert answer.status_code == 409
    assert "30 days before expiry" in sentence_beside(answer, "kind")


def test_a_form_sent_twice_lodges_one_request(clerk: Browser, office: Office) -> None:
    mark = re.findall('name="mark" value="([0-9a-f]{32})"', clerk.get(URL).text)[0]
    answers = [clerk.submit(URL, FORM | {"mark": mark}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert counts(office) == (1, 1)


def test_the_form_of_the_next_request_has_a_mark_too(
    clerk: Browser, office: Office, people: SmallOffice, checked: Case
) -> None:
    people.hand_over(checked.request_id, checked.number)
    url = f"/cases/{checked.request_id}/next"
    mark = re.findall('name="mark" value="([0-9a-f]{32})"', clerk.get(url).text)[0]
    fields = FORM | {"kind": "replacement", "replacement_reason": "damaged", "previous_document": checked.number}
    answers = [clerk.submit(url, fields | {"mark": mark, "differs-address": "register"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert counts(office) == (2, 1)


def test_a_form_sent_twice_at_once_makes_one_person(people: SmallOffice) -> None:
    lodging, start = changed(LAYLA, source="hand", mark="a" * 32, case_reference=""), threading.Barrier(2)

    def send(_: int) -> str:
        start.wait()
        try:
            with people.act(people.actors["clerk"]) as act:
                return lodge(act, lodging).reference
        except SentTwice:
            return "sent twice"

    with ThreadPoolExecutor(2) as both:
        said = list(both.map(send, range(2)))
    assert said.count("sent twice") == 1
    assert counts(people) == (1, 1)


def test_the_receipt_is_a_pdf_with_both_codes_and_no_name(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    answer = clerk.get(f"/cases/{request_id}/receipt.pdf")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert "Masri" not in answer.headers["Content-Disposition"]
    reference = case_of(office, request_id).reference
    with pypdfium2.PdfDocument(answer.data) as document:
        page = document[0]
        text = page.get_textpage().get_text_range()
        codes = {code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())}
    assert "Masri" not in text
    assert "Art 20(6)" in text
    with people.reading() as look:
        code = receipts.code_of(look, look.session.get_one(IssuanceRequest, request_id))
    assert codes == {reference, f"http://127.0.0.1:5000/status#{code}"}


def test_a_receipt_of_another_centre_asks_why(clerk: Browser, people: SmallOffice) -> None:
    request_id = people.lodge(changed(LAYLA, centre="galati"))
    answer = clerk.get(f"/cases/{request_id}/receipt.pdf")
    assert (answer.status_code, answer.location) == (302, f"/cases/{request_id}/reason")
