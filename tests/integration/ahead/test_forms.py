"""Forms filled in ahead: only their code opens them, they go as their people are lodged, nobody fills the register."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from issuance.errors import Conflict, NotFound
from issuance.models.ahead import AheadForm
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.requests import IssuanceRequest
from issuance.services.ahead import codes, forms
from issuance.services.ahead.forms import TooManyForms
from issuance.services.ahead.said import OTHER, Family, Member
from issuance.tasks import HANDLERS
from tests.people import EVENT_KEY, VAULT_KEY, SmallOffice
from tests.stored import stored

HADI = Member("المصري", "1980-05-XX", "M", "SYR", "ar", "هادي", "Al-Masri", "Hadi", "حلب")
RIMA = Member("المصري", "2015-XX-XX", "F", "SYR", "ar", "ريما", tie="child")
FAMILY = Family((HADI, RIMA), ("interpreter", "milk"), "0722 123 456")


def kept(office: SmallOffice, family: Family = FAMILY, caller: str = "192.0.2.1") -> str:
    with office.upkeep() as look:
        return forms.keep(look, family, caller)


def waiting(office: SmallOffice) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).select_from(AheadForm)) or 0


def lodged(office: SmallOffice, code: str, place: int) -> UUID:
    """Any request, as that of a person of the form."""
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        forms.take(act, code, place, act.session.get_one(IssuanceRequest, request_id))
    return request_id


def events(office: SmallOffice, act: str) -> list[AuditEvent]:
    with office.reading() as look:
        return list(look.session.scalars(select(AuditEvent).where(AuditEvent.act == act)))


def test_the_window_reads_what_the_family_said_and_it_is_told_who_opened_it(office: SmallOffice) -> None:
    code = kept(office)
    with office.act(office.actors["clerk"]) as act:
        assert forms.opened(act, code) == FAMILY
    (event,) = events(office, "request.form_opened")
    assert (event.actor_id, event.details) == (office.actors["clerk"].id, {})
    with office.reading() as look:
        about = look.session.execute(select(AuditSubject.kind, AuditSubject.subject_id)).all()
        assert ("ahead_form", codes.name(code)) in [tuple(each) for each in about]


def test_no_byte_of_it_stands_in_the_register_and_no_key_of_the_office_opens_it(office: SmallOffice) -> None:
    code = kept(office)
    with office.reading() as look:
        row = look.session.scalars(select(AheadForm)).one()
    every = stored(office)
    for said in ("المصري", "Al-Masri", "هادي", "0722 123 456", "192.0.2.1", code, codes.grouped(code)):
        assert said.encode() not in every
    assert code[:12].encode() not in every
    for key in (VAULT_KEY, EVENT_KEY, office.settings.var):
        with pytest.raises(NotFound):
            codes.decrypt(str(key), row.encrypted)
    with pytest.raises(NotFound):
        codes.decrypt(codes.new(), row.encrypted)


def test_how_long_it_is_does_not_tell_how_many_they_are(office: SmallOffice) -> None:
    kept(office)
    kept(office, replace(FAMILY, people=(HADI,)))
    with office.reading() as look:
        assert len({len(each) for each in look.session.scalars(select(AheadForm.encrypted))}) == 1


def test_a_person_who_is_lodged_goes_from_it_and_after_the_last_one_it_goes(office: SmallOffice) -> None:
    code = kept(office)
    first = lodged(office, code, 0)
    with office.reading() as look:
        assert forms.found(look, code) == Family((None, RIMA), FAMILY.needs, FAMILY.contact, first)
    office_actor = office.actors["clerk"]
    with pytest.raises(Conflict), office.act(office_actor) as act:
        forms.take(act, code, 0, act.session.get_one(IssuanceRequest, first))
    with office.act(office_actor) as act:
        forms.take(act, code, 1, act.session.get_one(IssuanceRequest, first))
    assert waiting(office) == 0
    assert [each.details["left"] for each in events(office, forms.USED)] == [1, 0]
    with pytest.raises(NotFound, match="lodged already"), office.act(office_actor) as act:
        forms.opened(act, code)
    with pytest.raises(Conflict), office.act(office_actor) as act:
        forms.take(act, code, 1, act.session.get_one(IssuanceRequest, first))
    with office.reading() as look:
        assert forms.found(look, code) is None


def test_what_is_left_can_be_deleted(office: SmallOffice) -> None:
    code = kept(office)
    with office.act(office.actors["clerk"]) as act:
        forms.drop(act, code)
    assert waiting(office) == 0
    assert len(events(office, "request.form_dropped")) == 1


def test_after_fourteen_days_it_is_gone_for_everybody_and_then_from_the_register(office: SmallOffice) -> None:
    code = kept(office)
    office.clock.advance(dt.timedelta(days=13))
    office.keep_time()
    HANDLERS["purge-ahead"](office)
    assert waiting(office) == 1
    office.clock.advance(dt.timedelta(days=1))
    office.keep_time()
    with pytest.raises(NotFound, match="older than 14 days"), office.act(office.actors["clerk"]) as act:
        forms.opened(act, code)
    HANDLERS["purge-ahead"](office)
    assert waiting(office) == 0


def test_another_offices_code_opens_nothing(office: SmallOffice) -> None:
    kept(office)
    with pytest.raises(NotFound, match="of another office"), office.act(office.actors["clerk"]) as act:
        forms.opened(act, codes.new())


def test_a_stranger_cannot_fill_the_register(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "MOST_OF_ADDRESS", 3)
    monkeypatch.setattr(forms, "MOST_OF_DAY", 5)
    codes_kept = [kept(office) for _ in range(3)]
    with pytest.raises(TooManyForms):
        kept(office)
    request_id = lodged(office, codes_kept[0], 0)
    with pytest.raises(TooManyForms):
        kept(office)
    with office.act(office.actors["clerk"]) as act:
        forms.take(act, codes_kept[0], 1, act.session.get_one(IssuanceRequest, request_id))
    kept(office)  # one was used up
    for number in range(2):
        kept(office, caller=f"198.51.100.{number}")
    with pytest.raises(TooManyForms):
        kept(office, caller="198.51.100.9")
    office.clock.advance(dt.timedelta(days=1))
    office.keep_time()
    kept(office)


def test_a_form_has_a_longest_size(office: SmallOffice) -> None:
    large = replace(HADI, birth_place="x" * forms.MOST_BYTES, tie=OTHER)
    with pytest.raises(TooManyForms):
        kept(office, Family((large,)))
    assert waiting(office) == 0
