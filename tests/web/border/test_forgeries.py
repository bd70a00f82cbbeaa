"""A document that may be forged (E26): reported with a picture, told to whom it concerns, settled by somebody else."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.documents import forgeries as law
from issuance.models.audit import AuditEvent
from issuance.models.forgeries import Suspicion
from issuance.models.staff import RoleName
from issuance.services.evidence.scans import Scan
from issuance.services.life.validity import Standing, standing
from issuance.services.production import documents
from issuance.services.public import forgeries
from issuance.services.public.forgeries import Seen
from issuance.tasks import worker
from printing.portraits.drawn import draw
from tests.background import later
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice, Stage
from tests.web.conftest import Browser, Login

SEEN = Seen("AB 123456-7", "Gara de Nord", ["seal", "print"], "the eagle looks left", withheld=True)
FORM = {"number": "AB1234567", "place": "Gara de Nord", "features": "print", "withheld": "yes", "note": "the eagle"}


@pytest.fixture
def held(people: SmallOffice) -> Case:
    """A permit that its holder has."""
    made = people.carry(Stage.CHECKED)
    people.hand_over(made.request_id, made.number)
    return made


def report(people: SmallOffice, who: str = "clerk", **changes: Any) -> Suspicion:
    with people.act(people.actors[who]) as act:
        return forgeries.report(act, replace(SEEN, **changes))


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_it_goes_from_the_street_to_its_outcome(client: Browser, login: Login, people: SmallOffice, held: Case) -> None:
    login(client, RoleName.POLICE)
    found = client.submit("/border/check", {"number": held.number, "why": "doubted_document"}).text
    assert 'action="/forgeries/new"' in found
    begun = client.submit("/forgeries/new", {"number": held.number}).text
    assert held.number in begun, "it is typed once"
    picture = {"picture": (io.BytesIO(draw("a")), "shown.jpg")}
    sent = client.submit("/forgeries/new", FORM | {"number": held.number} | picture)
    assert sent.status_code == 303
    with people.reading() as look:
        row = look.session.scalars(select(Suspicion)).one()
        assert (row.document_id, row.features, row.withheld) == (held.document_id, "print", True)
        assert b"JFIF" not in (row.picture or b"")[:64]
        assert forgeries.picture(look, row).startswith(b"\xff\xd8")
        assert standing(look, documents.current(look, row.document.request)) == Standing.VALID  # type: ignore[union-attr]
    again = client.submit("/border/check", {"number": held.number, "why": "street_control"}).text
    assert "was shown before and may be forged" in again
    login(client, RoleName.SUPERVISOR)
    assert held.number in client.get("/forgeries").text
    page = f"/forgeries/{row.id}"
    assert "the print, the colours" in client.get(page).text
    assert client.get(f"{page}/picture").data.startswith(b"\xff\xd8")
    assert client.submit(f"{page}/told", {"body": "police", "reference": "P-77"}).status_code == 303
    assert "Romanian Police" in client.get(page).text
    assert client.submit(f"{page}/told", {"body": "police"}).status_code == 409
    assert client.submit(f"{page}/outcome", {"outcome": "genuine", "grounds": ""}).status_code == 400
    assert client.submit(f"{page}/outcome", {"outcome": "genuine", "grounds": "report 5/2026"}).status_code == 303
    assert client.get(f"{page}/picture").status_code == 404
    assert "Nothing is reported" in client.get("/forgeries").text
    assert held.number in client.get("/forgeries?settled=1").text
    login(client, RoleName.POLICE)
    assert "may be forged" not in client.submit(
        "/border/check", {"number": held.number, "why": "street_control"}
    ).text.replace("It may be forged: report it", "")


def test_the_document_s_own_page_says_so(client: Browser, login: Login, people: SmallOffice, held: Case) -> None:
    report(people, read=held.number)
    login(client, RoleName.CLERK)
    assert "was shown and may be forged" in client.get(f"/cases/{held.request_id}/documents/{held.document_id}").text


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"features": []}, "features"), ({"features": ["colour"]}, "features"), ({"read": " - "}, "number")],
)
def test_what_says_too_little_is_refused(people: SmallOffice, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        report(people, **changes)
    assert caught.value.field == field


def test_nobody_settles_what_they_reported_nor_twice_nor_elsewhere(people: SmallOffice) -> None:
    mine, theirs = report(people, "supervisor"), report(people)
    with pytest.raises(NotAllowed, match="another supervisor"), people.act(people.actors["supervisor"]) as act:
        forgeries.settle(act, forgeries.opened(act, mine.id), "forged", "report 5")
    with people.act(people.actors["supervisor"]) as act:
        forgeries.settle(act, forgeries.opened(act, theirs.id), "forged", "report 5")
    with pytest.raises(Conflict), people.act(people.actors["supervisor"]) as act:
        forgeries.settle(act, forgeries.opened(act, theirs.id), "genuine", "report 6")
    with pytest.raises(NotAllowed), people.act(people.actors["operator"]) as act:
        forgeries.report(act, SEEN)


@on_sqlite
def test_another_centre_s_is_not_found(people: SmallOffice) -> None:
    row, here = report(people), people.actors["supervisor"]
    with people.reading(here) as look:
        assert forgeries.opened(look, row.id).id == row.id
    with people.reading(replace(here, centre_id=uuid4())) as look, pytest.raises(NotFound):
        forgeries.opened(look, row.id)


def test_pictures_of_forgeries_go_when_their_term_is_over(people: SmallOffice) -> None:
    row = report(people, picture=Scan(b"\xff\xd8picture", "jpeg", 1))
    with people.act(people.actors["supervisor"]) as act:
        forgeries.settle(act, forgeries.opened(act, row.id), "forged", "report 5")
    term = dt.timedelta(days=law.forgeries().keeping.picture_days)
    for step, left in ((term, True), (dt.timedelta(days=1), False)):
        later(people.database, people.clock, step)
        worker(people).run_due()
        with people.reading() as look:
            assert (look.session.get_one(Suspicion, row.id).picture is not None) == left
    with people.reading() as look:
        said = look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("forgery.%"))).all()
    assert sorted(said) == ["forgery.picture_deleted", "forgery.settled", "forgery.suspected"]


def test_no_event_says_number_place_or_words(people: SmallOffice) -> None:
    report(people)
    with people.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "forgery.suspected")).one()
    assert event.details == {"withheld": True, "count": 2}
