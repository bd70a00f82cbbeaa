"""The rule versions by page: their days, what each says otherwise than the one before, and who keeps it."""

from __future__ import annotations

import datetime as dt
import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.models.requests import RuleVersion
from issuance.office import Office
from tests.people import SmallOffice
from tests.web.conftest import Browser

FROM = dt.date(2026, 12, 1)


@pytest.fixture
def later(office: Office) -> UUID:
    """A version of RP-R in force from December: five days more at the desk, a condition less."""
    with office.database.transaction() as session:
        of_type = select(RuleVersion).where(RuleVersion.document_type == "RP-R")
        newest = session.scalars(of_type.order_by(RuleVersion.applies_from.desc())).first()
        assert newest is not None
        said = json.loads(newest.content)
        said["deadline"]["days"] = 35
        row = RuleVersion(
            document_type="RP-R", applies_from=FROM, digest="0" * 64, content=json.dumps(said, ensure_ascii=False)
        )
        session.add(row)
        session.flush()
        return row.id


def test_a_version_is_compared_with_the_one_before(first: Browser, people: SmallOffice, later: UUID) -> None:
    people.lodge()
    listed = first.get("/rules").text
    assert "30 Nov 2026" in listed, "the version before ends on the day before"
    assert first.get("/rules").text.count(">later<") >= 1
    page = first.get(f"/rules/{later}").text
    assert "deadline.days" in page
    assert ("<td><bdi>30</bdi></td>" in page, "<td><bdi>35</bdi></td>" in page) == (True, True)
    assert page.count('<tr><th scope="row"') == 1, "nothing else differs"
    assert "<dt>Open requests that keep the version before</dt><dd>1</dd>" in page


def test_the_first_version_says_everything(first: Browser, office: Office) -> None:
    with office.database.reading() as session:
        version_id = session.scalars(select(RuleVersion.id).where(RuleVersion.document_type == "RC")).first()
    assert "What it says" in first.get(f"/rules/{version_id}").text
    assert first.get(f"/rules/{uuid4()}").status_code == 404
