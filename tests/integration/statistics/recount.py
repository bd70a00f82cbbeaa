"""The statistics counted once more by DuckDB, day by day from the rows: nothing of it is the product's."""

from __future__ import annotations

import datetime as dt
import json
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from tests.counterparts import missing
from tests.people import SmallOffice

BUCHAREST = ZoneInfo("Europe/Bucharest")
CITIZENS = {
    "SYR": "SY", "AFG": "AF", "UKR": "UA", "IRQ": "IQ", "SOM": "SO", "GRC": "EL", "GBR": "UK", "D": "DE", "RKS": "XK",
    "XXA": "STLS", "XXB": "UNK", "XXX": "UNK", "": "UNK",
}  # fmt: skip

DOCUMENTS = """
    SELECT d.id, d.person_id, d.document_type, d.exclusive, d.state, d.issue_date, d.expiry_date, r.unaccompanied,
        v.nationality, v.birth_date, v.sex, p.nationality, p.birth_date, p.sex
    FROM document d JOIN request r ON r.id = d.request_id JOIN person p ON p.id = d.person_id
    LEFT JOIN person_version v ON v.id = r.person_version_id
"""
REQUESTS = """
    SELECT r.id, r.document_type, r.kind, r.lodged_on, r.unaccompanied, r.procedure, p.vulnerable, c.code,
        coalesce(v.nationality, p.nationality), coalesce(v.birth_date, p.birth_date), coalesce(v.sex, p.sex),
        r.lodged_by, r.person_id
    FROM request r JOIN person p ON p.id = r.person_id JOIN centre c ON c.id = r.centre_id
    LEFT JOIN person_version v ON v.id = r.person_version_id WHERE r.entitlement_source <> 'before'
"""
ENDS = """
    SELECT document_id, at, ground FROM ending UNION ALL
    SELECT document_id, settled_at, outcome FROM loss_report WHERE outcome IN ('lost', 'stolen') UNION ALL
    SELECT j.document_id, c.settled_at, 'voided' FROM contradiction c JOIN print_job j ON j.id = c.job_id
        JOIN document d ON d.id = j.document_id WHERE c.settled_at IS NOT NULL AND d.state = 'voided'
"""
EXPERTS = """
    SELECT staff_id, from_day, coalesce(to_day, '9999-12-31') FROM role_given
    WHERE role = 'enrolment_expert' AND agreed_at IS NOT NULL
"""
JOINT = "SELECT person_id FROM handled_case WHERE joint_return AND person_id IS NOT NULL"
CENTRES = "SELECT code FROM centre"
HANDED = "SELECT document_id, at FROM hand_over"
BEFORE = "SELECT id, issue_date FROM document WHERE attempt = 0"
DECREES = "SELECT types, printed_from, printed_to, from_day, until, over_from FROM decree WHERE agreed_at IS NOT NULL"

TABLES = """
    CREATE TABLE doc (id TEXT, person TEXT, type TEXT, grp TEXT, state TEXT, issued DATE, printed DATE, alone BOOL,
        nat TEXT, birth TEXT, sex TEXT);
    CREATE TABLE handed (id TEXT, day DATE);
    CREATE TABLE ends (id TEXT, day DATE, why TEXT);
    CREATE TABLE decree (type TEXT, pf DATE, pt DATE, first DATE, last DATE);
    CREATE TABLE citizen (icao TEXT, code TEXT);
    CREATE TABLE asked (id TEXT, type TEXT, kind TEXT, day DATE, alone BOOL, procedure TEXT, vulnerable BOOL,
        centre TEXT, nat TEXT, birth TEXT, sex TEXT, lodged_by TEXT, person TEXT);
    CREATE TABLE expert (id TEXT, first DATE, last DATE);
    CREATE TABLE joint (person TEXT);
    CREATE TABLE centre (code TEXT);
"""
VIEWS = """
    CREATE VIEW one_end AS SELECT id, arg_min(day, day) AS day, arg_min(why, day) AS why FROM ends GROUP BY id;
    CREATE VIEW lived AS
    SELECT d.*, h.day AS began,
        coalesce(e.day, CASE WHEN d.state NOT IN ('valid', 'suspended') THEN
            (SELECT min(hs.day) FROM doc s JOIN handed hs USING (id)
             WHERE s.person = d.person AND s.grp = d.grp AND s.id <> d.id AND hs.day >= h.day) END) AS ended,
        coalesce(e.why, d.state) AS why
    FROM doc d JOIN handed h USING (id) LEFT JOIN one_end e USING (id);
    CREATE VIEW sure AS SELECT * FROM lived WHERE ended IS NOT NULL OR state IN ('valid', 'suspended');
    CREATE VIEW days AS
        SELECT unnest(generate_series(DATE '2023-01-01', DATE '2032-01-01', INTERVAL 1 DAY))::DATE AS day;
    CREATE VIEW held AS
    SELECT l.*, days.day FROM sure l JOIN days ON days.day >= l.began AND (l.ended IS NULL OR days.day < l.ended)
    WHERE l.printed IS NULL OR days.day <= l.printed OR EXISTS (
        SELECT 1 FROM decree x WHERE x.type = l.type AND l.printed BETWEEN x.pf AND x.pt
            AND days.day BETWEEN x.first AND x.last);
"""
AGE = """
    CASE WHEN {birth}[1:4] NOT SIMILAR TO '[0-9]{{4}}' THEN 'UNK' ELSE (
        SELECT CASE WHEN y < 14 THEN 'Y_LT14' WHEN y < 18 THEN 'Y14-17' WHEN y < 35 THEN 'Y18-34'
            WHEN y < 65 THEN 'Y35-64' ELSE 'Y_GE65' END
        FROM (SELECT year({day}) - TRY_CAST({birth}[1:4] AS INT)
            - CASE WHEN strftime({day}, '%m-%d') < replace(replace({birth}[6:7], 'XX', '12') || '-' || {birth}[9:10],
                'XX', '31') THEN 1 ELSE 0 END AS y)) END
"""
CODES = {
    "reason": "CASE {of}.type WHEN 'RP-R' THEN 'REF' ELSE 'SUBS' END",
    "document": "{of}.type",
    "citizen": "(SELECT code FROM citizen WHERE icao = {of}.nat)",
    "duration": "CASE WHEN {of}.printed + 1 >= {of}.issued + INTERVAL 12 MONTH THEN 'M_GE12'"
    " WHEN {of}.printed + 1 >= {of}.issued + INTERVAL 6 MONTH THEN 'M6-11' ELSE 'M3-5' END",
    "age": AGE,
    "sex": "CASE WHEN {of}.sex IN ('F', 'M') THEN {of}.sex ELSE 'UNK' END",
    "minor": "CASE WHEN {of}.alone AND (" + AGE + ") IN ('Y_LT14', 'Y14-17') THEN 'UNACC' ELSE 'NUNACC' END",
}
LONG = "({of}.printed IS NULL OR {of}.printed + 1 >= {of}.issued + INTERVAL 3 MONTH)"

INDICATORS = {
    "applications": "a.id IS NOT NULL",
    "accelerated": "a.procedure = 'accelerated'",
    "border": "a.procedure = 'border'",
    "vulnerable": "a.vulnerable",
    "unaccompanied_minors": "a.alone",
    "by_eu_experts": "EXISTS (SELECT 1 FROM expert e WHERE e.id = a.lodged_by AND a.day BETWEEN e.first AND e.last)",
    "joint_return_decisions": "a.person IN (SELECT person FROM joint)",
}


class Recount:
    """The rows of a register in a database of another make."""

    def __init__(self, office: SmallOffice) -> None:
        if find_spec("duckdb") is None:
            missing("No DuckDB, which counts once more. `make test` installs it.")
        import duckdb

        self.db = duckdb.connect()
        self.db.execute(TABLES)
        with office.database.reading() as session:
            found = {name: session.execute(text(sql)).all() for name, sql in SOURCES.items()}
        self._keep("doc", [_document(*row) for row in found["doc"]])
        self._keep("handed", [(str(key), _day(at)) for key, at in found["handed"]])
        self._keep("handed", [(str(key), day) for key, day in found["before"]])
        self._keep("ends", [(str(key), _day(at), why) for key, at, why in found["ends"]])
        self._keep("decree", [line for row in found["decree"] for line in _decree(*row)])
        self._keep("asked", [(str(key), *row, str(by), str(person)) for key, *row, by, person in found["asked"]])
        self._keep("expert", [(str(key), *days) for key, *days in found["expert"]])
        self._keep("joint", [(str(key),) for (key,) in found["joint"]])
        self._keep("centre", [tuple(row) for row in found["centre"]])
        self._keep("citizen", list(CITIZENS.items()))
        self.db.execute(VIEWS)

    def _keep(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self.db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    def stock(self, types: tuple[str, ...], codes: tuple[str, ...], day: dt.date, *, least: bool) -> dict[Any, int]:
        """What holds at the end of a day."""
        return self._cells(f"SELECT *, day AS at FROM held WHERE day = DATE '{day}'", types, codes, least=least)

    def first(
        self, types: tuple[str, ...], codes: tuple[str, ...], days: tuple[dt.date, dt.date], *, least: bool
    ) -> dict[Any, int]:
        """What began on these days for somebody who had none of these types on any day of the six months before."""
        long = LONG.format(of="o") if least else "true"
        had = f"""SELECT 1 FROM held o WHERE o.person = h.person AND o.id <> h.id
            AND o.type IN {_listed(types)} AND {long} AND o.day >= h.began - INTERVAL 6 MONTH AND o.day < h.began"""
        rows = f"""SELECT h.*, h.day AS at FROM held h WHERE h.day = h.began
            AND h.day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}' AND NOT EXISTS ({had})"""
        return self._cells(rows, types, codes, least=least)

    def ended(
        self, types: tuple[str, ...], codes: tuple[str, ...], days: tuple[dt.date, dt.date], *, least: bool
    ) -> dict[Any, int]:
        """What held on the day before and not on one of these, except where its successor took its place."""
        rows = f"""SELECT * FROM (SELECT h.*, h.day + 1 AS at,
                CASE WHEN h.ended = h.day + 1 THEN h.why ELSE 'expired' END AS over FROM held h
            WHERE h.day + 1 BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'
                AND NOT EXISTS (SELECT 1 FROM held n WHERE n.id = h.id AND n.day = h.day + 1))
            WHERE over <> 'replaced'"""
        return self._cells(rows, types, codes, least=least)

    def lodged(self, types: tuple[str, ...], codes: tuple[str, ...], days: tuple[dt.date, dt.date]) -> dict[Any, int]:
        """First requests of these days."""
        rows = f"""SELECT *, day AS at, NULL AS printed, day AS issued FROM asked
            WHERE kind = 'first' AND day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"""
        return self._cells(rows, types, codes, least=False)

    def centres(self, types: tuple[str, ...], days: tuple[dt.date, dt.date]) -> dict[Any, int]:
        """First requests of these days at each centre, and how many of them are what."""
        named = ", ".join(f"count(*) FILTER ({sql}) AS {name}" for name, sql in INDICATORS.items())
        query = f"""UNPIVOT (SELECT c.code, {named} FROM centre c LEFT JOIN (SELECT * FROM asked
            WHERE type IN {_listed(types)} AND kind = 'first' AND day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}') a
            ON a.centre = c.code GROUP BY c.code) ON {", ".join(INDICATORS)}"""
        return {(centre, name): count for centre, name, count in self.db.execute(query).fetchall()}

    def _cells(self, rows: str, types: tuple[str, ...], codes: tuple[str, ...], *, least: bool) -> dict[Any, int]:
        say = [CODES.get(code, "x.over").format(of="x", birth="x.birth", day="x.at") for code in codes]
        named = ", ".join(f"{sql} AS c{place}" for place, sql in enumerate(say))
        places = ", ".join(f"c{place}" for place in range(len(say)))
        long = LONG.format(of="x") if least else "true"
        query = f"""SELECT {places}, count(*) FROM (SELECT {named} FROM ({rows}) x
            WHERE x.type IN {_listed(types)} AND {long}) GROUP BY ALL"""
        return {tuple(row[:-1]): row[-1] for row in self.db.execute(query).fetchall()}


SOURCES = {"doc": DOCUMENTS, "handed": HANDED, "before": BEFORE, "ends": ENDS, "decree": DECREES, "asked": REQUESTS,
           "expert": EXPERTS, "joint": JOINT, "centre": CENTRES}  # fmt: skip


def _listed(types: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{each}'" for each in types) + ")"


def _day(at: Any) -> dt.date:
    """The day in Bucharest of a moment as the database writes it."""
    moment = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(BUCHAREST).date()


def _document(*row: Any) -> tuple[Any, ...]:
    key, person, code, group, state, issued, printed, alone, *who = row
    says, registered = who[:3], who[3:]
    chosen = registered if says[0] is None else says
    return (str(key), str(person), code, group, state, issued, printed, bool(alone), *chosen)


def _decree(*row: Any) -> list[tuple[Any, ...]]:
    types, printed_from, printed_to, first, until, over = row
    if until is None:
        return []
    listed = json.loads(types) if isinstance(types, str) else types
    last = dt.date.fromisoformat(str(until))
    if over is not None:
        last = min(last, dt.date.fromisoformat(str(over)) - dt.timedelta(days=1))
    return [(each, printed_from, printed_to, first, last) for each in listed]
