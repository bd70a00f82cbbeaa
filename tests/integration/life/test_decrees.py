"""Decrees: agreed by two, joined by class and day when a document is looked at, never written into one."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput, NotAllowed, RuleViolation
from issuance.models.audit import AuditEvent, AuditWitness
from issuance.models.decrees import Decree
from issuance.models.documents import Document
from issuance.models.machinery import StatusList
from issuance.models.requests import IssuanceRequest
from issuance.services.life import decrees, loss, retention
from issuance.services.life.decrees import Scope
from issuance.services.life.loss import Said
from issuance.services.life.validity import Held, Standing, extension, extension_of, holds, standing, standing_of
from issuance.states import DocumentState
from tests.fixtures.databases import on_sqlite
from tests.integration.life.decreed import DAY, agreed, decreed, ended, legal, scope, written
from tests.integration.life.test_retention import second_administrator
from tests.people import LAYLA, Case, SmallOffice, changed


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    """A residence permit that its holder has."""
    office.hand_over(checked.request_id, checked.number)
    return checked


def printed(office: SmallOffice, case: Case) -> dt.date:
    with office.reading() as look:
        found = look.session.get_one(Document, case.document_id).expiry_date
    assert found is not None
    return found


def days_later(office: SmallOffice, day: dt.date) -> None:
    office.clock.advance(dt.datetime.combine(day, dt.time(12), dt.UTC) - office.clock.now())


def stands(office: SmallOffice, case: Case, day: dt.date | None = None) -> tuple[Standing, str]:
    """What the document is on a day, and by which decision it holds longer."""
    with office.reading() as look:
        document = look.session.get_one(Document, case.document_id)
        longer = extension(look, document, day)
        by_class = look.session.scalar(select(Document.id).where(Document.id == document.id, holds(look, day)))
        now = standing(look, document, day)
        assert (by_class is not None) == (now is Standing.VALID)
        return now, longer.reference if longer else ""


# Two administrators


def test_nothing_holds_longer_unless_two_administrators_agree(office: SmallOffice, valid: Case) -> None:
    after = printed(office, valid) + DAY
    decree_id = written(office, legal(office), scope(office))
    assert stands(office, valid, after) == (Standing.EXPIRED, "")
    with pytest.raises(NotAllowed), office.act(office.actors["administrator"]) as act:
        decrees.agree(act, decrees.named(act, decree_id))
    agreed(office, decree_id)
    assert stands(office, valid, after) == (Standing.VALID, "HG 12/2027")
    assert printed(office, valid) + DAY == after, "what is printed is never written over"
    with pytest.raises(Conflict), office.act(second_administrator(office)) as act:
        decrees.decline(act, decrees.named(act, decree_id))


def test_one_person_cannot_do_both_behind_the_pages(office: SmallOffice) -> None:
    decree_id = written(office, legal(office), scope(office))
    alone = update(Decree).where(Decree.id == decree_id).values(agreed_by=Decree.written_by)
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.execute(alone)


def test_what_was_declined_does_nothing(office: SmallOffice, valid: Case) -> None:
    decree_id = written(office, legal(office), scope(office))
    with office.act(office.actors["administrator"]) as act:
        decrees.decline(act, decrees.named(act, decree_id))
    assert stands(office, valid, printed(office, valid) + DAY) == (Standing.EXPIRED, "")
    with pytest.raises(Conflict):
        agreed(office, decree_id)


def test_the_audit_keeps_what_was_agreed(office: SmallOffice) -> None:
    decree_id = decreed(office)
    ended(office, decree_id)
    with office.database.reading() as session:
        names = session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("decree.%")).order_by(AuditEvent.id))
        assert list(names) == ["decree.written", "decree.agreed", "decree.written", "decree.ended"]
        kept = select(AuditWitness.says).where(AuditWitness.subject_id == decree_id).order_by(AuditWitness.number)
        said = session.scalars(kept).all()
    assert [(each["agreed_by"] is None, each["over_from"] is None) for each in said] == [
        (True, True),
        (False, True),
        (False, False),
    ]


@on_sqlite
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("types", {"types": ()}),
        ("types", {"types": ("RC",)}),
        ("printed_to", {"printed_to": dt.date(2020, 1, 1)}),
        ("until", {"until": dt.date(2026, 11, 3)}),
    ],
)
def test_a_class_that_makes_no_sense_is_refused(office: SmallOffice, field: str, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        written(office, legal(office), scope(office, **changes))
    assert refused.value.field == field


@on_sqlite
def test_no_day_that_was_answered_is_answered_otherwise(office: SmallOffice, valid: Case) -> None:
    with pytest.raises(InvalidInput, match="today or a later day"):
        written(office, legal(office), scope(office), from_day=office.clock.today() - DAY)
    tomorrow = replace(legal(office), gazette_day=office.clock.today() + DAY)
    with pytest.raises(InvalidInput, match="publication"):
        written(office, tomorrow, scope(office))
    day = printed(office, valid) + DAY
    days_later(office, day)
    decree_id = written(office, legal(office), scope(office, printed_from=day - 10 * DAY))
    days_later(office, day + 2 * DAY)
    agreed(office, decree_id)
    found = [stands(office, valid, day + number * DAY)[0] for number in range(3)]
    assert found == [Standing.EXPIRED, Standing.EXPIRED, Standing.VALID]


# Ended, replaced


def test_an_ended_decree_still_answers_for_its_days(office: SmallOffice, valid: Case) -> None:
    day = printed(office, valid) + DAY
    decree_id = decreed(office)
    days_later(office, day + 9 * DAY)
    ended(office, decree_id, day + 10 * DAY)
    assert stands(office, valid, day - DAY) == (Standing.VALID, "HG 12/2027")
    assert stands(office, valid, day + 9 * DAY) == (Standing.VALID, "HG 12/2027")
    assert stands(office, valid, day + 10 * DAY) == (Standing.EXPIRED, "")
    with office.reading() as look:
        longer = extension(look, look.session.get_one(Document, valid.document_id))
    assert longer is not None
    assert longer.until == day + 9 * DAY, "nobody is told a day on which it holds no more"


def test_a_later_decree_takes_the_place_of_one_and_one_alone(office: SmallOffice, valid: Case) -> None:
    day = printed(office, valid) + DAY
    first = decreed(office)
    second = written(office, legal(office, "HG 13/2027"), scope(office), first)
    with pytest.raises(Conflict, match="follow"):
        written(office, legal(office, "HG 14/2027"), scope(office), first)
    agreed(office, second)
    assert stands(office, valid, day) == (Standing.VALID, "HG 13/2027")
    with pytest.raises(Conflict, match="over"):
        written(office, legal(office, "HG 15/2027"), None, first)
    with office.reading() as look:
        row = decrees.follower(look, look.session.get_one(Decree, first))
        assert row is not None
        assert row.id == second


# What asks


def test_a_report_a_loss_and_an_end_come_before_a_decree(office: SmallOffice, valid: Case) -> None:
    day = printed(office, valid) + DAY
    decreed(office)
    with office.act(office.actors["clerk"]) as act:
        loss.report(act, act.session.get_one(Document, valid.document_id), Said("lost", "holder", act.clock.today()))
    assert stands(office, valid, day) == (Standing.SUSPENDED, "")


def test_a_document_is_renewed_while_it_holds_by_a_decree_and_no_first_one_is_lodged(
    office: SmallOffice, valid: Case
) -> None:
    decreed(office)
    days_later(office, printed(office, valid) + 40 * DAY)
    with pytest.raises(RuleViolation) as refused:
        office.lodge()
    assert refused.value.rule == "E24"
    assert office.lodge(changed(LAYLA, kind="renewal", previous_document=valid.number, case_reference="2026/TM/0002"))


def test_what_a_decree_lets_hold_is_not_destroyed(office: SmallOffice, valid: Case) -> None:
    last = printed(office, valid)
    decree_id = decreed(office)

    def due(day: dt.date) -> list[UUID]:
        with office.reading() as look:
            return [each.id for each in retention.due(look, day)]

    assert due(last + 92 * DAY) == []
    days_later(office, last + 50 * DAY)
    ended(office, decree_id, last + 61 * DAY)
    assert due(last + 150 * DAY) == []
    assert due(last + 151 * DAY) == [valid.request_id]


def test_the_term_of_what_ends_while_it_holds_by_a_decree_counts_from_its_end(office: SmallOffice, valid: Case) -> None:
    decreed(office)
    day = printed(office, valid) + 40 * DAY
    days_later(office, day)
    with office.act(office.actors["clerk"]) as act:
        loss.settle_as(act, act.session.get_one(Document, valid.document_id), "lost", "portrait")
        act.record("document.loss_confirmed", act.session.get_one(Document, valid.document_id), kind="lost")
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, valid.request_id).retained_since == day


def test_the_lists_look_at_every_document_anew(office: SmallOffice) -> None:
    with office.upkeep() as look:
        for name, day in (("RP1", look.clock.today()), ("TI1", None)):
            look.session.add(StatusList(name=name, packed=b"", day=day, after="RP1000001", signed_at=None))
    decreed(office)
    with office.reading() as look:
        rows = look.session.execute(select(StatusList.name, StatusList.day, StatusList.after)).all()
    assert {tuple(row) for row in rows} == {("RP1", office.clock.today() - DAY, ""), ("TI1", None, "")}


# The same answer, in Python, in SQL, and by hand

TYPES = ("RP-R", "RP-S", "TID")
BEGIN = dt.date(2026, 11, 2)


def day_of(luck: random.Random) -> dt.date:
    return BEGIN + luck.randrange(60) * DAY


def a_document(office: SmallOffice, case: Case, luck: random.Random, *states: DocumentState) -> None:
    with office.database.transaction() as session:
        like = session.get_one(Document, case.document_id)
        number = f"RP9{luck.randrange(10**6):06}"
        if session.scalar(select(Document.id).where(Document.number == number)):
            return
        session.add(
            Document(
                number=number,
                document_type=luck.choice(TYPES),
                exclusive=number,
                request=like.request,
                person_id=like.person_id,
                issue_date=BEGIN,
                expiry_date=luck.choice([None, day_of(luck), day_of(luck), day_of(luck)]),
                content_id=like.content_id,
                state=luck.choice(states or (*[DocumentState.VALID] * 9, *DocumentState)),
            )
        )


def a_decree(office: SmallOffice, luck: random.Random) -> None:
    """A row as two administrators would leave it, or as they left it unanswered."""
    first, last, until = sorted(day_of(luck) for _ in range(3))
    answered = luck.choice([{"agreed_at": office.clock.now()}, {"agreed_at": office.clock.now()}, {}])
    with office.database.transaction() as session:
        session.add(
            Decree(
                id=uuid7(),
                reference=f"HG {luck.randrange(1000)}/2027",
                article="",
                text="",
                gazette_day=BEGIN,
                types=luck.sample(TYPES, luck.randint(1, 2)),
                printed_from=first,
                printed_to=last,
                until=until,
                from_day=day_of(luck),
                over_from=luck.choice([None, None, day_of(luck)]),
                written_by=office.actors["administrator"].id,
                written_at=office.clock.now(),
                **answered,
            )
        )


def by_hand(document: Document, rows: list[Decree], day: dt.date) -> bool:
    """Whether a document holds, as the ADR says it, from whole rows."""
    if document.state != "valid":
        return False
    if document.expiry_date is None or day <= document.expiry_date:
        return True
    for row in rows:
        is_agreed = row.agreed_at is not None and row.until is not None
        if is_agreed and document.document_type in row.types:
            assert row.printed_from
            assert row.printed_to
            assert row.until
            of_class = row.printed_from <= document.expiry_date <= row.printed_to
            on_day = row.from_day <= day <= row.until and (row.over_from is None or day < row.over_from)
            if of_class and on_day:
                return True
    return False


@pytest.mark.parametrize("seed", range(3))
def test_python_and_sql_say_the_same_of_any_documents_and_decrees(
    office: SmallOffice, checked: Case, seed: int
) -> None:
    luck = random.Random(seed)
    for _ in range(40):
        a_document(office, checked, luck)
    for _ in range(6):
        a_decree(office, luck)
    longer = 0
    with office.reading() as look:
        documents = look.session.scalars(select(Document)).all()
        rows = list(look.session.scalars(select(Decree)))
        for number in range(0, 64, 3):
            day = BEGIN + number * DAY
            expected = {each.id for each in documents if by_hand(each, rows, day)}
            assert set(look.session.scalars(select(Document.id).where(holds(look, day)))) == expected, day
            assert {each.id for each in documents if standing(look, each, day) is Standing.VALID} == expected, day
            for each in documents:
                held = Held(each.state, each.document_type, each.expiry_date)
                found = extension_of(look, held, day)
                is_over = each.expiry_date is not None and day > each.expiry_date
                assert standing_of(look, held, day) == standing(look, each, day)
                if is_over and each.id in expected:
                    assert found is not None
                    assert found.until >= day
                    longer += 1
                elif is_over:
                    assert found is None
    assert longer, "nothing held longer in any of it"


def test_the_documents_of_a_decree_come_in_pages_and_are_counted_up_to_a_bound(
    office: SmallOffice, checked: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(7)
    for _ in range(50):
        a_document(office, checked, luck, DocumentState.VALID, DocumentState.VALID, DocumentState.LOST)
    which = Scope(("RP-R", "TID"), BEGIN + 10 * DAY, BEGIN + 50 * DAY, BEGIN + 99 * DAY)
    decree_id = written(office, legal(office), which)
    monkeypatch.setattr(decrees, "PAGE", 4)
    with office.reading() as look:
        row = decrees.shown(look, decree_id)
        found: list[Document] = []
        while page := decrees.documents(look, row, found[-1] if found else None):
            assert len(page) <= 4
            found += page
        of_class = [
            each.id
            for each in look.session.scalars(select(Document))
            if each.state == "valid"
            and each.document_type in which.types
            and each.expiry_date
            and which.printed_from <= each.expiry_date <= which.printed_to
        ]
        assert len(found) > 8
        assert sorted(each.id for each in found) == sorted(of_class)
        assert decrees.concerned(look, row) == len(found)
        monkeypatch.setattr(decrees, "MOST_COUNTED", 3)
        assert decrees.concerned(look, row) == 4
