"""Who acts for a person is written to as well: as long as the mandate says so, once for each notice (E14)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput
from issuance.models.notices import Contact, Notice
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import requests
from issuance.services.mandates import giving
from issuance.services.mandates.giving import Given
from issuance.services.notices import contacts, offered, representatives, turn
from issuance.services.public import receipts
from tests import relay
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice
from tests.relay import Relay

LAWYER = Given("lawyer", "Marin Ioana", "lawyer", ["receive_notices"], "power of attorney 7", granted_by="person")


@pytest.fixture
def mail(office: SmallOffice) -> Iterator[Relay]:
    """A relay that takes what this office sends."""
    with relay.running() as running:
        said = {"smtp_url": f"smtp://127.0.0.1:{running.port}", "smtp_from": "no-reply@liman.example"}
        office.settings = office.settings.model_copy(update=said)
        yield running


def with_a_lawyer(office: SmallOffice, address: str = "marin@law.example") -> tuple[UUID, UUID]:
    """A request whose holder and lawyer are written to; the request and the mandate."""
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        mandate_id = giving.give(act, request, LAWYER).id
    with office.act(office.actors["clerk"]) as act:
        contacts.give(act, act.session.get_one(IssuanceRequest, request_id), "email", "layla@post.example")
    with office.act(office.actors["clerk"]) as act:
        representatives.give(act, act.session.get_one(IssuanceRequest, request_id), mandate_id, address)
    return request_id, mandate_id


def miss(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        requests.wait_for(act, act.session.get_one(IssuanceRequest, request_id), ["residence"])


def end(office: SmallOffice, request_id: UUID, mandate_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        giving.end(act, request, giving.mandate_of(act, request, mandate_id), "person")


def written(office: SmallOffice) -> list[tuple[str, str, bool]]:
    with office.reading() as look:
        rows = look.session.scalars(select(Notice).order_by(Notice.id)).all()
        return [(row.kind, row.language, row.contact.mandate_id is not None) for row in rows]


@pytest.mark.usefixtures("mail")
def test_both_are_told_each_once_and_the_lawyer_in_romanian(office: SmallOffice) -> None:
    request_id, _ = with_a_lawyer(office)
    miss(office, request_id)
    assert written(office) == [
        ("received", "ar", False),
        ("received", "ro", True),
        ("missing", "ar", False),
        ("missing", "ro", True),
    ]


@pytest.mark.usefixtures("mail")
def test_a_lawyers_notice_names_the_request_and_the_holders_does_not(office: SmallOffice) -> None:
    request_id, _ = with_a_lawyer(office)
    with office.upkeep() as look:
        reference = look.session.get_one(IssuanceRequest, request_id).reference
        found = [turn.take(look, ["email"]), turn.take(look, ["email"])]
        assert turn.take(look, ["email"]) is None
    said = {each.message.to: each.message.text for each in found if isinstance(each, turn.Taken)}
    assert [reference in "".join(text.split("-")).replace(" ", "") for text in said.values()] == [False, True]
    assert set(said) == {"layla@post.example", "marin@law.example"}


@pytest.mark.usefixtures("mail")
def test_nothing_goes_out_and_no_address_stays_once_the_mandate_ended(office: SmallOffice) -> None:
    request_id, mandate_id = with_a_lawyer(office)
    end(office, request_id, mandate_id)
    miss(office, request_id)
    with office.upkeep() as look:
        taken = [turn.take(look, ["email"]) for _ in range(3)]
        assert {each.message.to for each in taken if isinstance(each, turn.Taken)} == {"layla@post.example"}
        row = look.session.scalars(select(Contact).where(Contact.mandate_id == mandate_id)).one()
        assert (row.encrypted, row.address_digest, row.withdrawn_because) == (b"", "", "mandate")


@pytest.mark.usefixtures("mail")
def test_the_status_page_knows_the_holders_address_alone(office: SmallOffice) -> None:
    request_id, _ = with_a_lawyer(office)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        shown = offered.stand(look, receipts.shown_by(request.reference, request.person.birth_date))
        assert shown is not None
        holders = look.session.scalars(select(Contact.id).where(Contact.mandate_id.is_(None))).one()
        assert shown.written_to == {"email": holders}
        assert list(contacts.live(look, request.person)) == ["email"]


@on_sqlite
@pytest.mark.usefixtures("mail")
def test_an_address_is_refused_where_the_mandate_does_not_allow_it(office: SmallOffice) -> None:
    request_id, mandate_id = with_a_lawyer(office)
    with pytest.raises(InvalidInput), office.act(office.actors["clerk"]) as act:
        representatives.give(act, act.session.get_one(IssuanceRequest, request_id), mandate_id, "marin@law.example")
    end(office, request_id, mandate_id)
    with pytest.raises(InvalidInput) as refused, office.act(office.actors["clerk"]) as act:
        representatives.give(act, act.session.get_one(IssuanceRequest, request_id), mandate_id, "other@law.example")
    assert refused.value.field == "mandate"


@on_sqlite
def test_an_office_without_a_relay_asks_nobody_for_an_address(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        mandate_id = giving.give(act, act.session.get_one(IssuanceRequest, request_id), LAWYER).id
    with pytest.raises(Conflict), office.act(office.actors["clerk"]) as act:
        representatives.give(act, act.session.get_one(IssuanceRequest, request_id), mandate_id, "marin@law.example")
