"""Appointments at the desk: booked, found by their code, moved, cancelled, printed; and everything that is refused."""

from __future__ import annotations

import datetime as dt

import pypdfium2
import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.clock import FixedClock
from issuance.models.appointments import Appointment
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.waiting.shared import MONDAY, TODAY, book, code_of, fields, refusal, times

NINE = f"{MONDAY}T07:00Z"
"""Nine o'clock in Timișoara, in winter."""


def rows(office: Office) -> list[Appointment]:
    with office.reading() as look:
        return list(look.session.scalars(select(Appointment)))


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


def test_a_lodging_is_booked_moved_and_cancelled_by_its_code(clerk: Browser, office: Office) -> None:
    here = book(clerk, NINE, "2")
    page = clerk.get(here).text
    assert ("2 persons" in page, "To lodge a request" in page, "23 Nov 2026, 09:00" in page) == (True, True, True)
    code = code_of(page)
    assert clerk.submit("/appointments/find", {"code": code.lower()}).location == here
    assert "09:00" in clerk.get(f"/appointments?day={MONDAY}").text
    assert clerk.submit(f"{here}/move?day={MONDAY}", {"starts_at": f"{MONDAY}T12:30Z"}).status_code == 303
    assert "23 Nov 2026, 14:30" in clerk.get(here).text
    assert clerk.submit(f"{here}/cancel").status_code == 303
    again = clerk.submit(f"{here}/cancel")
    assert (again.status_code, "is cancelled and cannot become cancelled" in refusal(again.text)) == (409, True)
    moved = clerk.submit(f"{here}/move?day={MONDAY}", {"starts_at": NINE})
    assert "This appointment is over" in refusal(moved.text)
    assert [row.state for row in rows(office)] == ["cancelled"]


def test_the_slip_says_time_and_code_and_no_more(clerk: Browser) -> None:
    here = book(clerk, NINE, "2")
    code = code_of(clerk.get(here).text)
    answer = clerk.get(f"{here}/slip.pdf?language=ar")
    assert answer.mimetype == "application/pdf"
    said = text_of(answer.data)
    assert ("23.11.2026, 09:00" in said, code in said) == (True, True)
    assert clerk.get(f"{here}/slip.pdf?language=klingon").status_code == 200


def test_a_full_slot_is_not_offered_and_not_given(clerk: Browser) -> None:
    form = fields(clerk.get(f"/appointments/book?day={MONDAY}").text)
    book(clerk, NINE, "2")
    page = clerk.get(f"/appointments/book?day={MONDAY}").text
    assert NINE not in times(page)
    refused = clerk.submit(f"/appointments/book?day={MONDAY}", form | {"persons": "1", "starts_at": NINE})
    assert (refused.status_code, "no room for 1 at this time any more" in refusal(refused.text)) == (400, True)
    assert 'value="1"' in refused.text, "what was typed stays"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"starts_at": f"{TODAY}T07:00Z"}, "This time has passed"),
        ({"starts_at": f"{TODAY}T10:30Z"}, "closed at this time"),
        ({"starts_at": "2026-11-30T07:00Z"}, "closed at this time"),
        ({"starts_at": "2027-11-23T07:00Z"}, "within the next 60 days"),
        ({"starts_at": "9999-12-31T23:59Z"}, "within the next 60 days"),
        ({"starts_at": "0001-01-01T00:00Z"}, "This time has passed"),
        ({"starts_at": "soon"}, "Choose one of the times"),
        ({"starts_at": ""}, "Choose one of the times"),
        ({"persons": "0"}, "whole number from 1 to 12"),
        ({"persons": "99"}, "whole number from 1 to 12"),
        ({"persons": "many"}, "whole number from 1 to 12"),
        ({"persons": "12", "starts_at": f"{MONDAY}T13:30Z"}, "no room for 12"),
        ({"key": "no key", "persons": "0"}, "whole number"),
    ],
)
def test_what_cannot_be_is_a_sentence_beside_its_field(
    clerk: Browser, office: Office, sent: dict[str, str], words: str
) -> None:
    form = fields(clerk.get(f"/appointments/book?day={MONDAY}").text) | {"persons": "1", "starts_at": NINE}
    answer = clerk.submit(f"/appointments/book?day={MONDAY}", form | sent)
    assert answer.status_code == 400
    assert words in refusal(answer.text)
    assert rows(office) == []


@pytest.mark.parametrize("day", ["", "never", "2026-13-40", "1900-01-01", "9999-12-31", "2026-11-30"])
def test_a_day_that_is_none_or_closed_is_a_page(clerk: Browser, day: str) -> None:
    for page in (f"/appointments?day={day}", f"/appointments/book?day={day}"):
        assert clerk.get(page).status_code == 200


def test_enter_pressed_twice_books_once(clerk: Browser, office: Office) -> None:
    form = fields(clerk.get(f"/appointments/book?day={MONDAY}").text) | {"persons": "1", "starts_at": NINE}
    first, second = (clerk.submit(f"/appointments/book?day={MONDAY}", form) for _ in range(2))
    assert (first.location, len(rows(office))) == (second.location, 1)


@pytest.mark.parametrize("code", ["", "ABC-DEF-GHJ", "x" * 200, "☃", "K7WM-P3XQ-H5R"])
def test_a_wrong_code_is_told(clerk: Browser, code: str) -> None:
    answer = clerk.submit("/appointments/find", {"code": code})
    assert (answer.status_code, bool(refusal(answer.text))) == (400, True)


def test_a_document_that_is_ready_is_collected_by_appointment(
    clerk: Browser, office: Office, people: SmallOffice, checked: Case
) -> None:
    case, here = f"/cases/{checked.request_id}", f"/cases/{checked.request_id}/appointment"
    assert here in clerk.get(case).text
    form = fields(clerk.get(f"{here}?day={MONDAY}").text)
    booked = clerk.submit(f"{here}?day={MONDAY}", form | {"persons": "1", "starts_at": NINE})
    assert booked.status_code == 303
    page = clerk.get(booked.location).text
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, checked.request_id).reference
    assert reference[:4] in page
    assert "Al-Masri" not in page
    assert clerk.get(here).location == booked.location, "there is one: it is shown"
    assert "Al-Masri" not in clerk.get(f"/appointments?day={MONDAY}").text
    assert clerk.submit("/appointments/find", {"code": reference}).location == booked.location


def test_what_is_not_ready_offers_no_appointment(clerk: Browser, complete: Case) -> None:
    here = f"/cases/{complete.request_id}/appointment"
    assert here not in clerk.get(f"/cases/{complete.request_id}").text
    form = fields(clerk.get(f"{here}?day={MONDAY}").text) | {"persons": "1", "starts_at": NINE}
    assert "not ready" in refusal(clerk.submit(f"{here}?day={MONDAY}", form).text)


def test_another_centres_appointment_is_not_there(clerk: Browser, office: Office) -> None:
    here = book(clerk, NINE)
    code = code_of(clerk.get(here).text)
    with office.database.transaction() as session:
        far = session.scalars(select(Centre).where(Centre.code == "galati")).one()
        session.scalars(select(Appointment)).one().centre_id = far.id
    for page in (here, f"{here}/move", f"{here}/slip.pdf"):
        assert clerk.get(page).status_code == 404
    assert clerk.submit(f"{here}/cancel").status_code == 404
    assert "no appointment with this code" in refusal(clerk.submit("/appointments/find", {"code": code}).text)


def test_today_shows_who_comes_next(clerk: Browser) -> None:
    assert "Who comes next" not in clerk.get("/").text
    here = book(clerk, f"{TODAY}T12:30Z", "2")
    page = clerk.get("/").text
    assert ("Who comes next" in page, here in page, "14:30" in page) == (True, True, True)


def test_the_supervisor_sees_how_many_were_missed(
    clerk: Browser, office: Office, clock: FixedClock, login: Login
) -> None:
    book(clerk, f"{TODAY}T12:30Z")
    clock.advance(dt.timedelta(days=1))
    office.keep_time()
    tasks.end_appointments(office)
    login(clerk, RoleName.SUPERVISOR)
    assert "100% were missed" in clerk.get("/appointments").text


def test_romanian_pages_have_no_english(clerk: Browser) -> None:
    here = book(clerk, NINE)
    for page in ("/appointments", "/appointments/book", here, "/tickets", "/counter"):
        said = clerk.get(f"{page}?lang=ro").text
        assert ("Programări" in said, "Appointment" in said.replace("appointment", "")) == (True, False), page
