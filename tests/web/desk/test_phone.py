"""Signing on a phone: the clerk asks, waits, looks and takes; the phone knows its address and nothing else."""

from __future__ import annotations

import base64
import io
import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import create_app
from issuance.models.requests import IssuanceRequest, Signature
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.persons import phones
from issuance.services.trust.trusted_time import ClockStopped
from issuance.settings import Settings
from issuance.web.frame.auth import DRAWING_BYTES
from issuance.web.public.parts.spoken import LANGUAGES, words, words_in
from tests.fixtures.databases import Folder
from tests.people import LAYLA, SmallOffice, changed
from tests.unit.portraits.test_signature import BAD, pad, png_of, saved
from tests.web.camera import read_code
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of
from tests.web.public.holder import PERSONAL

ORIGIN = "https://desk.example:8443"
RIGHT_TO_LEFT = {"ar", "ur"}


def url_of(picture: bytes) -> str:
    """What a canvas gives."""
    return "data:image/png;base64," + base64.b64encode(picture).decode()


PAD = url_of(saved(pad()))


@pytest.fixture
def office(office: Office) -> Office:
    """An office whose network phones may use."""
    office.settings = office.settings.model_copy(update={"phone_url": ORIGIN})
    return office


@pytest.fixture
def clerk(client: Browser, login: Login, office: Office) -> Browser:
    login(client, RoleName.CLERK)
    return client


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """A phone that reads English."""
    browser = app.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def press(clerk: Browser, office: Office, request_id: UUID, path: str = "", **values: Any) -> TestResponse:
    fields = {"version": case_of(office, request_id).version} | values
    return clerk.submit(f"/cases/{request_id}/signature/phone{path}", fields)


def address_on(answer: TestResponse) -> str:
    """The address that the page shows in words."""
    found = re.search(r'dir="ltr">(https://[^<]+)</bdi>', answer.text)
    assert found, answer.text
    return found[1]


def ask(clerk: Browser, office: Office, request_id: UUID) -> str:
    """The path of a new address, as the code on the page says it."""
    address = read_code(press(clerk, office, request_id))
    assert address.startswith(f"{ORIGIN}/sign/")
    return address.removeprefix(ORIGIN)


def send(phone: FlaskClient, path: str, drawn: str = PAD) -> TestResponse:
    return phone.post(path, data={"signature": drawn}, content_type="multipart/form-data")


def region(clerk: Browser, request_id: UUID) -> str:
    """The part of the clerk's page that is fetched again."""
    answer = clerk.get(f"/cases/{request_id}/signature/phone")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return answer.text


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', text)
    return found[1] if found else ""


def rows(office: Office) -> list[Signature]:
    with office.database.reading() as session:
        return list(session.scalars(select(Signature)))


def test_the_way_from_the_desk_to_the_phone_and_back(
    clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge()
    assert "Sign on a phone" in clerk.get(f"/cases/{request_id}/signature").text
    path = ask(clerk, office, request_id)
    assert "waiting for the phone" in region(clerk, request_id)
    assert "data-signature" in phone.get(path).text
    assert words_in("phone", "ar")["thanks"] in send(phone, path).text
    assert rows(office) == []
    came = region(clerk, request_id)
    assert "Nothing is signed yet" in came
    drawn = clerk.get(f"/cases/{request_id}/signature/phone/drawing")
    assert (drawn.mimetype, Image.open(io.BytesIO(drawn.data)).mode) == ("image/png", "L")
    assert press(clerk, office, request_id, "/accept", seen=seen(came)).status_code == 303
    assert [row.source for row in rows(office)] == ["phone"]
    assert "signed on a phone" in clerk.get(f"/cases/{request_id}/signature").text
    assert clerk.get(f"/cases/{request_id}/signature/picture").data == drawn.data
    assert clerk.get(f"/cases/{request_id}/signature/phone/drawing").status_code == 404


def test_the_code_on_the_page_is_the_address_and_is_shown_once(
    clerk: Browser, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge()
    answer = press(clerk, office, request_id)
    assert read_code(answer) == f"{address_on(answer)}?lang=ar"
    again = clerk.get(f"/cases/{request_id}/signature").text
    assert "/sign/" not in again
    assert "waiting for the phone" in again


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_phone_speaks_the_language_of_its_holder_and_shows_nothing_of_the_request(
    clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice, language: str
) -> None:
    request_id = people.lodge(changed(LAYLA, language=language))
    path = ask(clerk, office, request_id)
    answer, said = phone.get(path), words_in("phone", language)
    assert all(said[name] in answer.text for name in ("title", "why", "draw", "erase", "send", "no_scripts"))
    assert f'lang="{language}" dir="{"rtl" if language in RIGHT_TO_LEFT else "ltr"}"' in answer.text
    case = case_of(office, request_id)
    assert case.centre.name in answer.text
    assert not [word for word in (*PERSONAL, case.reference, str(request_id), "RP-R") if word in answer.text]
    assert said["again"] in send(phone, path, "").text
    assert said["thanks"] in send(phone, path).text
    assert said["over"] in phone.get(path).text


def test_every_sentence_is_there_in_every_language() -> None:
    assert {name: set(texts) for name, texts in words("phone").items()} == {
        name: set(LANGUAGES) for name in words("phone")
    }


def test_a_phone_in_a_language_that_is_not_written_reads_its_own(
    clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
) -> None:
    path = ask(clerk, office, people.lodge(changed(LAYLA, language="so")))
    assert words_in("phone", "en")["title"] in phone.get(path).text
    assert words_in("phone", "uk")["title"] in phone.get(path, headers={"Accept-Language": "uk-UA"}).text


def test_used_late_voided_and_unknown_addresses_get_one_answer(
    clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
) -> None:
    one = people.lodge()
    voided = ask(clerk, office, one)
    used = ask(clerk, office, one)
    send(phone, used)
    late = ask(clerk, office, people.lodge(changed(LAYLA, family_name="Nassar", case_reference="2026/TM/9")))
    office.clock.advance(phones.LIFE)  # type: ignore[attr-defined]
    unknown = f"/sign/{'0' * 32}?lang=ar"
    answers = [each for path in (voided, used, late, unknown) for each in (phone.get(path), send(phone, path))]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {re.sub(r"/sign/\w+", "", answer.text) for answer in answers}
    assert len(bodies) == 1
    assert words_in("phone", "ar")["over"] in bodies.pop()


def test_the_clerk_ends_it(clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge()
    path = ask(clerk, office, request_id)
    assert press(clerk, office, request_id, "/close").status_code == 303
    assert phone.get(path).status_code == 404
    assert "the address is over" in region(clerk, request_id)
    assert press(clerk, office, request_id, "/close").status_code == 409


def test_another_tab_that_asked_again_is_heard_first(
    clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge()
    send(phone, ask(clerk, office, request_id))
    first = seen(region(clerk, request_id))
    send(phone, ask(clerk, office, request_id), url_of(saved(pad().rotate(3))))
    answer = press(clerk, office, request_id, "/accept", seen=first)
    assert answer.status_code == 409
    assert "does not wait any more" in answer.text
    assert seen(answer.text) not in ("", first), "the other one is shown instead"
    assert rows(office) == []
    for nonsense in ("", "x", "\x00", "0" * 9000):
        assert press(clerk, office, request_id, "/accept", seen=nonsense).status_code == 409


def test_the_pad_ends_the_phone(clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge()
    path = ask(clerk, office, request_id)
    fields = {"version": case_of(office, request_id).version, "signature": PAD}
    clerk.submit(f"/cases/{request_id}/signature", fields, content_type="multipart/form-data")
    assert send(phone, path).status_code == 404
    assert [row.source for row in rows(office)] == ["pad"]


def test_a_case_that_is_withdrawn_meanwhile_takes_nothing(
    clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
) -> None:
    case = people.carry("complete")
    path = ask(clerk, office, case.request_id)
    with office.act(people.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, case.request_id), "moved away")
    assert (phone.get(path).status_code, send(phone, path).status_code) == (404, 404)
    assert "The content is frozen" in clerk.get(f"/cases/{case.request_id}/signature").text


def test_a_process_for_phones_alone_knows_no_log_in(settings: Settings) -> None:
    app = create_app(settings, surfaces={"phones"})
    assert {rule.rule for rule in app.url_map.iter_rules()} == {
        "/healthz",
        "/readyz",
        "/sign/<token>",
        "/static/<path:filename>",
    }
    answer = app.test_client().get(f"/sign/{'0' * 32}?lang=fr")
    assert (answer.status_code, words_in("phone", "fr")["over"] in answer.text) == (404, True)
    app.extensions["office"].database.engine.dispose()


class TestBadInput:
    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    def test_what_is_no_signature_is_asked_for_again_and_uses_nothing_up(
        self, clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
    ) -> None:
        request_id = people.lodge()
        path = ask(clerk, office, request_id)
        bad = [url_of(data) for name, (data, _) in BAD.items() if name != "heavy"]
        bad += ["", "x", "data:image/png;base64,@@", "data:,", "\x00", "é" * 300, url_of(png_of(5000, 8000))]
        for drawn in bad:
            answer = send(phone, path, drawn)
            assert (answer.status_code, words_in("phone", "ar")["again"] in answer.text) == (400, True), drawn[:60]
        assert phone.post(path).status_code == 400
        assert phone.post(path, data=b"\xff\xfe", content_type="application/json").status_code == 400
        assert send(phone, path).status_code == 200

    def test_too_much_is_refused_before_it_is_read(
        self, clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice
    ) -> None:
        path = ask(clerk, office, people.lodge())
        assert send(phone, path, "x" * DRAWING_BYTES).status_code == 413
        assert send(phone, path).status_code == 200

    @pytest.mark.parametrize("token", ["x", "%00", "é", "..%2f..", "0" * 5000, "' OR 1=1", "0" * 31 + "\u0660"])
    def test_a_token_that_nobody_made(self, phone: FlaskClient, office: Office, token: str) -> None:
        for answer in (phone.get(f"/sign/{token}"), send(phone, f"/sign/{token}")):
            assert answer.status_code in (400, 404)

    def test_without_the_setting_nobody_is_offered_a_phone(
        self, clerk: Browser, office: Office, people: SmallOffice
    ) -> None:
        office.settings = office.settings.model_copy(update={"phone_url": ""})
        request_id = people.lodge()
        assert "Sign on a phone" not in clerk.get(f"/cases/{request_id}/signature").text
        answer = press(clerk, office, request_id)
        assert answer.status_code == 409
        assert "No phone signs in this office" in answer.text
        assert "/sign/" not in answer.text

    def test_a_request_of_another_centre(self, clerk: Browser, office: Office, people: SmallOffice) -> None:
        request_id = people.lodge()
        send_away(office, request_id)
        for path in ("", "/accept", "/close"):
            assert press(clerk, office, request_id, path, seen="x").status_code == 403
        assert clerk.get(f"/cases/{request_id}/signature/phone").status_code == 403

    def test_a_stopped_clock_is_no_matter_of_the_holder(
        self, clerk: Browser, phone: FlaskClient, office: Office, people: SmallOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = ask(clerk, office, people.lodge())
        monkeypatch.setattr(office, "_dated", stopped)
        answer = send(phone, path)
        assert (answer.status_code, words_in("phone", "ar")["over"] in answer.text) == (404, True)


def stopped(*_: object) -> None:
    raise ClockStopped


def send_away(office: Office, request_id: UUID) -> None:
    with office.database.transaction() as session:
        other = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()
        session.execute(update(IssuanceRequest).where(IssuanceRequest.id == request_id).values(centre_id=other))
