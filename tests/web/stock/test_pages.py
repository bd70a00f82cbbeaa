"""The pages of blanks: from the supplier's manifest to the minutes of a destruction, each step by who has to do it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from issuance.actors import SYSTEM
from issuance.models.endings import Destruction
from issuance.models.supply import Delivery, Place
from issuance.office import Office
from issuance.services.stock import accounts
from tests.integration.stock.test_losses import reject
from tests.people import SmallOffice
from tests.supply import blank, check
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside
from tests.web.waiting.test_appointments import text_of

As = Callable[[str], Browser]


@pytest.fixture
def sat(client: Browser, office: Office, people: SmallOffice) -> As:
    """Somebody sits down before the browser."""
    return lambda who: sit_down(client, office, people, who)


def words(answer: TestResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def announced(sat: As, people: SmallOffice, said: str, *, by_file: bool = False) -> str:
    """The address of a delivery that a supervisor announced."""
    fields = {"reference": "AV-7/2026", "stock": "card", "serials": "" if by_file else said}
    if by_file:
        fields["list"] = (io.BytesIO(said.encode()), "manifest.csv")  # type: ignore[assignment]
    answer = sat("supervisor").submit("/stock/deliveries/new", fields)
    assert answer.status_code == 303, words(answer)
    with people.database.reading() as session:
        key = session.scalars(select(Delivery.id).order_by(Delivery.id.desc()).limit(1)).one()
    return f"/stock/deliveries/{key}"


@pytest.mark.parametrize("by_file", [False, True])
def test_a_delivery_is_counted_blind_by_another_person(sat: As, people: SmallOffice, by_file: bool) -> None:
    address = announced(sat, people, "first,last\nCT01,CT05", by_file=by_file)
    waits = sat("supervisor").get("/stock/deliveries")
    assert f"{address}/count" not in waits.text
    assert "another person counts" in waits.text
    assert "You typed this manifest" in sat("supervisor").get(f"{address}/count").text
    operator = sat("operator")
    assert f"{address}/count" in operator.get("/stock/deliveries").text
    for page in (operator.get(f"{address}/count"), operator.get(address)):
        assert "CT0" not in page.text
        assert not re.search(r"\b5\b", words(page).partition("AV-7/2026")[2].partition("Count")[0])
    answer = operator.submit(f"{address}/count", {"serials": "CT01 CT03\nCT05\nCT77"})
    assert answer.status_code == 303
    said = words(operator.get(answer.location))
    for sentence in ("Counted: 4 blanks lie in the vault", "Announced and not there: 1", "not announced: CT77", "CT04"):
        assert sentence in said, said
    assert [str(blank(people, it).state) for it in ("CT04", "CT05")] == ["missing", "in_vault"]
    assert "CT77" in sat("supervisor").get("/oversight/blanks").text
    check(people)


def test_what_a_manifest_may_not_say_is_shown_beside_the_field(sat: As, people: SmallOffice) -> None:
    fields = {"reference": "AV-7", "stock": "card", "serials": "card-1 card-3"}
    answer = sat("supervisor").submit("/stock/deliveries/new", fields)
    assert answer.status_code == 400
    assert "is in the ledger already" in sentence_beside(answer, "serials")
    assert 'value="AV-7"' in answer.text
    assert "Give the serials" in sentence_beside(
        sat("supervisor").submit("/stock/deliveries/new", fields | {"serials": ""}), "serials"
    )


def test_from_the_vault_into_a_station_and_back(sat: As, people: SmallOffice) -> None:
    address = announced(sat, people, "CT01 CT09")
    sat("operator").submit(f"{address}/count", {"serials": "CT01 CT09"})
    page = sat("supervisor").get("/stock/hand").text
    assert ("Out of the vault" in page, "I have them" in page) == (True, False)
    for who, step in (("supervisor", "hand_out"), ("operator", "take_over")):
        browser = sat(who)
        answer = browser.submit("/stock/hand", {"step": step, "serials": "CT01 CT04"})
        assert answer.status_code == 303
        assert "4 blanks are written down" in browser.get("/stock/hand").text
    station = f"/stock/stations/{people.station.id}"
    assert station in sat("operator").get(f"/production/stations/{people.station.id}").text
    sat("operator").submit(station, {"direction": "load", "serials": "CT01 CT03"})
    assert [str(blank(people, it).state) for it in ("CT03", "CT04", "CT05")] == ["at_station", "at_centre", "in_vault"]
    wrong = sat("operator").submit(station, {"direction": "take_out", "serials": "CT03 CT04"})
    assert "CT04 does not lie at this station" in sentence_beside(wrong, "serials")
    sat("operator").submit(station, {"direction": "take_out", "serials": "CT03"})
    assert blank(people, "CT03").state == "at_centre"
    refused = sat("supervisor").submit("/stock/hand", {"step": "take_over", "serials": "CT04"})
    assert refused.status_code == 403
    check(people)


def test_a_missing_blank_is_told_whoever_has_it_and_comes_back_by_two_persons(sat: As, people: SmallOffice) -> None:
    supervisor = sat("supervisor")
    lost = {"serials": "card-1 card-2", "reason": "not in the safe on Monday"}
    assert supervisor.submit("/stock/missing", lost).status_code == 303
    page = words(supervisor.get("/stock/missing"))
    assert ("card-1" in page, "2 blanks are missing" in page) == (True, True)
    station = f"/stock/stations/{people.station.id}"
    answer = sat("operator").submit(station, {"direction": "take_out", "serials": "card-1"})
    assert "Blank card-1 was declared missing. Keep it apart" in words(answer)
    supervisor = sat("supervisor")
    stray = re.search(r"/oversight/blanks/strays/[0-9a-f-]+", supervisor.get("/oversight/blanks").text)
    assert stray
    assert "I have the missing blank" in supervisor.get(stray.group()).text
    supervisor.submit(stray.group(), {"way": "found", "found": "the operator had it"})
    found = f"/stock/missing/{blank(people, 'card-2').id}/found"
    assert supervisor.submit(found, {"found": "behind the safe"}).status_code == 303
    page = supervisor.get("/stock/missing").text
    assert "You found it: another person looks." in page
    clear = f"/stock/missing/{blank(people, 'card-1').id}/clear"
    assert supervisor.submit(clear, {"fit": "yes"}).status_code == 403
    operator = sat("operator")
    assert clear in operator.get("/stock/missing").text
    assert operator.submit(clear, {"fit": "yes"}).status_code == 303
    operator.submit(f"/stock/missing/{blank(people, 'card-2').id}/clear", {"fit": "no"})
    assert [str(blank(people, it).state) for it in ("card-1", "card-2")] == ["in_vault", "spoiled"]
    check(people)


def test_spoiled_blanks_are_destroyed_with_minutes(sat: As, people: SmallOffice) -> None:
    spoiled = reject(people, people.carry("made").document_id)
    operator = sat("operator")
    assert spoiled in operator.get("/stock/rejects").text
    wrong = operator.submit("/stock/rejects/count", {"serials": f"{spoiled}\ncard-1"})
    assert "card-1 does not lie in the reject bin" in words(wrong)
    assert operator.submit("/stock/rejects/count", {"serials": spoiled}).status_code == 303
    with people.database.reading() as session:
        key = session.scalars(select(Destruction.id)).one()
    witness = f"/stock/rejects/{key}/witness"
    assert witness not in operator.get("/stock/rejects").text
    supervisor = sat("supervisor")
    assert witness in supervisor.get("/stock/rejects").text
    assert supervisor.get(f"/stock/rejects/{key}/minutes.pdf").status_code == 409
    assert supervisor.submit(witness, {"method": "shredded"}).status_code == 303
    assert f"/stock/rejects/{key}/minutes.pdf" in supervisor.get("/stock/rejects").text
    for language, title in (("ro", "Proces-verbal de distrugere"), ("en", "Destruction minutes")):
        supervisor.set_cookie("language", language)
        said = text_of(supervisor.get(f"/stock/rejects/{key}/minutes.pdf").data)
        assert spoiled in said
        assert title in said, said
    assert blank(people, spoiled).state == "destroyed"
    check(people)


def test_the_ledger_is_shown_to_who_keeps_it_and_to_the_auditor(sat: As, people: SmallOffice, office: Office) -> None:
    people.carry("made")
    with people.act(SYSTEM) as act:
        accounts.note(act, accounts.wrong(act))
    with people.database.reading() as session:
        feeder = session.scalars(select(Place.id).where(Place.station_id == people.station.id)).one()
    for who in ("operator", "supervisor", "auditor"):
        browser = sat(who)
        page = words(browser.get("/stock"))
        assert "Every account balances" in page
        assert "s1 cards with chip 19 1 18" in page, page
        moves = words(browser.get(f"/stock/places/{feeder}"))
        assert "a document was made on it" in moves
        assert "put into the station" in moves
    assert "No blank ever came here" in sat("auditor").get("/stock?centre=galati").text
    assert "s1" in words(sat("supervisor").get("/stock?centre=galati"))


def test_an_account_that_does_not_balance_is_said(sat: As, people: SmallOffice) -> None:
    with people.database.transaction() as session:
        session.execute(text("UPDATE balance SET came = came + 1 WHERE stock = 'card'"))
    with people.reading() as look:
        found = accounts.wrong(look)
    with people.act(SYSTEM) as act:
        accounts.note(act, found)
    assert "accounts do not balance" in words(sat("auditor").get("/stock"))
