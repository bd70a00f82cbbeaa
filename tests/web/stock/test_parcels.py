"""The pages of parcels: packed and sealed here, counted blind and acknowledged there, late on both first pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pypdfium2
import pytest
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre, RoleName, Staff
from issuance.models.supply import Parcel
from issuance.office import Office
from issuance.services import centres
from issuance.services.stock import serials
from issuance.services.supply import deliveries
from issuance.services.supply.deliveries import Manifest
from tests.people import SmallOffice
from tests.supply import blank, check
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import sentence_beside
from tests.web.stock.test_pages import words

As = Callable[[str], Browser]
AT_GALATI = {"clerk": RoleName.OPERATOR, "quality_officer": RoleName.SUPERVISOR}
"""Who works at Galați in these tests, and as what."""


@pytest.fixture
def sat(client: Browser, office: Office, people: SmallOffice) -> As:
    """Ten cards lie in the vault of Timișoara; two of its people have moved to Galați. Somebody sits down."""
    with people.act(people.actors["supervisor"]) as act:
        here = centres.named(act, "timisoara")
        row = deliveries.announce(act, here, Manifest("AV", "card", serials.listed("CT01 CT10")))
    with people.act(people.actors["operator"]) as act:
        deliveries.count(act, deliveries.opened(act, row.id), serials.listed("CT01 CT10"))
    for who, role in AT_GALATI.items():
        people.becomes(people.actors[who], role)
    with people.database.transaction() as session:
        galati = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()
        for who in AT_GALATI:
            session.get_one(Staff, people.actors[who].id).centre_id = galati
    return lambda who: sit_down(client, office, people, who)


def packed(sat: As, said: str = "CT01 CT05") -> str:
    """The address of a parcel that the supervisor packed for Galați."""
    answer = sat("supervisor").submit("/stock/parcels/new", {"to": "galati", "seal": "s 4711", "serials": said})
    assert answer.status_code == 303, words(answer)
    return str(answer.location)


def sent(sat: As) -> str:
    """The address of a parcel on its way."""
    address = packed(sat)
    answer = sat("operator").submit(f"{address}/send", {"seal": "S4711"})
    assert answer.status_code == 303, words(answer)
    return address


def waiting(browser: Browser, address: str) -> bool:
    """Whether the first page leads there because something waits."""
    return f'href="{address}"' in browser.get("/").text.partition("<main")[2]


def test_a_parcel_from_the_vault_of_one_centre_into_that_of_another(sat: As, people: SmallOffice) -> None:
    address = packed(sat)
    keeper = sat("supervisor")
    assert "Another person of the centre signs" in words(keeper.get(address))
    refused = keeper.submit(f"{address}/send", {"seal": "S4711"})
    assert refused.status_code == 403
    second = sat("operator")
    other = second.submit(f"{address}/send", {"seal": "S4712"})
    assert "not the seal" in sentence_beside(other, "seal")
    sheet = second.get(f"{address}/manifest.pdf")
    printed = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(sheet.data))
    for said in ("CT01", "CT05", "S4711", "Borderou de expediere", "Galați"):
        assert said in printed, printed
    assert second.submit(f"{address}/send", {"seal": "S4711"}).status_code == 303
    assert "In parcels to" in words(second.get("/stock"))
    counter = sat("clerk")
    page = words(counter.get("/stock/parcels"))
    assert "Coming to this centre" in page
    for secret in (address, f"{address}/count"):
        assert "CT0" not in counter.get(secret).text, "nothing that was packed is shown to who counts"
        assert "4711" not in counter.get(secret).text
    assert counter.get(f"{address}/manifest.pdf").status_code == 403
    answer = counter.submit(f"{address}/count", {"seal": "S4711", "serials": "CT01 CT04\nCX7"})
    assert answer.status_code == 303, words(answer)
    assert "You counted or sent this parcel" in words(counter.get(address))
    receiver = sat("quality_officer")
    page = words(receiver.get(address))
    for said in ("Packed and not there", "CT05", "There and not packed", "CX7", "It is so: acknowledge the parcel"):
        assert said in page, page
    assert receiver.submit(f"{address}/acknowledge").status_code == 303
    assert [str(blank(people, f"CT0{n}").state) for n in (4, 5)] == ["in_vault", "missing"]
    for who, said in (("supervisor", "blanks of this parcel did not come"), ("quality_officer", "CX7")):
        browser = sat(who)
        assert said in words(browser.get("/oversight/blanks"))
        assert "acknowledged" in words(browser.get("/stock/parcels"))
    check(people)


def test_a_sender_who_acknowledges_is_refused_and_it_is_recorded(sat: As, people: SmallOffice) -> None:
    address = sent(sat)
    sender = sat("supervisor")
    assert "not yours to count" in words(sender.get(f"{address}/count"))
    for page, fields in (
        ("count", {"seal": "S4711", "serials": "CT01 CT05"}),
        ("acknowledge", {}),
        ("count-again", {}),
    ):
        answer = sender.submit(f"{address}/{page}", fields)
        assert answer.status_code == 403
        assert "You sent this parcel" in words(answer)
    with people.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.act == "parcel.refused")).all()
        assert [each.actor_id for each in events] == [people.actors["supervisor"].id] * 3
        assert [str(row.state) for row in session.scalars(select(Parcel)).unique()] == ["sent"]
    assert str(blank(people, "CT01").state) == "in_transit"
    check(people)


def test_a_parcel_that_nobody_acknowledges_is_on_the_first_page_of_both_supervisors(
    sat: As, people: SmallOffice, clock: FixedClock
) -> None:
    address = sent(sat)
    for who in ("supervisor", "quality_officer"):
        browser = sat(who)
        assert "No parcel is late" in words(browser.get("/stock/parcels/late"))
    clock.advance(dt.timedelta(days=10))
    for who in ("supervisor", "quality_officer"):
        browser = sat(who)
        assert waiting(browser, "/stock/parcels/late")
        assert address in browser.get("/stock/parcels/late").text
        assert "late" in words(browser.get(address))
    assert "Parcels of blanks that nobody acknowledged in time" in words(sat("supervisor").get("/days/close"))
    browser = sat("operator")
    assert browser.get("/stock/parcels/late").status_code == 403
    assert browser.submit(f"{address}/lost", {"word": "gone"}).status_code == 403
    keeper = sat("supervisor")
    assert keeper.submit(f"{address}/lost", {"word": " "}).status_code == 400
    assert keeper.submit(f"{address}/lost", {"word": "the car was robbed"}).status_code == 303
    assert "the car was robbed" in words(keeper.get(address))
    assert "No parcel is late" in words(keeper.get("/stock/parcels/late"))
    assert str(blank(people, "CT03").state) == "missing"


def test_its_code_opens_a_parcel_at_both_centres_alone(sat: As, people: SmallOffice) -> None:
    address = packed(sat)
    with people.database.reading() as session:
        code = session.scalars(select(Parcel.code)).one()
    for who in ("operator", "clerk"):
        assert sat(who).submit("/stock/parcels/scan", {"code": code.lower()}).location == address
    lost = sat("operator").submit("/stock/parcels/scan", {"code": "ABC"})
    assert lost.location == "/stock/parcels"
    people.becomes(people.actors["clerk"], RoleName.SUPERVISOR)
    with people.database.transaction() as session:
        third = session.scalars(select(Centre.id).where(Centre.code == "radauti")).one()
        session.get_one(Staff, people.actors["clerk"].id).centre_id = third
    stranger = sat("clerk")
    assert stranger.submit("/stock/parcels/scan", {"code": code}).location == "/stock/parcels"
    assert stranger.get(address).status_code == 404
    assert sat("operator").submit(f"{address}/unpack").status_code == 303
    assert str(blank(people, "CT01").state) == "in_vault"


def test_an_order_from_the_suggestion_to_the_parcel_that_fulfils_it(sat: As, people: SmallOffice) -> None:
    asker = sat("quality_officer")
    bad = asker.submit("/stock/orders/new", {"of": "timisoara", "stock": "card", "count": "0", "why": "x"})
    assert bad.status_code == 400
    asked = {"of": "timisoara", "stock": "card", "count": "2", "why": "many families came"}
    answer = asker.submit("/stock/orders/new", asked)
    assert answer.status_code == 303, words(answer)
    address = str(answer.location)
    assert asker.submit(f"{address}/agree").status_code == 403
    keeper = sat("supervisor")
    assert waiting(keeper, "/stock/orders")
    assert "many families came" in words(keeper.get(address))
    assert keeper.submit(f"{address}/refuse", {"answer": ""}).status_code == 400
    assert keeper.submit(f"{address}/agree").status_code == 303
    assert not waiting(keeper, "/stock/orders")
    pack_page = f"/stock/parcels/new?order={address.rpartition('/')[2]}"
    assert pack_page in keeper.get(address).text
    assert "Blanks wanted" in words(keeper.get(pack_page))
    fields = {"to": "galati", "seal": "S1", "serials": "CT01 CT02", "order": address.rpartition("/")[2]}
    parcel = keeper.submit("/stock/parcels/new", fields).location
    assert sat("operator").submit(f"{parcel}/send", {"seal": "S1"}).status_code == 303
    assert "sent in parts" in words(sat("supervisor").get(address))
    counter = sat("clerk")
    assert counter.get(address).status_code == 403
    assert counter.submit(f"{parcel}/count", {"seal": "S1", "serials": "CT01 CT02"}).status_code == 303
    receiver = sat("quality_officer")
    assert address in receiver.get(parcel).text
    assert receiver.submit(f"{parcel}/acknowledge").status_code == 303
    said = words(receiver.get(address))
    assert "done" in said
    assert "Came 2" in said
    check(people)


def test_an_order_whose_form_is_sent_again_is_one(sat: As) -> None:
    """The answer to it was lost, as the server was killed behind the commit."""
    asker = sat("quality_officer")
    (key,) = re.findall(r'name="key" value="([0-9a-f-]{36})"', asker.get("/stock/orders/new").text)
    asked = {"of": "timisoara", "stock": "card", "count": "2", "why": "many families came", "key": key}
    assert {str(asker.submit("/stock/orders/new", asked).location) for _ in range(2)} == {f"/stock/orders/{key}"}
    other = asker.submit("/stock/orders/new", asked | {"key": "none"})
    assert key not in str(other.location)


def test_an_order_is_withdrawn_by_who_asked_and_found_by_nobody_else(sat: As) -> None:
    asked = {"of": "timisoara", "stock": "card", "count": "2", "why": "many families came"}
    address = str(sat("quality_officer").submit("/stock/orders/new", asked).location)
    assert sat("supervisor").submit(f"{address}/withdraw", {"answer": "no"}).status_code == 403
    browser = sat("quality_officer")
    assert browser.submit(f"{address}/withdraw", {"answer": "others came"}).status_code == 303
    assert "others came" in words(browser.get(address))
    for page in ("/stock/parcels/new?order=x", "/stock/parcels/new?order=00000000-0000-0000-0000-000000000000"):
        assert sat("supervisor").get(page).status_code == 404
