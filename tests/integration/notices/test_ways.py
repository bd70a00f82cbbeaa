"""A mail server and a gateway: what is down keeps back its own alone, and so does an address that does not open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from issuance.chores.public import notices as chores
from issuance.models.audit import AuditEvent
from issuance.models.notices import Contact, Notice, NoticeKind
from issuance.models.requests import IssuanceRequest
from issuance.services.notices import contacts, outbox
from issuance.states import NoticeState
from tests import relay
from tests.counterparts import free_port
from tests.gateways import FakeGateway, gateway, says
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.relay import CUT, Relay

TAKEN = says(202, '{"status": "queued", "id": "1"}')


@pytest.fixture
def mail(office: SmallOffice) -> Iterator[Relay]:
    with relay.running() as running:
        said = {"smtp_url": f"smtp://127.0.0.1:{running.port}", "smtp_from": "no-reply@liman.example"}
        office.settings = office.settings.model_copy(update=said)
        yield running


@pytest.fixture
def sms(office: SmallOffice) -> Iterator[FakeGateway]:
    with gateway(TAKEN) as running:
        use(office, running.port)
        yield running


def use(office: SmallOffice, port: int) -> None:
    """The gateway is at this port."""
    said = {"sms_gateway": "json", "sms_url": f"http://127.0.0.1:{port}"}
    office.settings = office.settings.model_copy(update=said)


def give(office: SmallOffice, case: Case, more: int = 0) -> None:
    """The person agrees to both, first to SMS; so many more notices wait for each."""
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, case.request_id)
        for channel, address in (("sms", "0722 123 456"), ("email", "layla@post.example")):
            contact = contacts.give(act, request, channel, address)
            for occasion in range(more):
                outbox.write_to(act, contact, request, NoticeKind.RECEIVED, str(occasion))


def states(office: SmallOffice, channel: str) -> set[str]:
    with office.reading() as look:
        return {str(each.state) for each in look.session.scalars(select(Notice).where(Notice.channel == channel))}


def tries(office: SmallOffice, channel: str) -> int:
    with office.reading() as look:
        return sum(each.tries for each in look.session.scalars(select(Notice).where(Notice.channel == channel)))


def send(office: SmallOffice) -> None:
    """The task, until nothing more is asked for."""
    for _ in range(20):
        chores.send_notices(office)


def later(office: SmallOffice, **time: float) -> None:
    office.clock.advance(dt.timedelta(**time))
    office.keep_time()


def test_a_gateway_that_is_down_does_not_pause_e_mail(
    office: SmallOffice, lodged: Case, mail: Relay, sms: FakeGateway
) -> None:
    give(office, lodged, more=4)
    use(office, free_port())
    for _ in range(10):
        with pytest.raises(chores.Down, match="sms"):
            chores.send_notices(office)
    assert (states(office, "email"), len(mail.came)) == ({"accepted"}, 5)
    assert (states(office, "sms"), tries(office, "sms")) == ({"waiting"}, 1), "it is asked once a minute"
    later(office, minutes=1)
    use(office, sms.port)
    send(office)
    assert (states(office, "sms"), len(sms.requests)) == ({"accepted"}, 5)


def test_a_relay_that_is_down_does_not_pause_sms(
    office: SmallOffice, lodged: Case, mail: Relay, sms: FakeGateway
) -> None:
    give(office, lodged, more=4)
    mail.will_answer("RCPT", CUT)
    for _ in range(10):
        with pytest.raises(chores.Down, match="email"):
            chores.send_notices(office)
    assert (states(office, "sms"), len(sms.requests)) == ({"accepted"}, 5)
    assert (states(office, "email"), tries(office, "email")) == ({"waiting"}, 1)
    later(office, minutes=1)
    send(office)
    assert (states(office, "email"), len(mail.came)) == ({"accepted"}, 5)


def damage(office: SmallOffice, channel: str) -> None:
    """A disk lost a byte of what is kept of the address."""
    with office.upkeep() as look:
        contact = look.session.scalars(select(Contact).where(Contact.channel == channel)).one()
        contact.encrypted = contact.encrypted[:-1] + bytes([contact.encrypted[-1] ^ 1])


def test_an_address_that_does_not_open_is_set_aside_and_named_and_the_others_go_on(
    office: SmallOffice, lodged: Case, mail: Relay, sms: FakeGateway
) -> None:
    other = office.carry("lodged", changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/0002"))
    give(office, lodged, more=2)
    damage(office, "email")
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, other.request_id)
        contacts.give(act, request, "email", "amal@post.example")
    send(office)
    assert mail.to == ["amal@post.example"]
    assert states(office, "sms") == {"accepted"}
    with office.reading(office.actors["clerk"]) as look:
        ((contact, notice),) = contacts.refused(look)
        assert (notice.state, notice.reason) == (NoticeState.REFUSED, "damaged")
        assert contacts.address_of(look, contact) == ""
        named = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "contact.damaged")).all()
        assert [each.details for each in named] == [{"channel": "email"}], "once, not for each notice"
        mine = look.session.scalars(select(Notice).where(Notice.contact_id == contact.id).order_by(Notice.id)).all()
        assert sorted(str(each.state) for each in mine) == ["dropped", "dropped", "refused"]
    with office.act(office.actors["clerk"]) as act:
        contacts.give(act, act.session.get_one(IssuanceRequest, lodged.request_id), "email", "new@post.example")
    send(office)
    assert mail.to[-1] == "new@post.example"
    with office.reading(office.actors["clerk"]) as look:
        assert contacts.refused(look) == []


def test_the_desk_can_give_another_address_before_the_damage_is_noticed(
    office: SmallOffice, lodged: Case, mail: Relay, sms: FakeGateway
) -> None:
    give(office, lodged)
    damage(office, "email")
    with office.act(office.actors["clerk"]) as act:
        contacts.give(act, act.session.get_one(IssuanceRequest, lodged.request_id), "email", "new@post.example")
    send(office)
    assert mail.to == ["new@post.example"]
