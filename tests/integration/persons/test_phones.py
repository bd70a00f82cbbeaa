"""Signing on a phone: an address once and for minutes, a drawing that is nothing until its clerk has looked at it."""

from __future__ import annotations

import datetime as dt
import threading
from uuid import UUID

import pytest
from sqlalchemy import func, select

from issuance import tasks
from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound, StaleState
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.requests import DRAWN, IssuanceRequest, PhonePad
from issuance.models.vault import Blob
from issuance.services.persons import phones, signatures
from issuance.services.persons.signatures import NotSigned
from issuance.services.production import documents
from printing.portraits.drawn import sign
from printing.portraits.signature import read_signature
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed, signed
from tests.unit.portraits.test_signature import BAD, pad, png_of, saved

DRAWING = read_signature(sign("b"))


@pytest.fixture
def office(office: SmallOffice) -> SmallOffice:
    """An office whose network phones may use."""
    office.settings = office.settings.model_copy(update={"phone_url": "https://desk.example:8443"})
    return office


def ask(office: SmallOffice, request_id: UUID, role: str = "clerk") -> str:
    with office.act(office.actors[role]) as act:
        return phones.open_pad(act, act.session.get_one(IssuanceRequest, request_id))


def send(office: SmallOffice, token: str, picture: bytes = DRAWING) -> None:
    with office.act(SYSTEM) as act:
        phones.receive(act, token, picture)


def seen(office: SmallOffice, request_id: UUID, role: str = "clerk") -> PhonePad | None:
    with office.reading(office.actors[role]) as look:
        return phones.pad(look, look.session.get_one(IssuanceRequest, request_id))


def accept(office: SmallOffice, request_id: UUID, shown: PhonePad | None, role: str = "clerk") -> None:
    with office.act(office.actors[role]) as act:
        phones.accept(act, act.session.get_one(IssuanceRequest, request_id), str(shown and shown.id))


def takes(office: SmallOffice, token: str) -> bool:
    try:
        with office.reading() as look:
            phones.live(look, token)
    except NotFound:
        return False
    return True


def kept(office: SmallOffice, request_id: UUID) -> tuple[str, bytes | None]:
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        row = signatures.of(look, request)
        return row.source if row else "", signatures.picture_of(look, request)


def left(office: SmallOffice) -> tuple[int, int]:
    """How many addresses there are, and drawings."""
    with office.reading() as look:
        drawn = select(func.count()).select_from(Blob).where(Blob.purpose == DRAWN)
        return look.session.scalar(select(func.count()).select_from(PhonePad)) or 0, look.session.scalar(drawn) or 0


def events(office: SmallOffice) -> list[tuple[str, object]]:
    with office.reading() as look:
        rows = look.session.scalars(
            select(AuditEvent).where(AuditEvent.act.startswith("signature.")).order_by(AuditEvent.id)
        )
        return [(row.act, row.details) for row in rows]


def test_what_is_accepted_lands_where_the_pad_does_and_nothing_else_stays(office: SmallOffice) -> None:
    request_id = office.lodge()
    send(office, ask(office, request_id))
    assert kept(office, request_id) == ("", None), "a drawing is no signature"
    accept(office, request_id, seen(office, request_id))
    assert kept(office, request_id) == ("phone", DRAWING)
    assert left(office) == (0, 0)
    asked, sent = ("signature.phone_asked", {}), ("signature.phone_sent", {})
    assert events(office) == [asked, sent, ("signature.kept", {"how": "phone"})]


def test_neither_token_nor_drawing_is_readable_in_the_register(office: SmallOffice) -> None:
    request_id = office.lodge()
    token = ask(office, request_id)
    assert len(bytes.fromhex(token)) * 8 == 128
    send(office, token)
    row = seen(office, request_id)
    assert row is not None
    assert token not in row.token_digest
    with office.reading(office.actors["clerk"]) as look:
        assert not any(b"PNG" in blob.encrypted for blob in look.session.scalars(select(Blob)))
        assert phones.drawing(look, look.session.get_one(IssuanceRequest, request_id)) == DRAWING


def test_an_address_takes_one_drawing(office: SmallOffice) -> None:
    request_id = office.lodge()
    token = ask(office, request_id)
    send(office, token)
    with pytest.raises(NotFound, match="takes no signature"):
        send(office, token, signed().picture)
    accept(office, request_id, seen(office, request_id))
    assert kept(office, request_id)[1] == DRAWING
    assert not takes(office, token)


def test_of_two_phones_that_send_at_once_one_is_heard(office: SmallOffice) -> None:
    token = ask(office, office.lodge())
    start, heard = threading.Barrier(2), list[str]()

    def phone(name: str) -> None:
        start.wait()
        try:
            send(office, token)
            heard.append(name)
        except NotFound:
            pass

    both = [threading.Thread(target=phone, args=(name,)) for name in ("one", "other")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(heard) == 1
    assert left(office) == (1, 1)


def test_a_second_address_voids_the_first_and_what_was_drawn_there(office: SmallOffice) -> None:
    request_id = office.lodge()
    first = ask(office, request_id)
    second = ask(office, request_id)
    assert (takes(office, first), takes(office, second)) == (False, True)
    send(office, second)
    shown = seen(office, request_id)
    third = ask(office, request_id)
    assert left(office) == (1, 0)
    send(office, third, signed().picture)
    with pytest.raises(StaleState):
        accept(office, request_id, shown)  # the clerk's other tab still shows the second
    assert kept(office, request_id) == ("", None)


def test_an_address_works_ten_minutes_and_its_drawing_waits_ten_more(office: SmallOffice) -> None:
    request_id = office.lodge()
    token = ask(office, request_id)
    office.clock.advance(phones.LIFE - dt.timedelta(seconds=1))
    send(office, token)
    office.clock.advance(phones.LIFE - dt.timedelta(seconds=1))
    shown = seen(office, request_id)
    assert shown is not None
    office.clock.advance(dt.timedelta(seconds=1))
    with pytest.raises(StaleState):
        accept(office, request_id, shown)
    late = ask(office, request_id)
    office.clock.advance(phones.LIFE)
    assert not takes(office, late)
    with pytest.raises(NotFound):
        send(office, late)


def test_the_timetable_deletes_what_nobody_looked_at(office: SmallOffice) -> None:
    one, other = office.lodge(), office.lodge(changed(LAYLA, family_name="Nassar", case_reference="2026/TM/2"))
    send(office, ask(office, one))
    office.clock.advance(phones.LIFE - dt.timedelta(seconds=1))
    ask(office, other)
    tasks.purge_phones(office)
    assert left(office) == (2, 1)
    office.clock.advance(dt.timedelta(seconds=1))
    tasks.purge_phones(office)
    assert left(office) == (1, 0)
    assert seen(office, other) is not None


def keep_pad(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        signatures.keep(act, act.session.get_one(IssuanceRequest, request_id), signed())


def keep_absence(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        signatures.keep(act, request, NotSigned("unable", "an injured hand"))


def close(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        phones.close_pad(act, act.session.get_one(IssuanceRequest, request_id))


@pytest.mark.parametrize("end", [keep_pad, keep_absence, close])
@pytest.mark.parametrize("sent", [False, True])
def test_who_signs_otherwise_ends_the_address(office: SmallOffice, end: object, sent: bool) -> None:
    request_id = office.lodge()
    token = ask(office, request_id)
    if sent:
        send(office, token)
    assert callable(end)
    end(office, request_id)
    assert left(office) == (0, 0)
    assert not takes(office, token)
    with pytest.raises(Conflict):
        close(office, request_id)


def test_a_request_that_is_decided_meanwhile_takes_nothing(office: SmallOffice, complete: Case) -> None:
    token = ask(office, complete.request_id)
    office.approve(complete.request_id)
    assert not takes(office, token)
    with pytest.raises(NotFound):
        send(office, token)


def test_a_drawing_that_waited_when_the_request_was_decided_is_not_taken(office: SmallOffice, complete: Case) -> None:
    send(office, ask(office, complete.request_id))
    shown = seen(office, complete.request_id)
    office.approve(complete.request_id)
    with pytest.raises(Conflict, match="frozen"):
        accept(office, complete.request_id, shown)
    assert kept(office, complete.request_id)[0] == "pad"


def test_only_who_handed_over_the_phone_takes_what_came(office: SmallOffice) -> None:
    request_id = office.lodge()
    send(office, ask(office, request_id))
    shown = seen(office, request_id)
    assert seen(office, request_id, "second_clerk") is None
    with pytest.raises(StaleState):
        accept(office, request_id, shown, "second_clerk")
    assert takes(office, ask(office, request_id, "second_clerk"))
    assert seen(office, request_id) is None, "a colleague who asks anew ends it"


def test_nobody_elsewhere_asks_takes_or_ends(office: SmallOffice) -> None:
    here = office.lodge()
    send(office, ask(office, here))
    shown = seen(office, here)
    elsewhere = office.lodge(changed(LAYLA, centre="galati", family_name="Nassar", case_reference="2026/GL/1"))
    with pytest.raises(NotAllowed):
        ask(office, elsewhere)
    with pytest.raises(NotAllowed):
        close(office, elsewhere)
    with pytest.raises(NotAllowed):
        accept(office, elsewhere, shown)


@on_sqlite
def test_an_office_without_the_setting_asks_no_phone(office: SmallOffice) -> None:
    office.settings = office.settings.model_copy(update={"phone_url": ""})
    with pytest.raises(Conflict, match="No phone signs in this office"):
        ask(office, office.lodge())


@on_sqlite
def test_a_type_without_the_box_asks_no_phone(office: SmallOffice) -> None:
    paper = changed(LAYLA, document_type="RC", status="applicant", decision_number="", decision_date=None)
    with pytest.raises(Conflict, match="Nothing that was signed"):
        ask(office, office.lodge(paper))


@pytest.mark.parametrize("data", [data for data, _ in BAD.values()], ids=BAD)
def test_what_is_no_signature_is_no_drawing(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        phones.read(data)


def test_a_picture_that_unpacks_to_millions_of_pixels_is_refused_by_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "read", lambda *_: pytest.fail("it was decoded"))
    for width, height in ((1001, 1000), (5000, 8000), (4_000_000_000, 1)):
        with pytest.raises(InvalidInput):
            phones.read(png_of(width, height))


def test_what_was_drawn_is_read_as_from_the_pad() -> None:
    assert phones.read(saved(pad())) == read_signature(saved(pad()))


def test_it_is_printed_as_what_the_pad_took(office: SmallOffice, complete: Case) -> None:
    send(office, ask(office, complete.request_id))
    accept(office, complete.request_id, seen(office, complete.request_id))
    document_id = office.approve(complete.request_id)
    with office.reading() as look:
        content = documents.frozen_content(look, look.session.get_one(Document, document_id))
    assert content.signature == DRAWING
