"""A protected identity: only the named see it, their duties stay possible, and nobody alike is asked twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.care import Attempt, Named, Protection
from issuance.models.documents import Document
from issuance.models.people import Person, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.care import protection, veil
from issuance.services.care.protection import Naming, ProtectedRecord
from issuance.services.casework import cases, persons, queues, search
from issuance.services.casework import lodging as lodging_act
from issuance.services.casework.queues import Work
from issuance.services.life import retention
from issuance.services.persons import alike, people
from issuance.services.public import police
from issuance.services.public.police import Why
from issuance.services.regrouping import proposals
from issuance.states import RequestState
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed
from tests.stored import stored

WHY = "threatened by the family of her husband"
TWIN = changed(LAYLA, case_reference="2026/TM/2", source="hand", document_type="TD-C")


def mark(office: SmallOffice, request_id: UUID, *named: str) -> UUID:
    naming = [Naming(f"{role}@test.example") for role in named]
    with office.act(office.at("supervisor", request_id)) as act:
        return protection.mark(act, act.session.get_one(IssuanceRequest, request_id), WHY, naming).id


def sees(office: SmallOffice, who: Actor, request_id: UUID) -> bool:
    try:
        with office.reading(who) as look:
            cases.case(look, request_id)
    except ProtectedRecord:
        return False
    return True


def names_in(office: SmallOffice, who: Actor, request_id: UUID) -> list[str]:
    """What a look of this reader loads of the person, by every way on which a list comes to one."""
    with office.reading(who) as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        holder, person = request.holder, request.person
        said = [*vars(person).values(), *vars(holder).values(), request.phone, request.note]
        return [str(each) for each in said]


@pytest.fixture
def asked(office: SmallOffice) -> UUID:
    return office.lodge()


def test_only_the_named_see_who_it_is(office: SmallOffice, asked: UUID) -> None:
    mark(office, asked, "clerk")
    for role, actor in office.actors.items():
        named = role in ("clerk", "supervisor")
        assert role == "mission" or sees(office, actor, asked) is named
        said = " ".join(names_in(office, actor, asked))
        for words in ("Al-Masri", "Layla", "ليلى", "1992-01-01", "SYR", "+40722123456", "Halab", "Ialomiței"):
            assert (words in said) is named, (role, words)
    assert "Al-Masri" in " ".join(names_in(office, office.machine, asked))


def test_an_act_sees_the_rows_as_they_are_and_does_nothing_for_who_is_not_named(
    office: SmallOffice, asked: UUID
) -> None:
    mark(office, asked)
    with office.act(office.actors["clerk"]) as act:
        assert act.session.get_one(IssuanceRequest, asked).person.family_name == "Al-Masri"
        with pytest.raises(ProtectedRecord):
            cases.own_case(act, asked)
        with pytest.raises(ProtectedRecord):
            persons.own_person(act, act.session.get_one(IssuanceRequest, asked).person_id)
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, asked).person.family_name == "Al-Masri"


def test_lists_search_and_who_is_next_leave_them_out(office: SmallOffice) -> None:
    case = office.carry("complete")
    mark(office, case.request_id, "decision_officer")
    work = Work((RequestState.COMPLETE,), office.actors["clerk"].centre_id)
    for role, found in (("decision_officer", 1), ("supervisor", 1), ("clerk", 0), ("auditor", 0)):
        with office.reading(office.actors[role]) as look:
            assert len(queues.work_page(look, work)) == found, role
            assert sum(queues.work_counts(look, work).values()) == found
            assert look.session.scalar(queues.how_many(look, work)) == found
            for words in ("Al-Masri", "ليلى", "2026/TM/0001", "N004512873", "0722123456", "Layla 1.1.1992"):
                assert len(search.search(look, words)) == found, (role, words)


def test_the_named_do_every_duty(office: SmallOffice) -> None:
    case = office.carry("lodged")
    mark(office, case.request_id, "clerk", "decision_officer", "quality_officer", "second_clerk")
    office.enrol(case.request_id)
    document_id = office.approve(case.request_id)
    office.prepare(document_id)
    office.open_shift()
    office.make(claim=office.claim())
    assert office.check(document_id, office.readings(document_id))
    with office.act(office.actors["second_clerk"]) as act:
        assert cases.own_case(act, case.request_id).state == RequestState.READY


def test_who_is_named_for_some_days_sees_on_them_alone(office: SmallOffice, asked: UUID) -> None:
    key, today = mark(office, asked), office.clock.today()
    with office.act(office.actors["supervisor"]) as act:
        days = Naming("clerk@test.example", today + dt.timedelta(days=1), today + dt.timedelta(days=2))
        protection.name(act, protection.own(act, key), days)
    seen = []
    for _ in range(4):
        seen.append(sees(office, office.actors["clerk"], asked))
        office.clock.advance(dt.timedelta(days=1))
        office.keep_time()
    assert seen == [False, True, True, False]


def test_somebody_alike_is_not_lodged_twice_and_nothing_is_told(office: SmallOffice) -> None:
    mark(office, office.lodge(changed(LAYLA, eurodac_reference="RO1100000001")))
    with office.reading(office.actors["clerk"]) as look:
        found = people.similar(look, TWIN.identity)
        assert [person.family_name for person in found] == [veil.SAID]
        with pytest.raises(ProtectedRecord) as refused:
            protection.check_alike(look, found)
        assert "Al-Masri" not in str(refused.value)
        assert "supervisor" in str(refused.value)
        person_id = found[0].id
    for typed in (replace(TWIN, person_id=person_id), changed(TWIN, eurodac_reference="RO1100000001")):
        with pytest.raises(ProtectedRecord), office.act(office.actors["clerk"]) as act:
            lodging_act.lodge(act, typed)
    with office.reading(office.actors["supervisor"]) as look:
        protection.check_alike(look, people.similar(look, TWIN.identity))


def test_nobody_is_shown_them_as_alike(office: SmallOffice, asked: UUID) -> None:
    other = office.lodge(changed(LAYLA, given_names="Leyla", case_reference="2026/TM/9"))
    mark(office, asked)
    for role, found in (("clerk", 0), ("supervisor", 1)):
        with office.reading(office.actors[role]) as look:
            assert len(alike.others(look, look.session.get_one(IssuanceRequest, other).person)) == found


def test_police_are_told_the_verdict_and_not_whose_it_is(office: SmallOffice) -> None:
    case = office.carry("checked")
    mark(office, case.request_id)
    officer = Actor(office.actors["police"].id, None, frozenset({RoleName.POLICE}))
    with office.act(officer) as act:
        shown = police.check(act, case.number, Why.STREET_CONTROL)
    assert (shown.number, shown.name, shown.portrait) == (case.number, "", None)


def test_attempts_are_told_to_the_supervisor_of_the_centre(office: SmallOffice, asked: UUID) -> None:
    key = mark(office, asked)
    for _ in range(2):
        with office.act(office.actors["clerk"]) as act:
            protection.tell(act, key)
    with office.reading(office.actors["supervisor"]) as look:
        assert look.session.scalar(protection.unseen(look)) == 2
        assert protection.unseen_of(look, protection.kept(look)) == {key: 2}
        assert {each.staff.full_name for each in protection.attempts(look, protection.own(look, key))} == {"clerk"}
    with office.act(office.actors["supervisor"]) as act:
        assert protection.see(act, protection.own(act, key)) == 2
    with office.reading(office.actors["supervisor"]) as look:
        assert look.session.scalar(protection.unseen(look)) == 0
        acts = look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("protection.%"))).all()
    assert sorted(acts) == ["protection.marked", "protection.refused", "protection.refused", "protection.seen"]


def test_who_may_mark_name_and_end(office: SmallOffice, asked: UUID) -> None:
    with pytest.raises(NotAllowed), office.act(office.actors["clerk"]) as act:
        protection.mark(act, act.session.get_one(IssuanceRequest, asked), WHY, [])
    key = mark(office, asked)
    with pytest.raises(Conflict):
        mark(office, asked)
    over = dt.date(2026, 1, 1)
    wrong = (Naming("nobody@test.example"), Naming("supervisor@test.example"), Naming("clerk@test.example", over, over))
    for naming in wrong:
        with pytest.raises(InvalidInput), office.act(office.actors["supervisor"]) as act:
            protection.name(act, protection.own(act, key), naming)
    with office.reading(office.actors["supervisor"]) as look:
        last = protection.named(look, protection.own(look, key))[0].id
    for which, kind in ((last, Conflict), (key, NotFound)):
        with pytest.raises(kind), office.act(office.actors["supervisor"]) as act:
            protection.unname(act, protection.own(act, key), which)
    with office.reading() as look:
        galati = centres.named(look, "galati").id
    with pytest.raises(NotFound), office.act(replace(office.actors["supervisor"], centre_id=galati)) as act:
        protection.own(act, key)


def test_nobody_names_themselves_whatever_the_code_does(office: SmallOffice, asked: UUID) -> None:
    key, staff = mark(office, asked), office.actors["clerk"].id
    row = {"protection_id": key, "staff_id": staff, "named_by": staff, "from_day": office.clock.today()}
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.add(Named(**row, named_at=office.clock.now()))


def test_a_supervisor_who_is_not_named_does_not_end_it(office: SmallOffice, asked: UUID) -> None:
    key = mark(office, asked, "clerk")
    office.becomes(office.actors["administrator"], RoleName.SUPERVISOR)
    second = replace(office.actors["administrator"], roles=frozenset({RoleName.SUPERVISOR}))
    with pytest.raises(ProtectedRecord), office.act(second) as act:
        protection.end(act, protection.own(act, key))
    with office.reading(second) as look:
        row = protection.own(look, key)
        assert len(protection.named(look, row)) == 2
        with pytest.raises(ProtectedRecord):
            protection.why(look, row)
    with office.act(office.actors["supervisor"]) as act:
        protection.end(act, protection.own(act, key))
    assert sees(office, office.actors["decision_officer"], asked)


@on_sqlite
def test_why_is_encrypted_and_read_by_the_named(office: SmallOffice, asked: UUID) -> None:
    key = mark(office, asked)
    assert WHY.encode() not in stored(office)
    with office.reading(office.actors["supervisor"]) as look:
        assert protection.why(look, protection.own(look, key)) == WHY


def test_the_place_of_collection_is_not_public_meanwhile(office: SmallOffice, asked: UUID) -> None:
    key = mark(office, asked)
    places = []
    for ended in (False, True):
        if ended:
            with office.act(office.actors["supervisor"]) as act:
                protection.end(act, protection.own(act, key))
        with office.reading() as look:
            places.append(look.session.get_one(IssuanceRequest, asked).person.hides_place)
    assert places == [True, False]


def merged(office: SmallOffice, kept: UUID, gone: UUID) -> tuple[UUID, UUID]:
    """Two records become one by two people who see both; their persons."""
    why = proposals.Why("one passport was shown", "passport N004512873")
    for role in ("supervisor", "second"):
        with office.act(office.actors[role]) as act:
            person, other = (act.session.get_one(IssuanceRequest, each).person for each in (kept, gone))
            ids = (person.id, other.id)
            if role == "supervisor":
                proposals.propose_merge(act, person, other, why)
            else:
                proposals.agree(act, act.session.scalars(select(Regrouping)).one())
    return ids


@pytest.mark.parametrize("which", ["kept", "gone"])
def test_protection_survives_a_merge(office: SmallOffice, asked: UUID, which: str) -> None:
    other = office.lodge(changed(LAYLA, family_name="Masri", document_type="TD-C", case_reference="2026/TM/8"))
    office.actors["second"] = office.actors["second_clerk"]
    protected = {"kept": asked, "gone": other}[which]
    mark(office, protected, "second_clerk")
    ids = merged(office, asked, other)
    for request_id in (asked, other):
        assert not sees(office, office.actors["clerk"], request_id)
        assert sees(office, office.actors["second_clerk"], request_id)
    with office.reading(office.actors["auditor"]) as look:
        assert {look.session.get_one(Person, key).family_name for key in ids} == {veil.SAID}


def test_a_split_leaves_both_protected(office: SmallOffice, asked: UUID) -> None:
    mark(office, asked, "second_clerk")
    with office.act(office.actors["supervisor"]) as act:
        person = act.session.get_one(IssuanceRequest, asked).person
        other = people.copy(act, person, person, people.Made("lodged"))
        protection.follow(act, person, other)
        act.record("person.split", person, other)
        key = other.id
    with office.reading(office.actors["clerk"]) as look:
        assert look.session.get_one(Person, key).family_name == veil.SAID
    with office.reading(office.actors["second_clerk"]) as look:
        assert look.session.get_one(Person, key).family_name == "Al-Masri"


def test_it_goes_with_the_person(office: SmallOffice, asked: UUID) -> None:
    key = mark(office, asked, "clerk")
    with office.act(office.actors["clerk"]) as act:
        protection.tell(act, key)
    with office.act(office.actors["supervisor"]) as act:
        retention._forget_all(act, act.session.get_one(IssuanceRequest, asked).person)
    with office.reading() as look:
        for kind in (Attempt, Named, Protection):
            assert look.session.scalars(select(kind)).all() == []


def test_documents_of_lists_that_know_no_request_are_covered_too(office: SmallOffice) -> None:
    case = office.carry("made")
    mark(office, case.request_id)
    with office.reading(office.actors["operator"]) as look:
        document = look.session.scalars(select(Document)).one()
        assert document.person.full_name == veil.SAID
        assert document.request.holder.full_name == veil.SAID
        assert look.session.execute(text("SELECT count(*) FROM person")).scalar_one() == 1
