"""From the consent at the desk over the outbox and a real Kannel to its centre, and back: in Arabic, both databases."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.chores.public import notices as chores
from issuance.chores.public.notices import Down
from issuance.models.notices import Contact, DeliveryReport, Notice, ToldDeliveryReport
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.sending.parts import Alphabet, parts
from issuance.services.notices import channels, contacts, texts
from issuance.services.notices.texts import Facts
from issuance.settings import Settings
from issuance.states import NoticeState
from issuance.tasks import HANDLERS
from tests.contract.kannel import PASSWORD, SENDER, USER, Kannel, kannel
from tests.counterparts import free_port
from tests.fixtures.servers import serving
from tests.people import Case, SmallOffice
from tests.web.public.holder import ON_BOTH

pytestmark = pytest.mark.contract

NUMBER = "+40722123456"
REPORTS_SECONDS = 60.0


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    with kannel(tmp_path_factory.mktemp("kannel")) as running:
        yield running


@pytest.fixture
def served(app: Flask, people: SmallOffice, theirs: Kannel, tmp_path: Path) -> Iterator[SmallOffice]:
    """The office, where Kannel reaches it."""
    (tmp_path / "password").write_text(PASSWORD)
    with serving(lambda url: app) as url:
        sms = {"sms_gateway": "kannel", "sms_url": theirs.url, "sms_user": USER, "sms_sender": SENDER}
        given = {**sms, "sms_password_file": tmp_path / "password", "public_url": url, "demo": True}
        app.extensions["office"].settings = people.settings = Settings(var=tmp_path / "var", **given)
        yield people


def send(office: SmallOffice, **changes: object) -> None:
    """The turn of the next notice, by the settings with these changes."""
    chores.send_next(office, channels.opened(office.settings.model_copy(update=changes), office.clock))


def notice(office: SmallOffice) -> Notice:
    with office.reading() as look:
        return look.session.scalars(select(Notice)).one()


def later(office: SmallOffice) -> None:
    office.clock.advance(dt.timedelta(hours=1))


@ON_BOTH
def test_an_arabic_notice_comes_to_the_telephone_and_its_delivery_report_to_the_desk(
    served: SmallOffice, theirs: Kannel, complete: Case, tmp_path: Path
) -> None:
    before = len(theirs.parts())
    with served.act(served.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, complete.request_id)
        act.session.get_one(Person, request.person_id).language = "ar"
        contacts.give(act, request, "sms", "0722 123 456")
    with served.reading() as look:
        contact = look.session.scalars(select(Contact)).one()
        stop = f"{served.settings.public_url}/stop/{contacts.stop_token(look, contact)}"

    (tmp_path / "wrong").write_text("wrong")
    with pytest.raises(Down):  # a wrong password is no fault of the number
        send(served, sms_password_file=tmp_path / "wrong")
    waits = notice(served)
    assert (waits.state, waits.code, waits.reason) == (NoticeState.WAITING, "403", "down")
    later(served)
    with pytest.raises(Down):
        send(served, sms_url=f"http://127.0.0.1:{free_port()}")
    assert (notice(served).state, notice(served).code) == (NoticeState.WAITING, "")
    assert theirs.parts()[before:] == []
    later(served)

    send(served)
    words = texts.text(notice(served).kind, "sms", "ar", Facts("", stop))
    assert parts(words).alphabet is Alphabet.UCS2
    assert notice(served).tries == 3
    came = theirs.wait_for(before + parts(words).count)[before:]
    assert "".join(part.text for part in came) == words
    assert len(came) == parts(words).count <= 2
    assert {part.to for part in came} == {NUMBER}

    assert told(served, DeliveryReport.DELIVERED)
    HANDLERS["take-receipts"](served)
    assert (notice(served).state, notice(served).delivery_report) == (NoticeState.DELIVERED, "delivered")
    with served.reading() as look:
        assert look.session.scalars(select(Contact)).one().refused_at is None


def told(office: SmallOffice, says: DeliveryReport) -> bool:
    """Whether Kannel told it before long."""
    deadline = time.monotonic() + REPORTS_SECONDS
    while time.monotonic() < deadline:
        with office.reading() as look:
            if look.session.scalars(select(ToldDeliveryReport).where(ToldDeliveryReport.says == says)).first():
                return True
        time.sleep(0.1)
    return False
