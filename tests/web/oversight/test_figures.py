"""The figures' page and file: who sees which centre, and odd times."""

from __future__ import annotations

import csv
import io

import pytest

from issuance.office import Office
from tests.people import SmallOffice, Stage
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

CSV_HEAD = ["centre", "document_type", "issued", "median_days", "p90_days", "share_in_time", "share_spoiled"]


def issue(people: SmallOffice) -> None:
    case = people.carry(Stage.CHECKED)
    people.hand_over(case.request_id, case.number)


def test_a_supervisor_sees_what_the_centre_issued(client: Browser, people: SmallOffice, office: Office) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    assert "Nothing was issued or made in this time" in supervisor.get("/oversight/figures").text
    issue(people)
    page = supervisor.get("/oversight/figures").text
    assert (page.count("<rect"), "RP-R" in page, "100%" in page, "0%" in page) == (30, True, True, True)
    assert "Al-Masri" not in page
    assert "Nothing was issued" in supervisor.get("/oversight/figures?first=2026-10-01&last=2026-10-31").text


def test_the_file_has_a_line_a_centre_and_type(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    issue(people)
    answer = auditor.get("/oversight/figures/table.csv")
    assert answer.mimetype == "text/csv"
    assert list(csv.reader(io.StringIO(answer.text))) == [CSV_HEAD, ["timisoara", "RP-R", "1", "0", "0", "1.0", "0.0"]]


@pytest.mark.parametrize(
    "days", ["first=2026-11-20&last=2026-11-01", "first=2020-01-01&last=2026-11-20", "first=x&last=2026-13-01"]
)
def test_no_time_of_a_year_is_said_beside_the_days(
    client: Browser, people: SmallOffice, office: Office, days: str
) -> None:
    supervisor = sit_down(client, office, people, "supervisor")
    page = supervisor.get(f"/oversight/figures?{days}")
    assert page.status_code == 200
    assert 'class="error"' in page.text
