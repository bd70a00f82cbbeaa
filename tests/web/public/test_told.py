"""A loss told from the status page: it holds nowhere from that moment, and the office has it as the holder's report."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.endings import LossReport, ToldLoss
from issuance.models.requests import IssuanceRequest
from issuance.services.life import loss
from issuance.services.public import verdict
from issuance.services.public.verdict import Verdict
from issuance.states import DocumentState
from issuance.tasks import HANDLERS
from issuance.web.public.parts.carried import carry
from tests.people import Case, SmallOffice
from tests.web.public.holder import ON_BOTH, ask, words

TELL = "Tell the office now"
GONE = "Your document is not valid: it was reported lost or stolen."


def who(people: SmallOffice, case: Case) -> tuple[str, str]:
    """What the holder knows: reference and birth date."""
    with people.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        return request.reference, request.person.birth_date


@pytest.fixture
def collected(people: SmallOffice, checked: Case) -> Case:
    """A document that its holder has for a week."""
    people.hand_over(checked.request_id, checked.number)
    people.clock.advance(dt.timedelta(days=7))
    return checked


def tell(client: FlaskClient, carried: str, day: dt.date, **changes: str) -> TestResponse:
    """Send the form of an answer, which carries what the holder knows."""
    parts = {f"noticed_on-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    return client.post("/status/loss", data={"carried": carried, "kind": "stolen", **parts, **changes})


def carried_by(client: FlaskClient, reference: str, birth_date: str) -> str:
    """What the answer to a holder carries."""
    found = re.search(r'name="carried" value="([^"]+)"', ask(client, reference, birth_date).text)
    assert found
    return found[1]


def state(people: SmallOffice, document_id: UUID) -> DocumentState:
    with people.reading() as look:
        return look.session.get_one(Document, document_id).state


@ON_BOTH
def test_a_holder_tells_in_two_answers_and_it_holds_nowhere(
    client: FlaskClient, people: SmallOffice, collected: Case
) -> None:
    reference, born = who(people, collected)
    assert TELL in words(ask(client, reference, born))
    answer = tell(client, carried_by(client, reference, born), people.clock.today())
    assert (answer.status_code, GONE in words(answer), TELL in words(answer)) == (200, True, False)
    assert GONE in words(ask(client, reference, born)), "before the office made an act of it"
    HANDLERS["take-told"](people)
    assert state(people, collected.document_id) == DocumentState.SUSPENDED
    with people.reading() as look:
        row = look.session.scalars(select(LossReport)).one()
        assert (row.kind, row.source, row.reported_by, row.settled_at) == ("stolen", "status_page", None, None)
        assert look.session.scalar(select(func.count()).select_from(ToldLoss)) == 0
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "document.reported")).one()
        assert (event.actor_kind, event.actor_id) == ("holder", None)
        document = look.session.get_one(Document, collected.document_id)
        assert verdict.of_number(look, document.number, document.expiry_date).verdict is Verdict.NOT_VALID
    assert GONE in words(ask(client, reference, born))


@ON_BOTH
def test_told_twice_is_one_report(client: FlaskClient, people: SmallOffice, collected: Case) -> None:
    reference, born = who(people, collected)
    carried = carried_by(client, reference, born)
    for _ in range(2):
        assert tell(client, carried, people.clock.today()).status_code == 200
    HANDLERS["take-told"](people)
    assert tell(client, carried, people.clock.today()).status_code == 200
    HANDLERS["take-told"](people)
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(LossReport)) == 1


@ON_BOTH
def test_what_the_window_knew_first_is_noted_and_leaves_the_box(
    client: FlaskClient, people: SmallOffice, collected: Case
) -> None:
    tell(client, carried_by(client, *who(people, collected)), people.clock.today())
    with people.act(people.actors["clerk"]) as act:
        document = act.session.get_one(Document, collected.document_id)
        loss.report(act, document, loss.Said("lost", "holder", people.clock.today()))
    HANDLERS["take-told"](people)
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(ToldLoss)) == 0
        assert look.session.scalars(select(LossReport)).one().kind == "lost"
        last = select(AuditEvent.act).order_by(AuditEvent.id.desc()).limit(1)
        assert look.session.scalar(last) == "document.told_again"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": ""}, "What happened?"),
        ({"kind": "sold"}, "What happened?"),
        ({"noticed_on-year": "2031"}, "still to come"),
        ({"noticed_on-year": "1999"}, "issued later"),
        ({"noticed_on-day": "31", "noticed_on-month": "2"}, "When did you notice?"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_told(
    client: FlaskClient, people: SmallOffice, collected: Case, changes: dict[str, str], said: str
) -> None:
    answer = tell(client, carried_by(client, *who(people, collected)), people.clock.today(), **changes)
    assert answer.status_code == 400
    assert said in words(answer)
    assert "You have your document." in words(answer)
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(ToldLoss)) == 0


def test_who_carries_nothing_of_ours_is_led_to_the_question(
    client: FlaskClient, people: SmallOffice, collected: Case
) -> None:
    carried = carried_by(client, *who(people, collected))
    for wrong in ("", "x" * 5000, carried[:-2], carried.swapcase(), "\N{ARABIC LETTER BEH}"):
        answer = tell(client, wrong, people.clock.today())
        assert (answer.status_code, answer.location) == (303, "/status"), wrong[:20]
    people.clock.advance(dt.timedelta(minutes=16))
    assert tell(client, carried, people.clock.today()).status_code == 303
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(ToldLoss)) == 0


def test_what_the_holder_does_not_have_cannot_be_told(client: FlaskClient, people: SmallOffice, made: Case) -> None:
    """Also not by what an answer carried while it was there."""
    reference, born = who(people, made)
    assert TELL not in words(ask(client, reference, born))
    with client.application.test_request_context():
        carried = carry(reference, born)
    assert tell(client, carried, people.clock.today()).status_code == 200
    with people.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(ToldLoss)) == 0
