"""The desk gives, changes and withdraws where a person is written to, and sees what came back; the holder stops it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from issuance.chores.public import notices as chores
from issuance.models.audit import AuditEvent
from issuance.models.notices import Contact, ToldContact
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.tasks import HANDLERS
from tests import relay
from tests.people import Case, SmallOffice
from tests.relay import Relay
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

AGREED = {"channel": "email", "address": "layla@post.example", "agrees": "1"}


@pytest.fixture
def mail(office: Office, people: SmallOffice) -> Iterator[Relay]:
    """A relay that takes what this office sends."""
    with relay.running() as running:
        said = {"smtp_url": f"smtp://127.0.0.1:{running.port}", "smtp_from": "no-reply@liman.example"}
        office.settings = people.settings = office.settings.model_copy(update=said)
        yield running


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def test_from_the_consent_to_what_came_back_and_another_address(
    clerk: Browser, people: SmallOffice, lodged: Case, mail: Relay
) -> None:
    case, page = f"/cases/{lodged.request_id}", f"/cases/{lodged.request_id}/contacts"
    assert page in clerk.get(case).text
    assert "The person is not written to" in clerk.get(page).text
    assert "Arabic" in clerk.get(page).text
    assert clerk.submit(page, AGREED).status_code == 303
    assert "layla@post.example" in clerk.get(page).text

    mail.will_answer("RCPT", "550 5.1.1 <layla@post.example> no such mailbox")
    chores.send_notices(people)
    assert "What was sent by E-mail came back: ask for another address." in clerk.get(case).text
    assert "Wrong addresses" in clerk.get("/").text
    listed = clerk.get("/wrong-addresses").text
    assert ("Al-Masri Layla" in listed, page in listed) == (True, True)
    shown = clerk.get(page).text
    assert "refused: the address is wrong" in shown
    assert "no such mailbox" not in shown

    assert clerk.submit(page, AGREED | {"address": "other@post.example"}).status_code == 303
    chores.send_notices(people)
    assert mail.to == ["other@post.example"]
    assert "came back" not in clerk.get(case).text
    assert "Al-Masri Layla" not in clerk.get("/wrong-addresses").text
    assert "Notice refused: the address is wrong" in clerk.get(case).text


@pytest.mark.parametrize(
    ("field", "typed"), [("channel", ""), ("address", ""), ("address", "layla at post"), ("agrees", "")]
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    clerk: Browser, lodged: Case, mail: Relay, field: str, typed: str
) -> None:
    page = f"/cases/{lodged.request_id}/contacts"
    answer = clerk.submit(page, AGREED | {field: typed})
    assert (answer.status_code, bool(sentence_beside(answer, field))) == (400, True)
    assert "The person is not written to" in clerk.get(page).text


def test_the_desk_withdraws_and_no_address_is_in_the_audit(
    clerk: Browser, office: Office, people: SmallOffice, lodged: Case, mail: Relay
) -> None:
    page = f"/cases/{lodged.request_id}/contacts"
    clerk.submit(page, AGREED)
    (withdraw,) = re.findall(r'action="([^"]+/withdraw)"', clerk.get(page).text)
    assert clerk.submit(withdraw).status_code == 303
    assert "The person is not written to" in clerk.get(page).text
    assert clerk.submit(withdraw).status_code == 409
    chores.send_notices(people)
    assert mail.came == []
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent)).all()
    assert {"contact.given", "contact.withdrawn"} <= {each.act for each in events}
    assert [each for each in events if "layla@" in str(each.details)] == []


def test_an_office_without_a_relay_asks_nobody_for_an_address(clerk: Browser, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/contacts"
    assert "This office does not write to persons" in clerk.get(page).text
    assert clerk.submit(page, AGREED).status_code == 400


def test_a_holder_stops_it_by_the_link_of_the_message(
    clerk: Browser, people: SmallOffice, lodged: Case, mail: Relay
) -> None:
    page = f"/cases/{lodged.request_id}/contacts"
    clerk.submit(page, AGREED)
    chores.send_notices(people)
    link = str(mail.came[0]["List-Unsubscribe"])[1:-1]
    assert link in mail.came[0].get_content()
    path = "/" + link.split("/", 3)[3]
    phone = clerk.application.test_client()
    for _ in range(2):
        asked = phone.get(path, headers={"Accept-Language": "ar"})
        assert ("إيقاف الرسائل" in asked.text, 'dir="rtl"' in asked.text) == (True, True)
        assert "layla" not in asked.text
    assert "Send nothing there any more" in clerk.get(page).text  # looking stops nothing
    stopped = phone.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"Accept-Language": "uk"})
    assert (stopped.status_code, "Ми більше не пишемо вам туди" in stopped.text) == (200, True)
    assert phone.post(path).status_code == 200
    chores.take_stops(people)
    assert "The person is not written to" in clerk.get(page).text
    assert "Holder stopped what is sent to an address" in clerk.get(f"/cases/{lodged.request_id}").text
    with people.reading() as look:
        assert look.session.scalars(select(AuditEvent.actor_kind).where(AuditEvent.act == "contact.stopped")).all() == [
            "holder"
        ]
    unknown = phone.get("/stop/unknown", headers={"Accept-Language": "en"})
    assert (unknown.status_code, "We do not know this address" in unknown.text) == (404, True)


def offer(people: SmallOffice, case: Case) -> None:
    """The holder gave an address at the status page, and the office sent a code there."""
    with people.upkeep() as look:
        given = {"channel": "email", "address": "holder@post.example", "told_at": people.clock.now()}
        look.session.add(ToldContact(request_id=case.request_id, **given))
    HANDLERS["take-told"](people)
    chores.send_notices(people)


def test_the_desk_sees_what_a_holder_gave_and_ends_it(
    clerk: Browser, people: SmallOffice, lodged: Case, mail: Relay
) -> None:
    page = f"/cases/{lodged.request_id}/contacts"
    clerk.submit(page, AGREED)
    offer(people, lodged)
    shown = clerk.get(page).text
    assert ("holder@post.example" in shown, "waits for its code" in shown) == (True, True)
    assert shown.count("by the holder, at the status page") == 1
    first, second = re.findall(r'action="([^"]+/withdraw)"', shown)
    assert clerk.submit(second).status_code == 303
    shown = clerk.get(page).text
    assert ("layla@post.example" in shown, "holder@post.example" in shown) == (True, False)
    assert (
        "Holder gave an address at the status page; a code is sent there"
        in clerk.get(f"/cases/{lodged.request_id}").text
    )
    assert first in shown


def test_the_desk_reads_that_an_address_broke(clerk: Browser, people: SmallOffice, lodged: Case, mail: Relay) -> None:
    page = f"/cases/{lodged.request_id}/contacts"
    clerk.submit(page, AGREED)
    with people.upkeep() as look:
        look.session.scalars(select(Contact)).one().encrypted = b"broken"
    assert "cannot be read" in clerk.get(page).text
    chores.send_notices(people)
    shown = clerk.get(page).text
    assert "Tell the administrator: a disk may be damaged." in shown
    assert "not sent: what is kept of the address cannot be read" in shown
    assert page in clerk.get("/wrong-addresses").text
