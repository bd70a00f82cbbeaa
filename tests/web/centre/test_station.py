"""The page of one station: how its devices are, a test print, and settings drawn from its drivers' own schemas."""

from __future__ import annotations

import datetime as dt
import html
import re
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import select

from card_drivers.order import Abilities, Device, DeviceStatus, ErrandDone, Registration, Size, Supply
from card_drivers.sentences import SENTENCES
from card_drivers.station import desk_path
from card_drivers.troubles import Trouble
from issuance import document_types
from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.document_types import registry
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre, Station
from issuance.office import Office
from issuance.services.stations import devices, tokens
from issuance.web.frame import catalogues
from tests.people import LAYLA, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside

SCHEMA: dict[str, Any] = {
    "properties": {
        "host": {"type": "string", "title": "Print service", "description": "Its address.", "maxLength": 40},
        "port": {"type": "integer", "title": "Port", "default": 18000, "minimum": 1, "maximum": 65535},
        "seconds": {"type": "number", "title": "Patience", "default": 2.5, "minimum": 0.5, "maximum": 60},
        "side": {"enum": ["front", "back"], "title": "Side", "default": "front"},
        "flip": {"type": "boolean", "title": "Turn over", "default": False},
        "password": {"anyOf": [{"type": "string", "format": "password"}, {"type": "null"}], "title": "Password"},
        "trays": {"type": "array", "title": "Trays"},
    },
    "required": ["host"],
}
NOW: dict[str, Any] = {"host": "10.0.0.7", "port": 9, "flip": True, "password": "from-folder", "trays": ["<upper>"]}
TYPED = {
    "printer-host": "10.0.0.8",
    "printer-port": "",
    "printer-seconds": "1,5",
    "printer-side": "back",
    "printer-password": "s3cret word",
    "version": "0",
}


def address(people: SmallOffice, page: str = "") -> str:
    return f"/production/stations/{people.station.id}{page}"


def register(people: SmallOffice, **status: Any) -> None:
    """The station starts and says how it is."""
    device = Device(role="printer", driver="evolis", settings_schema=SCHEMA, settings=NOW)
    said = Registration(software="liman 1", devices=(device,))
    with people.act(SYSTEM) as act:
        here = act.session.get_one(Station, people.station.id)
        devices.register(act, said, station=here)
        here.status = DeviceStatus.model_validate({"state": "idle"} | status).model_dump(mode="json")
        here.last_seen = people.clock.now()


def chosen(people: SmallOffice) -> dict[str, Any]:
    """The newest settings for the printer, as the station gets them."""
    with people.reading() as look:
        revision = devices.newest(look, look.session.get_one(Station, people.station.id))
        assert revision is not None
        return devices.opened(revision, people.vault).settings["printer"]


def test_the_page_says_how_a_station_is_and_what_to_do(client: Browser, office: Office, people: SmallOffice) -> None:
    operator = sit_down(client, office, people, "operator")
    assert "Never heard of yet" in operator.get(address(people)).text
    register(
        people,
        state="stopped",
        reasons=("marker-supply-empty-error",),
        supplies=(Supply(name="ribbon", level=4, cards=7), Supply(name="film")),
        cards_left=0,
        cleaning_in=0,
        trouble=Trouble.said("The <chip> did not answer."),
    )
    page = operator.get(address(people)).text
    for words in (
        "Stopped",
        "The ribbon is used up",
        "4 %",
        "7 cards",
        "low",
        "due now",
        "empty",
        "not told",
        "evolis",
    ):
        assert words in page, words
    assert "The &lt;chip&gt; did not answer." in page
    assert ("Change the settings" in page, "The administrator changes them" in page) == (False, True)
    register(people, cleaning_in=40, cards_left=31)
    page = operator.get(address(people)).text
    assert ("in 40 cards" in page, "31 cards" in page, "went wrong" in page) == (True, True, False)


def test_the_page_says_what_a_station_can_make(client: Browser, office: Office, people: SmallOffice) -> None:
    operator = sit_down(client, office, people, "operator")
    able = Abilities(sizes=(Size(width_mm=85.6, height_mm=53.98),), faces=1, dpi=(300, 600), inks=("black",))
    for abilities, words in (
        (able, ["85.6 × 53.98 mm", "one", "300 × 600", "black", "none", "not read", "not told"]),
        (
            Abilities(profiles=("jmrtd-applet",), reads_serial=True, stocks={"card": 4}),
            ["any", "both", "not told", "colour, black, fine line, ultraviolet", "jmrtd-applet", "it reads them", "4"],
        ),
    ):
        register(people, abilities=abilities)
        _, _, panel = operator.get(address(people)).text.partition("What it says of itself")
        said = re.findall(r"<dd>(.*?)</dd>", panel.partition("</section>")[0])
        assert [word in found for word, found in zip(words, said, strict=True)] == [True] * len(words), said


def test_cards_an_hour_are_measured_from_what_the_station_made(
    client: Browser, office: Office, people: SmallOffice
) -> None:
    operator = sit_down(client, office, people, "operator")
    people.open_shift()
    for number in range(3):
        _queue_another(people, number)
        people.make()
        people.clock.advance(dt.timedelta(minutes=3))
    register(people)
    page = operator.get(address(people)).text
    assert "<dt>Made today</dt><dd>3</dd>" in page
    assert "<dt>Cards per hour</dt><dd>30 " in page, "3 cards in the 6 minutes from the first claim to the last card"


def _queue_another(people: SmallOffice, number: int) -> None:
    names = ("Layla", "Amina", "Nour")
    people.carry(
        "queued", changed(LAYLA, given_names=names[number], native_name="", case_reference=f"2026/TM/{number}")
    )


def test_a_test_print_is_asked_for_once(client: Browser, office: Office, people: SmallOffice) -> None:
    operator = sit_down(client, office, people, "operator")
    register(people)
    assert "Make a test print" in operator.get(address(people)).text
    assert operator.submit(address(people, "/test-print")).status_code == 303
    assert "waiting for the station" in operator.get(address(people)).text
    assert operator.submit(address(people, "/test-print")).status_code == 409
    with people.act(SYSTEM) as act:
        here = act.session.get_one(Station, people.station.id)
        test = devices.newest_test(act, here)
        assert test is not None
        done = ErrandDone(test_print=test.id, trouble=Trouble.said("No blank is in the feeder."))
        devices.errand_done(act, done, station=here)
    page = operator.get(address(people)).text
    assert ("No blank is in the feeder." in page, "Make a test print" in page) == (True, True)


# The administrator's settings


def test_the_form_is_drawn_from_the_schema_and_shows_no_secret(
    client: Browser, office: Office, people: SmallOffice
) -> None:
    administrator = sit_down(client, office, people, "administrator")
    assert "has not said yet what its devices are" in administrator.get(address(people, "/settings")).text
    register(people)
    page = html.unescape(administrator.get(address(people, "/settings")).text)
    assert 'name="printer-host" type="text" class="full" value="10.0.0.7" maxlength="40"' in page
    assert 'name="printer-port" type="text" class="short" value="9"' in page
    assert '<option value="front" selected>' in page
    assert 'id="f-printer-flip" name="printer-flip" value="yes" checked' in page
    assert ("From 1 to 65535." in page, "Left empty: 18000." in page) == (True, True)
    assert "upper" in page
    assert 'name="printer-trays"' not in page
    assert "from-folder" not in page


def test_saved_settings_wait_for_the_station_and_no_secret_is_told(
    client: Browser, office: Office, people: SmallOffice
) -> None:
    administrator = sit_down(client, office, people, "administrator")
    register(people)
    assert administrator.submit(address(people, "/settings"), TYPED).status_code == 303
    expected = {
        "host": "10.0.0.8",
        "seconds": 1.5,
        "side": "back",
        "flip": False,
        "password": "s3cret word",
        "trays": ["<upper>"],
    }
    assert chosen(people) == expected
    pages = [administrator.get(address(people, page)).text for page in ("", "/settings")]
    assert "waiting for the station" in pages[0]
    again = administrator.submit(address(people, "/settings"), TYPED | {"printer-password": "", "version": "1"})
    assert again.status_code == 303
    assert chosen(people) == expected, "an empty secret stays"
    assert not [page for page in pages if "s3cret" in page]
    with people.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.act == "station.settings_chosen"))
        assert sorted(event.details["revision"] for event in events) == [1, 2]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("printer-host", "", "Fill this in."),
        ("printer-host", "x" * 41, "Shorten this to 40 characters"),
        ("printer-port", "70000", "Give a whole number from 1 to 65535."),
        ("printer-seconds", "nan", "Give a number from 0.5 to 60."),
        ("printer-seconds", "soon", "Give a number from 0.5 to 60."),
        ("printer-side", "top", "Choose one of the options."),
    ],
)
def test_what_cannot_be_set_is_said_beside_its_field(
    client: Browser, office: Office, people: SmallOffice, field: str, value: str, words: str
) -> None:
    administrator = sit_down(client, office, people, "administrator")
    register(people)
    answer = administrator.submit(address(people, "/settings"), TYPED | {field: value})
    assert answer.status_code == 400
    assert words in sentence_beside(answer, field)
    assert "s3cret" not in answer.text


def test_two_administrators_do_not_overwrite_each_other(client: Browser, office: Office, people: SmallOffice) -> None:
    administrator = sit_down(client, office, people, "administrator")
    register(people)
    administrator.submit(address(people, "/settings"), TYPED)
    answer = administrator.submit(address(people, "/settings"), TYPED | {"printer-host": "10.0.0.9"})
    assert answer.status_code == 409
    assert "Saved meanwhile: <bdi>10.0.0.8</bdi>" in answer.text
    assert chosen(people)["host"] == "10.0.0.8"


def test_only_the_administrator_of_the_centre_sets_and_only_its_people_look(
    client: Browser, office: Office, people: SmallOffice
) -> None:
    register(people)
    supervisor = sit_down(client, office, people, "supervisor")
    assert supervisor.get(address(people)).status_code == 200
    assert supervisor.submit(address(people, "/settings"), TYPED).status_code == 403
    with people.act(SYSTEM) as act:
        galati = act.session.scalars(select(Centre).where(Centre.code == "galati")).one()
        far, _ = tokens.add_station(act, "far-away", galati)
    administrator = sit_down(client, office, people, "administrator")
    for page in ("", "/settings"):
        assert administrator.get(f"/production/stations/{far.id}{page}").status_code == 404


SAID = {
    "en": "Lay a blank of stock cards with chip on the reader, for order 0a1b2c3d.",
    "ro": "Puneți pe cititor o blanchetă din stocul carduri cu cip, pentru comanda 0a1b2c3d.",
}


@pytest.mark.parametrize("language", ["en", "ro"])
def test_the_page_leads_the_operator_one_sentence_at_a_time(
    client: Browser, office: Office, people: SmallOffice, language: str
) -> None:
    operator = sit_down(client, office, people, "operator")
    operator.get(f"/login?lang={language}")
    register(people, wants=Trouble.of("desk-lay-blank", stock="card-chip", order="0a1b2c3d"))
    assert SAID[language] in html.unescape(operator.get(address(people)).text)
    register(people)
    assert SAID[language] not in html.unescape(operator.get(address(people)).text)


@pytest.mark.parametrize("code", sorted(code for code in SENTENCES if code.startswith("desk-")))
def test_every_sentence_of_the_desk_is_whole_in_both_languages(code: str) -> None:
    """With the parameters that a station gives, in the language of the page."""
    given: dict[str, str | int] = {"order": "0a1b2c3d", "found": "4d5e6f70", "number": "C1234567", "page": 2}
    wants = Trouble.of(code, stock="card-chip", hours="12", **given)
    romanian = catalogues.read(catalogues.FOLDER / "ro" / "LC_MESSAGES" / "messages.po")
    said = wants.sentence(), wants.sentence(lambda sentence: str(romanian[sentence].string))
    assert said[0] != said[1]
    assert not [each for each in said if "%(" in each or code in each]


def test_the_page_names_the_order_that_the_sentences_name(client: Browser, office: Office, people: SmallOffice) -> None:
    case = people.carry("claimed", LAYLA)
    register(people)
    assert case.claim is not None
    page = sit_down(client, office, people, "operator").get(address(people)).text
    assert f"order {desk_path.name(case.claim.order_id)}" in page


def test_the_operator_scans_the_booklet_that_the_order_is_made_in(
    client: Browser, office: Office, people: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the sentence on the station's page; another booklet is refused by its number, beside the field."""
    text = registry.HERE.joinpath("TD-C.toml").read_text("utf-8").replace('"register"', '"blank"')
    types = MappingProxyType(dict(document_types.load()) | {"TD-C": registry.parse("TD-C.toml", text)})
    for module in (document_types, registry):
        monkeypatch.setattr(module, "load", lambda: types)
    with people.act(SYSTEM) as act:
        here = act.session.get_one(Station, people.station.id)
        supply.bring(act, here, "booklet-blue", ["C00000011", "C00000012"])
    operator = sit_down(client, office, people, "operator")
    assert "No order of this station waits for a booklet" in operator.get(address(people, "/booklet")).text
    people.carry("claimed", changed(LAYLA, document_type="TD-C"))
    register(people, wants=Trouble.of("desk-scan-booklet", number="C00000011", stock="booklet-blue", order="0a1b2c3d"))
    page = operator.get(address(people)).text
    assert "Take booklet C00000011 of stock blue booklets" in page
    assert address(people, "/booklet") in page
    page = operator.post(address(people, "/booklet"), data={"number": "C00000012"}).text
    page = operator.submit(address(people, "/booklet"), {"number": "C00000012"})
    assert "This is booklet C00000012, and the order is for C00000011" in sentence_beside(page, "number")
    answer = operator.submit(address(people, "/booklet"), {"number": "c00000011"}, follow_redirects=True)
    assert "It is the right one." in answer.text
