"""From the door to the board: tickets given, called, called again; what is pressed twice or too late."""

from __future__ import annotations

import re

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.models.appointments import Appointment, Ticket
from issuance.models.staff import RoleName
from issuance.office import Office
from printing.papers.wording import LANGUAGES
from tests.web.conftest import Browser, Login
from tests.web.waiting.shared import TODAY, book, code_of, fields, refusal


def give(clerk: Browser, purpose: str = "lodging", **more: str) -> str:
    """A ticket for who comes without an appointment; its page."""
    form = fields(clerk.get("/tickets").text)
    return clerk.submit("/tickets/give", form | {"purpose": purpose} | more).location


def sit(clerk: Browser, counter: str = "3", purpose: str = "") -> None:
    assert clerk.submit("/counter/sit", {"counter": counter, "purpose": purpose}).status_code == 303


def call_next(clerk: Browser) -> None:
    assert clerk.submit("/counter/next", fields(clerk.get("/counter").text)).status_code == 303


def on_the_board(browser: Browser) -> list[str]:
    return re.findall(r'<bdi dir="ltr">([^<]+)</bdi>', browser.get("/board/timisoara").text)


def called(office: Office) -> Ticket:
    with office.reading() as look:
        return look.session.scalars(select(Ticket).where(Ticket.state == "called")).one()


def test_from_the_appointment_to_the_board(clerk: Browser, office: Office, clock: FixedClock) -> None:
    code = code_of(clerk.get(book(clerk, f"{TODAY}T08:30Z")).text)
    give(clerk)
    with office.reading() as look:
        clock.advance(look.session.scalars(select(Appointment)).one().starts_at - clock.now())
    clerk.come_back()
    arrived = clerk.submit("/tickets/arrive", {"code": code})
    page = clerk.get(arrived.location).text
    assert "A002" in page
    sit(clerk)
    call_next(clerk)
    assert on_the_board(clerk) == ["A002", "3"]
    call_next(clerk)
    assert on_the_board(clerk) == ["A001", "3"]
    assert "Nobody waits." in clerk.get("/counter").text


def test_the_qr_code_of_a_ticket_holds_its_code_alone(clerk: Browser, office: Office) -> None:
    here = give(clerk, "collection")
    with office.reading() as look:
        ticket = look.session.scalars(select(Ticket)).one()
    answer = clerk.get(f"{here}/slip.pdf?language=ar")
    with pypdfium2.PdfDocument(answer.data) as document:
        picture = document[0].render(scale=4).to_pil()
        assert "C001" in document[0].get_textpage().get_text_range()
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == [ticket.code]


def test_call_next_pressed_twice_calls_once(clerk: Browser, office: Office) -> None:
    give(clerk)
    give(clerk)
    sit(clerk)
    form = fields(clerk.get("/counter").text)
    assert clerk.submit("/counter/next", form).status_code == 303
    second = clerk.submit("/counter/next", form)
    assert (second.status_code, "called at this counter meanwhile" in second.text) == (409, True)
    assert called(office).label == "A001"


def test_give_pressed_twice_gives_one(clerk: Browser, office: Office) -> None:
    form = fields(clerk.get("/tickets").text) | {"purpose": "lodging"}
    first, second = (clerk.submit("/tickets/give", form) for _ in range(2))
    assert first.location == second.location
    with office.reading() as look:
        assert len(look.session.scalars(select(Ticket)).all()) == 1


def test_not_there_again_and_done(clerk: Browser, office: Office) -> None:
    give(clerk)
    sit(clerk)
    call_next(clerk)
    here = f"/counter/{called(office).id}"
    assert clerk.submit(f"{here}/again").status_code == 303
    assert clerk.submit(f"{here}/absent").status_code == 303
    assert on_the_board(clerk) == []
    assert "Call A001 again" in clerk.get("/counter").text
    assert clerk.submit(f"{here}/absent").status_code == 409
    assert clerk.submit(f"{here}/again").status_code == 303
    assert on_the_board(clerk) == ["A001", "3"]
    assert clerk.submit(f"{here}/done").status_code == 303
    late = clerk.submit(f"{here}/done")
    assert (late.status_code, bool(refusal(late.text))) == (409, True)


@pytest.mark.parametrize(("counter", "purpose"), [("0", ""), ("100", ""), ("x", ""), ("1", "coffee")])
def test_a_counter_that_is_none_is_told(clerk: Browser, counter: str, purpose: str) -> None:
    answer = clerk.submit("/counter/sit", {"counter": counter, "purpose": purpose})
    assert (answer.status_code, bool(refusal(answer.text))) == (400, True)


def test_nothing_is_called_before_somebody_sits_down(clerk: Browser) -> None:
    answer = clerk.submit("/counter/next", {"seen": "nobody"})
    assert (answer.status_code, "at which counter" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("where", "sent", "words"),
    [
        ("arrive", {"code": ""}, "Fill this in"),
        ("arrive", {"code": "ABC-DEF-GHJ"}, "no appointment with this code"),
        ("give", {"purpose": ""}, "Choose one of the options"),
        ("give", {"purpose": "coffee", "key": "x"}, "Choose one of the options"),
    ],
)
def test_what_is_no_ticket_is_told(clerk: Browser, where: str, sent: dict[str, str], words: str) -> None:
    answer = clerk.submit(f"/tickets/{where}", sent)
    assert (answer.status_code, words in refusal(answer.text)) == (400, True)


def test_a_counter_for_collections_calls_no_lodging(clerk: Browser) -> None:
    give(clerk)
    sit(clerk, purpose="collection")
    refused = clerk.submit("/counter/next", fields(clerk.get("/counter").text))
    assert "Nobody waits for this counter" in refused.text
    sit(clerk)
    call_next(clerk)


def test_a_supervisor_sees_who_waits_and_gives_no_ticket(clerk: Browser, login: Login) -> None:
    give(clerk)
    login(clerk, RoleName.SUPERVISOR)
    page = clerk.get("/tickets").text
    assert ("A001" in page, "/tickets/give" in page) == (True, False)
    assert clerk.submit("/tickets/give", {"purpose": "lodging"}).status_code == 403


# The board


def test_the_board_needs_no_log_in_and_is_not_sent_twice(client: Browser, clerk: Browser) -> None:
    give(clerk)
    sit(clerk)
    call_next(clerk)
    stranger = client.application.test_client()
    first = stranger.get("/board/timisoara")
    assert (first.status_code, "A001" in first.text, 'http-equiv="refresh"' in first.text) == (200, True, True)
    again = stranger.get("/board/timisoara", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    give(clerk)
    call_next(clerk)
    assert stranger.get("/board/timisoara", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_speaks_the_language_of_its_room(clerk: Browser, language: str) -> None:
    page = clerk.get(f"/board/timisoara?lang={language}").text
    direction = "rtl" if language in ("ar", "ur") else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page


def test_the_board_names_the_kiosk_of_its_room(clerk: Browser, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Where is my document? Ask the machine in this room."
    assert said not in clerk.get("/board/timisoara").text
    monkeypatch.setattr(office, "settings", office.settings.model_copy(update={"kiosks": "galati timisoara"}))
    assert said in clerk.get("/board/timisoara").text
    assert said not in clerk.get("/board/timis").text


@pytest.mark.parametrize("centre", ["nowhere", "Timisoara", "%00", "x" * 500])
def test_there_is_no_board_of_nowhere(client: Browser, centre: str) -> None:
    assert client.get(f"/board/{centre}").status_code in (400, 404)
