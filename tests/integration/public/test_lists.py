"""The lists of documents that hold: they follow every act, the calendar, and agree with the one verdict."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from issuance import tasks
from issuance.chores.public import lists as chores
from issuance.errors import Conflict
from issuance.keys import LastingSigner, ListSigner, SignerUnavailable
from issuance.models.documents import Document
from issuance.models.machinery import StatusChange
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.services.life.validity import Standing
from issuance.services.public import lists, verdict
from issuance.services.public.verdict import Verdict
from printing.lists import tokens
from printing.lists.status_list import Status, place
from printing.lists.status_list import StatusList as Unpacked
from tests.people import Case, SmallOffice

TODAY = dt.date(2026, 11, 2)


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    office.hand_over(checked.request_id, checked.number)
    return checked


def report(office: SmallOffice, case: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        loss.report(act, act.session.get_one(Document, case.document_id), Said("lost", "holder", TODAY))


def report_twice(office: SmallOffice, case: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        document = act.session.get_one(Document, case.document_id)
        for _ in range(2):
            loss.report(act, document, Said("lost", "holder", TODAY))


def listed(office: SmallOffice, number: str) -> int | None:
    """What the published list says of a number, None while there is none."""
    found = place(number)
    assert found is not None
    with office.reading() as look:
        both = [lists.fetch(look, f"{found[0]}.{end}") for end in ("cwt", "jwt")]
    if None in both:
        return None
    read = [tokens.read(each.body).verify() for each in both if each]
    assert read[0] == read[1]
    return Unpacked.of(read[0].bits, read[0].packed)[found[1]]


def test_a_document_is_never_issued_until_it_is_handed_over(office: SmallOffice, checked: Case) -> None:
    chores.publish_lists(office)
    assert listed(office, checked.number) == Status.NEVER_ISSUED
    office.hand_over(checked.request_id, checked.number)
    assert listed(office, checked.number) == Status.NEVER_ISSUED
    chores.publish_lists(office)
    assert listed(office, checked.number) == Status.VALID


def test_a_loss_is_in_the_next_lists_and_so_is_what_became_of_it(office: SmallOffice, valid: Case) -> None:
    chores.publish_lists(office)
    report(office, valid)
    chores.publish_lists(office)
    assert listed(office, valid.number) == Status.SUSPENDED
    with office.act(office.actors["clerk"]) as act:
        row = loss.open_report(act, act.session.get_one(Document, valid.document_id))
        assert row is not None
        loss.confirm(act, row, "stolen", "portrait")
    chores.publish_lists(office)
    assert listed(office, valid.number) == Status.INVALID


def test_a_new_list_comes_within_a_minute_of_a_loss() -> None:
    [every] = [each.every for each in tasks.PERIODIC if each.name == "publish-lists"]
    assert every <= dt.timedelta(seconds=20)


def test_what_is_taken_back_was_never_told(office: SmallOffice, valid: Case) -> None:
    chores.publish_lists(office)
    with pytest.raises(Conflict):
        report_twice(office, valid)
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(StatusChange)) == 0


def test_a_document_expires_in_the_lists_on_the_day_after_its_last(office: SmallOffice, valid: Case) -> None:
    with office.reading() as look:
        last_day = look.session.get_one(Document, valid.document_id).expiry_date
    assert last_day is not None
    office.clock.advance(dt.datetime.combine(last_day, dt.time(12), dt.UTC) - office.clock.now())
    chores.publish_lists(office)
    assert listed(office, valid.number) == Status.VALID
    office.clock.advance(dt.timedelta(days=1))
    chores.publish_lists(office)
    assert listed(office, valid.number) == Status.INVALID


def test_documents_of_an_earlier_release_are_in_the_first_list(
    office: SmallOffice, valid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing told their lists: the look at all finds them, however small its steps."""
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    with office.upkeep() as look:
        look.session.execute(StatusChange.__table__.delete())
    chores.publish_lists(office)
    assert listed(office, valid.number) == Status.VALID


def test_a_list_without_news_is_dated_anew_and_keeps_its_certificate(office: SmallOffice, valid: Case) -> None:
    def issued() -> dt.datetime:
        with office.reading() as look:
            file = lists.fetch(look, f"{valid.number[:3]}.cwt")
        assert file is not None
        return tokens.read(file.body).token.issued_at

    chores.publish_lists(office)
    first = issued()
    office.clock.advance(lists.RENEWED - dt.timedelta(minutes=1))
    chores.publish_lists(office)
    assert issued() == first
    office.clock.advance(dt.timedelta(minutes=1))
    chores.publish_lists(office)
    assert issued() == first + lists.RENEWED


def test_without_a_signer_the_lists_wait_and_nothing_is_lost(office: SmallOffice, valid: Case) -> None:
    def none() -> ListSigner:
        raise SignerUnavailable("none")

    there, office.list_signer = office.list_signer, LastingSigner(none)
    with pytest.raises(SignerUnavailable):
        chores.publish_lists(office)
    assert listed(office, valid.number) is None
    office.list_signer = there
    chores.publish_lists(office)
    assert listed(office, valid.number) == Status.VALID


def test_what_changes_while_a_list_is_signed_is_signed_next(office: SmallOffice, valid: Case) -> None:
    chores.publish_lists(office)
    report(office, valid)
    with office.upkeep() as look:
        lists.follow(look)
    with office.reading() as look:
        due = lists.due(look)
    with office.act(office.actors["clerk"]) as act:
        row = loss.open_report(act, act.session.get_one(Document, valid.document_id))
        assert row is not None
        loss.confirm(act, row, "lost", "portrait")
    with office.upkeep() as look:
        lists.follow(look)
    files = office.list_signer.use(lambda signer: lists.signed(due, signer, "https://x.test", office.clock.now()))
    with office.upkeep() as look:
        lists.publish(look, due, files)
    with office.reading() as look:
        assert [each.name for each in lists.due(look)] == [valid.number[:3]]


def test_certificates_are_published_beside_the_lists(office: SmallOffice, valid: Case) -> None:
    chores.publish_lists(office)
    with office.reading() as look:
        files = {row.name: row for row in lists.published(look)}
    assert {"RP1.cwt", "RP1.jwt"} < files.keys()
    assert [name for name in files if name.startswith("list-")]
    assert all(row.size and len(row.digest) == 64 for row in files.values())


def test_every_standing_has_one_verdict_and_the_list_says_the_same() -> None:
    told = {each: (verdict.verdict_of(each), verdict.status_of(each)) for each in Standing}
    ours = {Standing.IN_THE_MAKING, Standing.CANCELLED}
    assert {each for each, (said, _) in told.items() if said is Verdict.NOT_OURS} == ours
    assert {each for each, (_, status) in told.items() if status is Status.NEVER_ISSUED} == ours
    assert [each for each, (said, _) in told.items() if said is Verdict.VALID] == [Standing.VALID]
    assert [each for each, (_, status) in told.items() if status is Status.VALID] == [Standing.VALID]
    assert verdict.verdict_of(None) is Verdict.NOT_OURS


# One verdict


def judged(office: SmallOffice, number: str, day: dt.date | None) -> verdict.Judged:
    with office.reading() as look:
        return verdict.of_number(look, number, day)


def last_day(office: SmallOffice, case: Case) -> dt.date:
    with office.reading() as look:
        found = look.session.get_one(Document, case.document_id).expiry_date
    assert found is not None
    return found


def test_number_and_last_day_are_judged_together(office: SmallOffice, valid: Case) -> None:
    day = last_day(office, valid)
    right = judged(office, valid.number, day)
    assert (right.verdict, right.document_type, right.number, right.last_day) == (
        Verdict.VALID,
        "RP-R",
        valid.number,
        day,
    )
    for number, other in ((valid.number, day + dt.timedelta(1)), (valid.number, None), ("RP1999999", day), ("", day)):
        assert judged(office, number, other) == verdict.NOT_OURS
    report(office, valid)
    assert judged(office, valid.number, day).verdict is Verdict.NOT_VALID


def test_a_document_that_was_not_handed_over_is_not_ours(office: SmallOffice, checked: Case) -> None:
    assert judged(office, checked.number, last_day(office, checked)) == verdict.NOT_OURS
