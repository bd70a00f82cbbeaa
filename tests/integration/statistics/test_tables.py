"""Statistics: each cell of each table against DuckDB's recount, whatever the lives; and whether it adds up."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from issuance.errors import InvalidInput
from issuance.law.office.statistics import statistics_law
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.endings import Ending
from issuance.models.exchange import HandledCase
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.casework import lodging
from issuance.services.life import endings, loss
from issuance.services.life.loss import Said
from issuance.services.statistics import periods, tables
from tests.integration.life.decreed import decreed
from tests.integration.persons import regrouped
from tests.integration.statistics.compared import agree, counted, recounted
from tests.integration.statistics.composed import Lived, Who, clear, decree, tell
from tests.integration.statistics.recount import Recount
from tests.people import LAYLA, NOON, SmallOffice, changed

DAY = dt.timedelta(days=1)
BEGIN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
MONTHS = ((2024, 3), (2024, 12), (2025, 3), (2025, 10))
MOMENTS = st.integers(0, 700 * 24 * 2).map(lambda half_hours: BEGIN + dt.timedelta(minutes=30 * half_hours))
LIVED = st.builds(
    Lived,
    document_type=st.sampled_from(["RP-R", "RP-S", "TPP", "RP-R", "TPP"]),
    at=MOMENTS,
    days=st.sampled_from([30, 88, 89, 91, 180, 183, 365, 729, 1095]),
    how=st.sampled_from(["", "", "", "replaced", "protection_ended", "lost", "stolen", "untold"]),
    after_hours=st.one_of(st.integers(0, 30), st.integers(0, 24 * 500)),
    before=st.sampled_from([False, False, True]),
)
WHO = st.builds(
    Who,
    documents=st.lists(LIVED, min_size=1, max_size=4).map(lambda some: sorted(some, key=lambda each: each.at)),
    nationality=st.sampled_from(["SYR", "UKR", "D", "GRC", "GBR", "RKS", "XXA", "XXX", ""]),
    birth_date=st.sampled_from(["1990-01-01", "2010-06-15", "2007-03-01", "2011-XX-XX", "1959-12-XX", "XXXX-XX-XX"]),
    sex=st.sampled_from(["F", "M", "X"]),
    alone=st.booleans(),
    corrected=st.sampled_from(["", "", "AFG"]),
)
DAYS = st.integers(0, 1400).map(lambda number: BEGIN.date() + number * DAY)
DECREE = st.tuples(DAYS, DAYS, DAYS, DAYS).map(lambda four: (*sorted(four)[:2], four[2], sorted(four)[3]))


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # each try fills a register: the smallest one that fails would be found by tomorrow
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(people=st.lists(WHO, min_size=6, max_size=12), decrees=st.lists(DECREE, max_size=3))
def test_any_lives_are_counted_as_duckdb_counts_them(
    office: SmallOffice, people: list[Who], decrees: list[tuple[dt.date, dt.date, dt.date, dt.date]]
) -> None:
    clear(office)
    tell(office, people)
    for days in decrees:
        decree(office, ["RP-R", "TPP"], days)
    agree(office, MONTHS, good=None)


BIRTHDAYS = ("03-15", "10-15", "12-31", "03-XX", "XX-XX", "XX-01", "XX-15")


def crowd(random: Random, count: int) -> list[Who]:
    """So many people with so few differences that many are alike."""
    people = []
    for _ in range(count):
        hours = sorted(random.randrange(700 * 24) for _ in range(random.choice((1, 1, 1, 2))))
        kind, how = random.choice(("RP-R", "TPP")), random.choice((*[""] * 6, "lost", "protection_ended", "untold"))
        days = random.choice((-2, 60, 100, 365, 1095))
        lived = [Lived(kind, BEGIN + dt.timedelta(hours=h), days, before=random.random() < 0.2) for h in hours]
        for each, later in pairwise(lived):
            each.after_hours = (later.at - each.at) // dt.timedelta(hours=1)
        lived[-1].how, lived[-1].after_hours = how, random.randrange(24 * 500)
        born = (
            f"{random.choice((1989, 1990, 2007, 2011))}-{random.choice(('03-15', '10-15', '12-31', '03-XX', 'XX-XX'))}"
        )
        people.append(Who(lived, "SYR", random.choice((born, "1980-05-06", "XXXX-XX-XX")), alone=random.random() < 0.3))
    return people


def test_a_crowd_of_which_many_are_alike_is_counted_as_duckdb_counts_it(office: SmallOffice) -> None:
    """One of those that are alike stands for them, also where decrees let a class hold, and again."""
    tell(office, crowd(Random(7), 300))
    day = dt.date
    decree(office, ["TPP"], (day(2024, 6, 1), day(2024, 12, 15), day(2024, 12, 10), day(2025, 3, 10)))
    decree(office, ["TPP", "RP-R"], (day(2024, 9, 1), day(2025, 3, 20), day(2025, 3, 15), day(2025, 10, 20)))
    assert agree(office, MONTHS, good=None) > 0


PERSON = {"nationality": "UKR", "birth_date": "2012-06-15", "alone": True}


def at(year: int, month: int, day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def test_every_kind_of_life_is_counted_on_its_days(office: SmallOffice) -> None:
    """Renewed, lost, given up, expired, held by a decree, ended without a row that says when, corrected since."""
    renewed = [Lived("RP-R", at(2024, 2, 1), 1095, after_hours=24 * 400), Lived("RP-R", at(2025, 3, 7), 1095)]
    after_a_gap = [Lived("RP-S", at(2024, 1, 5), 365, after_hours=24 * 574), Lived("RP-S", at(2025, 8, 1), 729)]
    untold = [Lived("TPP", at(2025, 1, 2), 700, "untold"), Lived("TPP", at(2025, 3, 20), 700)]
    tell(
        office,
        [
            Who(renewed),
            Who(after_a_gap, corrected="AFG"),
            Who(untold, **PERSON),
            Who([Lived("TPP", at(2025, 3, 31, 21), 100)], **PERSON),  # the first of April in Bucharest
            Who([Lived("TPP", at(2025, 3, 3), 20)], "UKR"),
            Who([Lived("TPP", at(2025, 3, 3), 700, "protection_ended", 24 * 12)], "UKR"),
            Who([Lived("RP-R", at(2025, 3, 3), 60)]),  # for less than three months
        ],
    )
    decree(office, ["TPP"], (dt.date(2025, 3, 1), dt.date(2025, 3, 31), dt.date(2025, 10, 5), dt.date(2025, 12, 31)))
    office.clock.advance(at(2026, 1, 2) - NOON)
    assert dict(counted(office, "resfirst", 2025).cells) == {("SUBS", "SY", "M_GE12", "Y35-64", "F"): 1}
    assert dict(counted(office, "resvalid", 2024).cells) == {
        ("REF", "SY", "M_GE12", "Y18-34", "F"): 1,
        ("SUBS", "SY", "M_GE12", "Y18-34", "F"): 1,
    }
    granted = counted(office, "tpgranted", 2025, 3)
    assert dict(granted.cells) == {("UA", "Y35-64", "F", "NUNACC"): 2}
    ended = counted(office, "tpended", 2025, 3)
    assert dict(ended.cells) == {
        ("lost", "UA", "Y_LT14", "F", "UNACC"): 1,
        ("expired", "UA", "Y35-64", "F", "NUNACC"): 1,
        ("protection_ended", "UA", "Y35-64", "F", "NUNACC"): 1,
    }
    assert ended.balance is not None
    assert ended.balance.counted == {"before": 1, "first": 2, "following": 1, "ended": 3, "after": 1}
    again = counted(office, "tpstock", 2025, 10)
    assert again.balance is not None
    assert again.balance.counted == {"before": 1, "again": 1, "after": 2}
    assert agree(office, MONTHS) > 0


def test_the_acts_of_an_office_leave_what_is_counted(office: SmallOffice) -> None:
    """Handed over, lost by the window's word, ended on a ground, merged: as the acts themselves write it."""
    first = office.carry("checked")
    office.hand_over(first.request_id, first.number)
    office.clock.advance(10 * DAY)
    lost = office.carry("checked", changed(LAYLA, case_reference="2026/TM/0002", given_names="Amal", sex="F"))
    office.hand_over(lost.request_id, lost.number)
    ended = office.carry("checked", changed(LAYLA, case_reference="2026/TM/0003", given_names="Nur", nationality="IRQ"))
    office.hand_over(ended.request_id, ended.number)
    travel = office.carry("checked", regrouped.OTHER)
    office.hand_over(travel.request_id, travel.number)
    regrouped.merge(
        office,
        regrouped.person_of(office, travel.request_id).id,
        regrouped.person_of(office, first.request_id).id,
    )
    office.clock.advance(10 * DAY)
    with office.act(office.actors["clerk"]) as act:
        document = act.session.get_one(Document, lost.document_id)
        row = loss.report(act, document, Said("lost", "holder", office.clock.today()))
    with office.act(office.actors["clerk"]) as act:
        loss.confirm(act, act.session.merge(row), "lost", "portrait")
    with office.act(office.actors["decision_officer"]) as act:
        endings.end(act, act.session.get_one(Document, ended.document_id), "departure", "12/2026", given_back=False)
    decreed(office)
    office.clock.advance(dt.datetime(2031, 1, 1, 12, tzinfo=dt.UTC) - office.clock.now())
    assert agree(office, ((2026, 11), (2029, 10), (2029, 11), (2030, 12))) > 0
    found = counted(office, "resvalid", 2026)
    assert found.balance is not None
    assert (found.total, found.balance.ended) == (1, {"lost": 1, "departure": 1})
    assert counted(office, "resfirst", 2026).total == 3


def applied(office: SmallOffice, name: str, role: str = "clerk", **said: Any) -> UUID:
    """Somebody applies and asks for a certificate; their request."""
    by = office.actors[role]
    with office.act(by) as act:
        at_centre = centres.named(act, said.get("centre", "timisoara")).id
    with office.act(replace(by, centre_id=at_centre)) as act:
        words = {"document_type": "RC", "birth_place": "Halab", "status": "applicant", "applied_on": act.clock.today()}
        asks = changed(LAYLA, case_reference=f"2026/TM/{name}", given_names=name, **words | said)
        return lodging.lodge(act, asks).id


def test_applications_are_those_of_the_recount_and_each_centre_has_its_own(office: SmallOffice) -> None:
    applied(office, "Amal", procedure="accelerated")
    applied(office, "Badr", vulnerable=True)
    applied(office, "Rima", role="enrolment_expert", vulnerable=True)
    for name in ("Adam", "Omar", "Yara"):
        applied(office, name, birth_date="2012-05-06", unaccompanied=True)
    applied(office, "Nur", centre="giurgiu", procedure="border")
    jointly = applied(office, "Zayn", centre="galati", procedure="accelerated")
    with office.database.transaction() as session:
        person = session.get_one(IssuanceRequest, jointly).person_id
        session.add(HandledCase(key="CH-1", person_id=person, joint_return=True))
    office.clock.advance(31 * DAY)
    applied(office, "Salma", procedure="accelerated")  # of the next month
    recount = Recount(office)
    found = counted(office, "applications", 2026, 11)
    assert found.cells == recounted(recount, found.law, found.period)
    assert found.total == 8
    own = counted(office, "centres", 2026, 11)
    assert own.cells == recount.centres(own.law.types, (own.period.first, own.period.last))
    some = {(centre, indicator): count for (centre, indicator), count in own.cells.items() if count}
    assert some == {
        ("timisoara", "applications"): 6,
        ("timisoara", "accelerated"): 1,
        ("timisoara", "vulnerable"): 2,
        ("timisoara", "unaccompanied_minors"): 3,
        ("timisoara", "by_eu_experts"): 1,
        ("giurgiu", "applications"): 1,
        ("giurgiu", "border"): 1,
        ("galati", "applications"): 1,
        ("galati", "accelerated"): 1,
        ("galati", "joint_return_decisions"): 1,
    }


def test_a_file_has_eurostats_columns_its_balance_and_no_name(office: SmallOffice) -> None:
    tell(office, [Who([Lived("TPP", at(2025, 3, 3), 700)], **PERSON)])
    table = counted(office, "tpstock", 2025, 3)
    lines = tables.csv_of(table).body.decode().splitlines()
    said, rows = [line for line in lines if line.startswith("#")], list(csv.reader(io.StringIO("\n".join(
        line for line in lines if not line.startswith("#")))))  # fmt: skip
    assert "# Stock 2025-03-31 1 = stock 2025-02-28 0 + began (1 first + 0 following + 0 by a decree) - ended 0" in said
    assert rows == [
        ["DATAFLOW", "freq", "citizen", "age", "sex", "minor", "unit", "geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG",
         "CONF_STATUS"],
        ["ESTAT:MIGR_ASYTPSM(1.0)", "M", "UA", "Y_LT14", "F", "UNACC", "PER", "RO", "2025-03", "1", "", ""],
        ["ESTAT:MIGR_ASYTPSM(1.0)", "M", "TOTAL", "TOTAL", "TOTAL", "TOTAL", "PER", "RO", "2025-03", "1", "", ""],
    ]  # fmt: skip
    with office.reading() as look:
        (number,) = look.session.scalars(select(Document.number))
    assert not [line for line in lines if number in line]


def test_a_table_that_does_not_add_up_says_so(office: SmallOffice) -> None:
    """A document that ended before its hand-over, and one of which nobody knows when it ended."""
    ended = Lived("TPP", at(2025, 3, 3), 700, "protection_ended", 24)
    tell(office, [Who([ended]), Who([Lived("TPP", at(2025, 3, 3), 700, "untold")]), Who([ended])])
    with office.database.transaction() as session:
        first = session.scalars(select(Ending.id).order_by(Ending.id)).first()
        session.execute(update(Ending).where(Ending.id == first).values(at=at(2025, 2, 1)))
    table = counted(office, "tpended", 2025, 3)
    assert table.balance is not None
    assert (table.is_good, table.balance.undated, table.total) == (False, 2, 1)
    assert table.name == "tpended-2025-03-NOT-GOOD.csv"
    assert b"# NOT GOOD: " in tables.csv_of(table).body


@pytest.mark.parametrize(("code", "month"), [("tpstock", 11), ("tpgranted-q", 10), ("resvalid", 1), ("centres", 12)])
def test_a_period_that_is_not_over_is_refused(office: SmallOffice, code: str, month: int) -> None:
    with pytest.raises(InvalidInput, match="is not over before"):
        counted(office, code, 2026, month)


def test_the_last_night_of_a_period_is_that_of_bucharest(office: SmallOffice) -> None:
    office.clock.advance(dt.datetime(2026, 11, 30, 21, 59, tzinfo=dt.UTC) - NOON)
    with pytest.raises(InvalidInput, match=r"2026-11 is not over before 01\.12\.2026"):
        counted(office, "tpstock", 2026, 11)
    office.clock.advance(dt.timedelta(minutes=1))
    assert counted(office, "tpstock", 2026, 11).total == 0


@pytest.mark.parametrize(("month", "day"), [(3, 30), (10, 26)])
def test_a_day_whose_night_has_another_hour_is_one_day(office: SmallOffice, month: int, day: int) -> None:
    """On 30 March and 26 October 2025 the clocks went on and back; half past midnight is of the day that began."""
    before = dt.datetime(2025, month, day, 21, 30, tzinfo=dt.UTC) - DAY
    tell(office, [Who([Lived("TPP", before + dt.timedelta(hours=hours), 1)]) for hours in (0, 2, 24, 26)])
    assert agree(office, ((2025, month),)) > 0


def test_periods_are_named_as_sdmx_names_them() -> None:
    names = [periods.of_month(table.frequency, 2025, 11).name for table in statistics_law().tables]
    assert set(names) == {"2025", "2025-11", "2025-Q4"}
    quarter = periods.of_month(tables.named("tpgranted-q").frequency, 2025, 11)
    assert (quarter.first, quarter.last) == (dt.date(2025, 10, 1), dt.date(2025, 12, 31))


def test_what_is_given_out_is_an_event_with_its_digest(office: SmallOffice) -> None:
    table = counted(office, "tpstock", 2025, 3)
    given = tables.csv_of(table)
    with office.act(office.actors["supervisor"]) as act:
        tables.note(act, table.law.code, table.period, given, is_good=table.is_good)
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "statistics.given_out")).one()
    assert event.details == {"table": "tpstock", "period": "2025-03", "digest": given.digest, "good": True}
