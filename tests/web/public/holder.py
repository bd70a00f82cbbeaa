"""A holder's request, the form as a phone sends it, and what the page says."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.states import RequestState
from issuance.values import references

TODAY = dt.date(2026, 11, 20)
MALFORMED = "12345"
BORN = "1992-03-XX"
PERSONAL = ("AL-MASRI", "Al-Masri", "Layla", "ليلى", "SYR", "Syria", "Halab", "1992")

ON_BOTH = pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
"""A test on SQLite and on PostgreSQL; without it SQLite does."""


def whole(body: str) -> str:
    """A reference with its check character."""
    return next(body + last for last in references.ALPHABET if references.normalise(body + last))


KNOWN, UNKNOWN = whole("KNWNA2BC3D"), whole("NNKNWN2345")


def lodged(office: Office, state: RequestState = RequestState.LODGED, **changes: Any) -> None:
    """The request KNOWN of a person born on BORN; `changes` are of the request, `vulnerable` of the person."""
    vulnerable = changes.pop("vulnerable", False)
    values = {"document_type": "RP-R", "lodged_on": TODAY - dt.timedelta(12), "due_on": TODAY + dt.timedelta(18)}
    with office.database.transaction() as session:
        person = Person(
            family_name="Al-Masri",
            given_names="Layla",
            native_name="ليلى المصري",
            mrz_name="AL<MASRI<<LAYLA",
            birth_date=BORN,
            birth_place="Halab",
            sex="F",
            nationality="SYR",
            status="refugee",
            vulnerable=vulnerable,
            hides_place=vulnerable,
        )
        request = IssuanceRequest(
            reference=KNOWN,
            person=person,
            centre=session.scalars(select(Centre).where(Centre.code == "timisoara")).one(),
            kind="first",
            rule_version=session.scalars(
                select(RuleVersion).where(RuleVersion.document_type == (values | changes)["document_type"]).limit(1)
            ).one(),
            entitlement_source="case_handling",
            state=state,
            **(values | changes),
        )
        session.add(request)


def date_fields(birth_date: str = BORN) -> dict[str, str]:
    """The three boxes, or the tick where a part is unknown."""
    parts = zip(("year", "month", "day"), birth_date.split("-"), strict=True)
    return dict((f"birth_date-{k}-unknown", "1") if v.startswith("X") else (f"birth_date-{k}", v) for k, v in parts)


def ask(client: FlaskClient, reference: str = KNOWN, birth_date: str = BORN, **more: Any) -> TestResponse:
    """Send the form."""
    return client.post("/status", data={"reference": reference, **date_fields(birth_date)}, **more)


def words(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", "<" + main)).split())


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """Every SQL statement that runs meanwhile."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    yield ran
    event.remove(office.database.engine, "before_cursor_execute", note)
