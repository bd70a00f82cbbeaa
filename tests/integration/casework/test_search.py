"""Looking things up: codes, names in every script, the own centre first, similar persons, and the holder's status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import sql
from sqlalchemy import event, insert, select, text, update

from issuance.actors import SYSTEM, Actor
from issuance.clock import FixedClock
from issuance.db import Database, uuid7
from issuance.errors import InvalidInput, NotFound
from issuance.models.documents import Document
from issuance.models.people import Person, PersonName
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services import founding, rule_versions
from issuance.services.casework import cases, queues, search
from issuance.services.casework.cases import OtherCentre
from issuance.services.casework.queues import Work
from issuance.services.casework.search import MOST_RESULTS
from issuance.services.persons import people
from issuance.services.public import status as status_module
from issuance.services.public.status import PublicState, PublicStatus
from issuance.services.trust import events
from issuance.settings import Settings
from issuance.states import RequestState
from issuance.values import references
from tests.fixtures.databases import build_schema
from tests.fixtures.postgres import Cluster
from tests.people import LAYLA, NOON, SmallOffice, changed

KARIM = changed(
    LAYLA,
    family_name="Haddad",
    given_names="Karim",
    native_name="كريم حداد",
    birth_date="1979-01-01",
    sex="M",
    case_reference="2026/TM/0042",
    eurodac_reference="RO1260042",
    cnp="7790101350016",
)
NAMED = {
    # family name, given names, native name: what may be typed to find it
    ("Đorđević", "Željka", ""): ("Đorđević", "dordevic", "ĐORĐ", "zelj", "željka đ"),
    ("Șerban-Popescu", "Ștefan", ""): ("serban", "Şerban", "popescu", "STEFAN POP", "Șerban-Popescu"),
    ("Müller", "Jörg", ""): ("muller", "müller", "Muller Jorg"),
    ("Łukaszewicz", "Zoë", ""): ("lukasz", "łukasz", "zoe"),
    ("O'Neill", "Seán", ""): ("O\u2019Neill", "oneill", "neill sean"),
    ("Shevchenko", "Oleksandra", "Олександра Шевченко"): ("шевч", "ОЛЕКСАНДРА", "Shevchenko", "олекс шев"),
    ("Al-Masri", "Layla", "ليلى المصري"): ("المص", "ليلي", "لَيلى", "ليـــلى", "layla al-masri"),
    ("Karimi", "Mohammad Reza", "محمد\u200cرضا کریمی"): ("كريمي", "کریمی", "محمدرض", "محمد\u200cرضا"),
    ("Rahman", "Mohammad", "মোহাম্মদ রহমান"): ("রহমা", "মোহাম্মদ র"),
    ("Thapa", "Prakash", "प्रकाश थापा"): ("प्रका", "थापा"),
    ("Singh", "Gurpreet", "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ"): ("ਗੁਰਪ੍ਰੀ", "ਸਿੰਘ ਗੁਰ"),
    ("Perera", "Nimal", "නිමල් පෙරේරා"): ("නිම", "පෙරේ"),
    ("Gebre", "Tesfay", "ተስፋይ ገብረ"): ("ተስፋ", "ገብ ተስ"),
}


def clerk(office: SmallOffice, reason: str = "") -> Actor:
    return replace(office.actors["clerk"], reason=reason)


def found(office: SmallOffice, typed: str) -> list[UUID]:
    """The ids that a clerk finds."""
    with office.reading(clerk(office)) as look:
        return [request.id for request in search.search(look, typed)]


def request_of(office: SmallOffice, request_id: UUID) -> IssuanceRequest:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, request_id)


def change(office: SmallOffice, request_id: UUID, **values: Any) -> None:
    with office.database.transaction() as session:
        session.execute(update(IssuanceRequest).where(IssuanceRequest.id == request_id).values(**values))


# Search


def test_a_case_is_found_by_every_code_it_is_known_by(office: SmallOffice) -> None:
    wanted = office.lodge(KARIM)
    office.lodge()
    reference = request_of(office, wanted).reference
    grouped = references.grouped(reference)
    for typed in (reference, grouped, grouped.lower(), f" {reference.lower()}\r\n", "2026/TM/0042", "2026/tm/0042"):
        assert found(office, typed) == [wanted], typed
    for typed in ("RO1260042", "ro 1260042", "7790101350016", "779 0101 350016"):
        assert found(office, typed) == [wanted], typed


def test_a_case_is_found_by_the_number_on_its_document(office: SmallOffice) -> None:
    office.lodge(KARIM)
    wanted = office.lodge()
    office.enrol(wanted)
    document_id = office.approve(wanted)
    with office.database.reading() as session:
        number = session.get_one(Document, document_id).number
    for typed in (number, number.lower(), f"{number[:3]} {number[3:]}\n"):
        assert found(office, typed) == [wanted], typed


def test_names_are_found_in_every_script_by_how_their_words_begin(office: SmallOffice) -> None:
    ids = {}
    for number, ((family_name, given_names, native_name), typed) in enumerate(NAMED.items()):
        lodging = changed(LAYLA, family_name=family_name, given_names=given_names, native_name=native_name)
        birth_date, reference = f"1990-01-{number + 1:02}", f"2026/TM/{number:04}"
        ids[office.lodge(changed(lodging, birth_date=birth_date, case_reference=reference))] = typed
    wrong = {
        typed: found(office, typed)
        for wanted, each in ids.items()
        for typed in each
        if found(office, typed) != [wanted]
    }
    assert wrong == {}


def test_every_word_typed_must_begin_a_word(office: SmallOffice) -> None:
    office.lodge()
    assert found(office, "lay mas")
    assert found(office, "masri") == found(office, "al masri")
    assert not found(office, "ayla")
    assert not found(office, "layla haddad")


SIGNS = ["%%", "__", "--", "' OR ''='", "l%yla", "l_yla", "\u200d\u200d\u200d", "\U0010ffff\U0010ffff"]


@pytest.mark.parametrize("typed", SIGNS)
def test_signs_are_no_wildcards_and_nothing_finds_nobody(office: SmallOffice, typed: str) -> None:
    office.lodge()
    assert found(office, typed) == []


@pytest.mark.parametrize("typed", ["", " ", "a", "\x00\x00\x00a", "x" * 201])
def test_too_little_and_too_much_is_refused(office: SmallOffice, typed: str) -> None:
    with pytest.raises(InvalidInput, match="at least two letters"):
        found(office, typed)


def test_what_a_scanner_adds_is_left_out(office: SmallOffice) -> None:
    wanted = office.lodge()
    assert found(office, f"\x02{request_of(office, wanted).reference}\x03\r\n") == [wanted]


def test_a_confirmed_spelling_is_found_and_the_old_one_too(office: SmallOffice) -> None:
    """A paper or a card may still say the old one."""
    wanted = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, wanted).person
        people.spell(act, person, "Elmasry", "Leila")
        act.record("person.spelling_confirmed", person)
    assert found(office, "elmas") == [wanted]
    assert found(office, "leila") == [wanted]
    assert found(office, "ليلى") == [wanted]
    assert found(office, "layla") == [wanted]


# The own centre and the others


def test_the_own_centre_comes_first_then_the_newest(office: SmallOffice) -> None:
    def lodge(centre: str, day: int) -> UUID:
        lodging = changed(LAYLA, centre=centre, birth_date=f"1990-02-{day:02}", case_reference=f"{centre}-{day}")
        request_id = office.lodge(lodging)
        change(office, request_id, lodged_on=dt.date(2026, 10, day))
        return request_id

    elsewhere, old, new = lodge("galati", 9), lodge("timisoara", 1), lodge("timisoara", 5)
    assert found(office, "layla") == [new, old, elsewhere]


def test_another_centres_case_asks_why_and_is_recorded(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, centre="galati"))
    with office.reading(clerk(office, "  ")) as look, pytest.raises(OtherCentre, match="Say why you look"):
        cases.case(look, request_id)
    with pytest.raises(OtherCentre), office.act(clerk(office)) as act:
        cases.open_case(act, request_id)
    actor = clerk(office, "The person came to our desk.")
    with office.act(actor) as act:
        case = cases.open_case(act, request_id)
        subjects = {case.id, case.person_id}
    with office.reading() as look:
        opened = [event for event in events.life_line(look, request_id) if event.act.startswith("case.")]
        about = {subject.subject_id for subject in opened[0].subjects}
    assert [(each.act, each.reason, each.actor_id) for each in opened] == [
        ("case.opened_elsewhere", "The person came to our desk.", actor.id)
    ]
    assert about == subjects
    assert opened[0].centre_id == case.centre_id != actor.centre_id


def test_opening_a_case_of_the_own_centre_is_recorded_too(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(clerk(office)) as act:
        cases.open_case(act, request_id)
    with office.reading() as look:
        (_, opened) = events.life_line(look, request_id)
    assert (opened.act, opened.reason) == ("case.opened", "")


def test_a_case_that_is_not_there(office: SmallOffice) -> None:
    with office.reading(clerk(office, "why")) as look, pytest.raises(NotFound, match="Search for it"):
        cases.case(look, uuid4())


def test_a_queue_puts_the_vulnerable_and_lone_children_first_then_the_oldest(office: SmallOffice) -> None:
    ids = {}
    for name, day, vulnerable in (("new", 9, False), ("old", 2, False), ("lone", 7, False), ("vulnerable", 8, True)):
        lodging = changed(LAYLA, birth_date=f"1991-01-0{day}", case_reference=name, vulnerable=vulnerable)
        ids[office.lodge(lodging)] = name
        lodged_on = dt.date(2026, 10, day)
        due_on = lodged_on + dt.timedelta(30)
        change(office, list(ids)[-1], lodged_on=lodged_on, due_on=due_on, unaccompanied=name == "lone")
    centre_id = clerk(office).centre_id
    with office.reading() as look:
        queue = queues.work_page(look, Work((RequestState.LODGED,), centre_id))
        due = queues.work_page(look, Work((RequestState.LODGED,), centre_id, due_by=dt.date(2026, 11, 6)))
        counts = queues.work_counts(look, Work((RequestState.LODGED,), centre_id))
        nobodys = queues.work_page(look, Work((RequestState.LODGED,), centre_id, types=("TID",)))
    assert [ids[each.id] for each in queue] == ["lone", "vulnerable", "old", "new"]
    assert [ids[each.id] for each in due] == ["old", "lone"]
    assert counts == {("lodged", "RP-R"): 4}
    assert nobodys == []


# Similar persons


def similar(office: SmallOffice, family_name: str, given_names: str, birth_date: str) -> list[str]:
    """The birth dates of the persons shown before lodging."""
    said = {"family_name": family_name, "given_names": given_names, "native_name": "", "birth_date": birth_date}
    identity = replace(LAYLA.identity, **said)
    with office.reading() as look:
        return sorted(each.birth_date for each in people.similar(look, identity))


def test_similar_persons_are_found_by_name_and_date(office: SmallOffice) -> None:
    for number, birth_date in enumerate(("1992-01-01", "1992-01-XX", "1985-05-05")):
        office.lodge(changed(LAYLA, birth_date=birth_date, case_reference=f"2026/TM/{number}"))
    assert similar(office, "Al-Masri", "Layla", "1992-01-01") == ["1992-01-01", "1992-01-XX"]
    assert similar(office, "Layla", "Al Masri", "1992-01-01") == ["1992-01-01", "1992-01-XX"]
    assert similar(office, "Al-Masry", "Layla", "1992-01-17") == ["1992-01-XX"]
    assert similar(office, "AL-MASRI", "LAYLA", "XXXX-XX-XX") == ["1985-05-05", "1992-01-01", "1992-01-XX"]
    assert similar(office, "Haddad", "Layla", "1992-01-01") == []


def test_namesakes_of_other_dates_do_not_hide_the_same_person(database: Database) -> None:
    fill(database, 1000)
    office = SmallOffice(database)
    office.lodge(changed(LAYLA, family_name="Common", given_names="Name", birth_date="2001-09-09"))
    assert similar(office, "Common", "Name", "2001-09-09") == ["2001-09-09"]


# The holder's status


def status(office: SmallOffice, reference: str, birth_date: str = LAYLA.identity.birth_date) -> PublicStatus | None:
    with office.reading() as look:
        return status_module.public_status(look, reference, birth_date)


def test_the_holder_sees_eight_states_and_the_least(office: SmallOffice) -> None:
    request_id = office.lodge()
    reference = request_of(office, request_id).reference
    seen = set()
    for state in RequestState:
        change(office, request_id, state=state, missing=["portrait"])
        shown = status(office, references.grouped(reference).lower())
        assert shown is not None
        seen.add(shown.state)
        assert (shown.day, shown.days, shown.due_on) == (0, 30, dt.date(2026, 12, 2))
        assert shown.missing == (("portrait",) if state is RequestState.INCOMPLETE else ())
    assert seen == set(PublicState)
    office.clock.advance(dt.timedelta(days=31))
    late = status(office, reference)
    assert late is not None
    assert (late.day, late.days) == (31, 30)


def test_reference_and_birth_date_must_both_agree(office: SmallOffice) -> None:
    reference = request_of(office, office.lodge(changed(LAYLA, birth_date="1992-01-XX"))).reference
    assert status(office, reference, "1992-01-XX") is not None
    for birth_date in ("1992-01-01", "1992-XX-XX", "XXXX-XX-XX", "", "1992-01-%", "1992-01-__"):
        assert status(office, reference, birth_date) is None
    for other in (references.new_reference(), reference[:-1], "", "%", reference + "2", "\x00"):
        assert status(office, other, "1992-01-XX") is None


def test_the_place_of_collection_is_never_a_vulnerable_persons(office: SmallOffice) -> None:
    places = {}
    for vulnerable, day in ((False, "01"), (True, "02")):
        birth_date = f"1992-01-{day}"
        request_id = office.lodge(changed(LAYLA, vulnerable=vulnerable, birth_date=birth_date, case_reference=day))
        change(office, request_id, state=RequestState.READY)
        shown = status(office, request_of(office, request_id).reference, birth_date)
        assert shown is not None
        places[vulnerable] = (shown.place, shown.address, shown.opening_hours)
    assert places[True] == ("", "", "")
    assert places[False][:2] == ("Timișoara", "Str. Armoniei 33, Timișoara")


# The index, whatever the language of the database


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest) -> Iterator[Database]:
    """20,000 persons; on PostgreSQL in a database that sorts as Romanian does, as an office may have made it."""
    if request.param == "sqlite":
        database = Database(request.getfixturevalue("sqlite_url"))
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = sql.Identifier("sorted_as_romanian")
        making = sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'ro' LOCALE 'C.UTF-8'")
        cluster.execute(making.format(name))
        build_schema(cluster.url("sorted_as_romanian"))
        database = Database(cluster.url("sorted_as_romanian"))
    fill(database, 20_000)
    yield database
    database.engine.dispose()
    if request.param == "postgresql":
        cluster.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def fill(database: Database, size: int) -> None:
    """Persons called Common, each with a name and a request of their own; every tenth is Timișoara's, all older."""
    with Office(Settings(), database, FixedClock(NOON)).act(SYSTEM) as act:
        founding.found_centres(act)
        rule_versions.publish(act)
    with database.transaction() as session:
        rule_id = session.scalars(select(RuleVersion.id).limit(1)).one()
        centres = {code: key for code, key in session.execute(select(Centre.code, Centre.id))}
        persons, names, requests = [], [], []
        for number in range(size):
            person_id, own, day = uuid7(), number % 10 == 0, dt.date(2026, 3, 1)
            fixed = {"family_name": "Common", "sex": "X", "nationality": "XXX", "status": "refugee"}
            persons.append({"id": person_id, "mrz_name": "COMMON", "birth_date": "1990-01-01", **fixed})
            names += [{"person_id": person_id, "word": word} for word in ("common", f"n{number}ame")]
            requests.append(
                {
                    "reference": f"R{number}",
                    "person_id": person_id,
                    "centre_id": centres["timisoara" if own else "galati"],
                    "document_type": "RP-R",
                    "kind": "first",
                    "rule_version_id": rule_id,
                    "entitlement_source": "case_handling",
                    "lodged_on": day if own else day + dt.timedelta(days=9),
                    "due_on": day + dt.timedelta(days=39),
                }
            )
        session.execute(insert(Person), persons)
        session.execute(insert(PersonName), names)
        session.execute(insert(IssuanceRequest), requests)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def plans(database: Database, typed: str, actor: Actor) -> tuple[list[IssuanceRequest], str]:
    """What a search finds, and how the database says that it does."""
    ran: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        ran.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with Office(Settings(), database).reading(actor) as look:
        requests = search.search(look, typed)
    event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.engine.dialect.name == "sqlite" else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = [row for statement, values in ran for row in connection.exec_driver_sql(explain + statement, values)]
    return requests, "\n".join(str(row[-1]) for row in rows)


def test_twenty_thousand_persons_are_searched_by_index_and_the_own_centre_is_not_crowded_out(crowded: Database) -> None:
    with crowded.reading() as session:
        own = session.scalars(select(Centre.id).where(Centre.code == "timisoara")).one()
    actor = Actor(uuid4(), own)
    for typed, number in (("n12345", 12345), ("N1234A", 1234), ("common n777a", 777)):
        requests, plan = plans(crowded, typed, actor)
        assert [each.reference for each in requests] == [f"R{number}"], typed
        assert "ix_person_name_word" in plan, plan
        for whole_table in (
            "SCAN person_name",
            "SCAN request",
            "SCAN person",
            "Seq Scan on person",
            "Seq Scan on request",
        ):
            assert whole_table not in plan, plan
    requests, _ = plans(crowded, "common", actor)
    assert len(requests) == MOST_RESULTS
    assert {each.centre_id for each in requests} == {own}
