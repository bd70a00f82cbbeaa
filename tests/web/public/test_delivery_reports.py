"""What a gateway of SMS tells at its address, and what a gateway that lies changes: nothing that it should not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.notices import Contact, DeliveryReport, Notice, ToldContact, ToldDeliveryReport
from issuance.models.requests import IssuanceRequest
from issuance.sending import DOWN, Outcome, Sent
from issuance.sending.gateway import reports_token
from issuance.services.notices import contacts, delivery_reports, turn
from issuance.services.notices.turn import Taken
from issuance.settings import Settings
from issuance.states import NoticeState
from issuance.tasks import HANDLERS
from tests.people import Case, SmallOffice
from tests.web.public.holder import ON_BOTH

ACCEPTED = Sent(Outcome.ACCEPTED, "202", gateway_id="g-1")


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An office with Kannel as its gateway."""
    given = {"sms_gateway": "kannel", "sms_url": "http://127.0.0.1:1", "sms_sender": "LIMAN"}
    return Settings(var=tmp_path / "var", demo=True, database_url=database_url, **given)


class Gateway:
    """One notice at the gateway, and what it tells of it."""

    def __init__(self, people: SmallOffice, client: FlaskClient, request_id: UUID) -> None:
        self.people, self.client = people, client
        self.address = f"/delivery-reports/{reports_token(people.settings)}"
        with people.act(people.actors["clerk"]) as act:
            contacts.give(act, act.session.get_one(IssuanceRequest, request_id), "sms", "0722 123 456")
        with people.reading() as look:
            self.id = look.session.scalars(select(Notice.id)).one()

    def take(self) -> Taken:
        """A worker takes the notice."""
        with self.people.upkeep() as look:
            taken = turn.take(look, ["sms"])
        assert taken
        return taken

    def answer(self, taken: Taken, sent: Sent) -> None:
        """What the gateway said at once."""
        with self.people.act(self.people.actors["clerk"]) as act:
            turn.end(act, taken, sent)

    def give(self, sent: Sent = ACCEPTED) -> None:
        """The notice goes to the gateway."""
        self.answer(self.take(), sent)

    def tell(self, level: str, key: object = None) -> TestResponse:
        """A delivery report as Kannel sends it."""
        return self.client.get(f"{self.address}?id={key or self.id}&level={level}")

    def put_down(self) -> tuple[NoticeState, str]:
        """What the notice says once the box is emptied, as far as it can be."""
        HANDLERS["take-receipts"](self.people)
        with self.people.reading() as look:
            row = look.session.get_one(Notice, self.id)
            return row.state, row.delivery_report

    def boxed(self) -> int:
        with self.people.reading() as look:
            return look.session.scalar(select(func.count()).select_from(ToldDeliveryReport)) or 0


@pytest.fixture
def gateway(people: SmallOffice, client: FlaskClient, settings: Settings, complete: Case) -> Gateway:
    people.settings = settings
    return Gateway(people, client, complete.request_id)


@ON_BOTH
def test_a_message_comes_step_by_step(gateway: Gateway) -> None:
    gateway.give()
    assert gateway.put_down() == (NoticeState.ACCEPTED, "")
    assert gateway.tell("8").status_code == 200
    assert gateway.put_down() == (NoticeState.ACCEPTED, DeliveryReport.OPERATOR)
    assert gateway.tell("1").status_code == 200
    assert gateway.put_down() == (NoticeState.DELIVERED, DeliveryReport.DELIVERED)
    assert gateway.boxed() == 0


@ON_BOTH
def test_a_number_that_nothing_reaches_is_asked_for_anew(gateway: Gateway) -> None:
    gateway.give()
    gateway.tell("16")
    assert gateway.put_down() == (NoticeState.REFUSED, DeliveryReport.REFUSED)
    with gateway.people.reading(gateway.people.actors["clerk"]) as look:
        contact = look.session.scalars(select(Contact)).one()
        assert contact.refused_at is not None
        assert [each.id for each, _ in contacts.refused(look)] == [contact.id]
        last = look.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert last
        assert (last.act, last.details["channel"]) == ("notice.refused", "sms")


@ON_BOTH
def test_a_report_that_is_quicker_than_the_answer_waits_for_it(gateway: Gateway) -> None:
    taken = gateway.take()
    assert gateway.tell("1").status_code == 200
    assert gateway.put_down() == (NoticeState.SENDING, "")
    assert gateway.boxed() == 1
    gateway.answer(taken, ACCEPTED)
    assert gateway.put_down() == (NoticeState.DELIVERED, DeliveryReport.DELIVERED)


def test_what_came_after_all_is_no_longer_unknown(gateway: Gateway) -> None:
    gateway.give(Sent(Outcome.UNKNOWN))
    gateway.tell("8")
    assert gateway.put_down() == (NoticeState.ACCEPTED, DeliveryReport.OPERATOR)


@pytest.mark.parametrize(
    ("first", "then", "ends"),
    [
        ("1", "1", (NoticeState.DELIVERED, "delivered")),
        ("1", "2", (NoticeState.DELIVERED, "delivered")),
        ("1", "8", (NoticeState.DELIVERED, "delivered")),
        ("16", "1", (NoticeState.REFUSED, "refused")),
        ("2", "8", (NoticeState.REFUSED, "refused")),
    ],
)
def test_what_a_gateway_said_first_of_the_end_stays(
    gateway: Gateway, first: str, then: str, ends: tuple[NoticeState, str]
) -> None:
    gateway.give()
    gateway.tell(first)
    assert gateway.put_down() == ends
    assert gateway.tell(then).status_code == 200  # it need not come again
    assert gateway.boxed() == 0
    assert gateway.put_down() == ends


def test_what_contradicts_itself_in_one_moment_ends_once(gateway: Gateway) -> None:
    gateway.give()
    for level in ("2", "1", "1", "8", "2"):
        gateway.tell(level)
    assert gateway.boxed() == 3
    assert gateway.put_down() == (NoticeState.DELIVERED, "delivered")
    assert gateway.boxed() == 0


def test_what_the_gateway_did_not_take_it_cannot_deliver(gateway: Gateway) -> None:
    assert gateway.tell("1").status_code == 404  # it was never given the message
    taken = gateway.take()
    with gateway.people.upkeep() as look:
        turn.try_again(look, taken, Sent(Outcome.RETRY, reason=DOWN))
    assert gateway.tell("1").status_code == 200
    assert gateway.boxed() == 0
    assert gateway.put_down() == (NoticeState.WAITING, "")


def test_what_it_refused_it_cannot_deliver(gateway: Gateway) -> None:
    gateway.give(Sent(Outcome.REFUSED, "403"))
    gateway.tell("1")
    assert gateway.put_down() == (NoticeState.REFUSED, "")


def test_what_was_told_of_a_message_that_is_tried_again_is_forgotten(gateway: Gateway) -> None:
    taken = gateway.take()
    gateway.tell("1")
    with gateway.people.upkeep() as look:
        turn.try_again(look, taken, Sent(Outcome.RETRY, reason=DOWN))
    assert gateway.put_down() == (NoticeState.WAITING, "")
    assert gateway.boxed() == 0


@pytest.mark.parametrize("key", [uuid4(), "1", "%00", "x" * 500, "' OR 1=1", "g-1", "%D9%85"])
def test_other_ids_change_nothing(gateway: Gateway, key: object) -> None:
    gateway.give()
    assert gateway.tell("1", key).status_code in (400, 404)
    assert gateway.boxed() == 0


@pytest.mark.parametrize("query", ["", "level=1", "id={id}", "id={id}&level=9", "id={id}&level=4", "id={id}&LEVEL=1"])
def test_what_no_rule_knows_changes_nothing(gateway: Gateway, query: str) -> None:
    gateway.give()
    answer = gateway.client.get(f"{gateway.address}?{query.format(id=gateway.id)}")
    assert answer.status_code == 404
    assert gateway.boxed() == 0


def test_an_e_mail_is_none_of_the_gateways(gateway: Gateway) -> None:
    gateway.give()
    with gateway.people.upkeep() as look:
        look.session.get_one(Notice, gateway.id).channel = "email"
    assert gateway.tell("1").status_code == 404
    assert gateway.boxed() == 0


@ON_BOTH
def test_of_two_messages_the_one_that_is_told_of_comes(gateway: Gateway) -> None:
    gateway.give()
    with gateway.people.upkeep() as look:
        first = look.session.get_one(Notice, gateway.id)
        given = {"kind": first.kind, "channel": "sms", "language": "ar", "written_at": first.written_at}
        other = Notice(request_id=first.request_id, contact_id=first.contact_id, occasion="2", **given)
        other.next_at = first.written_at
        look.session.add(other)
    gateway.give(Sent(Outcome.ACCEPTED, "202", gateway_id="g-2"))
    gateway.tell("16", other.id)
    assert gateway.put_down() == (NoticeState.ACCEPTED, "")
    with gateway.people.reading() as look:
        row = look.session.get_one(Notice, other.id)
        assert (row.state, row.delivery_report) == (NoticeState.REFUSED, "refused")


@ON_BOTH
def test_what_is_told_late_asks_nobody_for_an_address_that_is_none_any_more(gateway: Gateway) -> None:
    gateway.give()
    people = gateway.people
    with people.act(people.actors["clerk"]) as act:
        notice = act.session.get_one(Notice, gateway.id)
        contacts.withdraw(act, notice.request, notice.contact_id)
    people.clock.advance(dt.timedelta(days=30))
    assert gateway.tell("16").status_code == 200
    assert gateway.put_down() == (NoticeState.REFUSED, "refused")
    with people.reading(people.actors["clerk"]) as look:
        assert contacts.refused(look) == []


@ON_BOTH
def test_a_code_that_did_not_come_ends_its_address(gateway: Gateway) -> None:
    people = gateway.people
    with people.upkeep() as look:
        request_id = look.session.get_one(Notice, gateway.id).request_id
        at = people.clock.now()
        look.session.add(ToldContact(request_id=request_id, channel="sms", address="+40733123456", told_at=at))
    HANDLERS["take-told"](people)
    with people.reading() as look:
        code = look.session.scalars(select(Notice).where(Notice.kind == "code")).one()
    gateway.give()
    gateway.give(Sent(Outcome.ACCEPTED, "202", gateway_id="g-2"))
    gateway.tell("16", code.id)
    gateway.put_down()
    with people.reading(people.actors["clerk"]) as look:
        assert look.session.get_one(Contact, code.contact_id).withdrawn_because == "unproved"
        assert contacts.refused(look) == []
        assert list(contacts.live(look, look.session.get_one(Contact, code.contact_id).person)) == ["sms"]


def test_where_releases_before_took_reports_they_are_taken_still(gateway: Gateway) -> None:
    gateway.give()
    earlier = gateway.address.replace("/delivery-reports/", "/receipts/")
    assert gateway.client.get(f"{earlier}?id={gateway.id}&level=1").status_code == 200
    assert gateway.put_down() == (NoticeState.DELIVERED, DeliveryReport.DELIVERED)


@ON_BOTH
def test_the_gateways_own_id_finds_one_message_or_none(gateway: Gateway, app: Flask) -> None:
    gateway.give()
    by_theirs = gateway.people.settings.model_copy(update={"sms_gateway": "json"})
    app.extensions["office"].settings = by_theirs

    def tell(key: str) -> int:
        return gateway.client.post(gateway.address, json={"id": key, "status": "delivered"}).status_code

    assert [tell("g-2"), tell(str(gateway.id)), tell("")] == [404, 404, 404]
    with gateway.people.upkeep() as look:  # a gateway that calls two messages the same
        given = look.session.get_one(Notice, gateway.id)
        said = {"kind": given.kind, "channel": "sms", "language": "ar", "written_at": given.written_at}
        twin = Notice(request_id=given.request_id, contact_id=given.contact_id, occasion="2", gateway_id="g-1", **said)
        twin.next_at = twin.taken_at = given.written_at
        look.session.add(twin)
    assert tell("g-1") == 404
    assert gateway.boxed() == 0
    with gateway.people.upkeep() as look:
        look.session.delete(look.session.get_one(Notice, twin.id))
    assert tell("g-1") == 200
    assert gateway.put_down() == (NoticeState.DELIVERED, "delivered")


@pytest.mark.parametrize("token", ["x", "0" * 64, "%F0%9F%98%80", "a/b"])
def test_strangers_find_nothing(gateway: Gateway, token: str) -> None:
    gateway.give()
    assert gateway.client.get(f"/delivery-reports/{token}?id={gateway.id}&level=1").status_code == 404
    assert gateway.boxed() == 0


def test_an_office_without_a_gateway_has_no_such_address(gateway: Gateway, app: Flask) -> None:
    gateway.give()
    app.extensions["office"].settings = gateway.people.settings.model_copy(update={"sms_gateway": ""})
    assert gateway.tell("1").status_code == 404


def test_a_huge_body_is_not_read(gateway: Gateway) -> None:
    gateway.give()
    form = {"id": str(gateway.id), "level": "1", "more": "x" * 20_000}
    assert gateway.client.post(gateway.address, data=form).status_code == 413
    many = {f"f{number}": "1" for number in range(1_200)}
    assert gateway.client.post(gateway.address, data=many).status_code in (400, 413)
    assert gateway.boxed() == 0
    assert gateway.client.post(gateway.address, data={"id": str(gateway.id), "level": "1"}).status_code == 200


def test_the_log_says_how_much_was_told_and_nothing_else(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.give()
    capsys.readouterr()
    gateway.tell("1")
    said = capsys.readouterr().out
    assert "told=1" in said
    assert "ours=1" in said
    assert str(gateway.id) not in said
    assert "722" not in said


def test_nothing_is_taken_that_was_taken_already(gateway: Gateway) -> None:
    """Two workers at once."""
    gateway.give()
    gateway.tell("16")
    HANDLERS["take-receipts"](gateway.people)
    with gateway.people.upkeep() as look:
        assert delivery_reports.take(look, gateway.id, DeliveryReport.REFUSED)
    with gateway.people.act(gateway.people.actors["clerk"]) as act:
        delivery_reports.refuse(act, gateway.id)
    assert gateway.put_down() == (NoticeState.REFUSED, "refused")
