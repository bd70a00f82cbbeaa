"""The throughput page and file: who sees which centre, and odd times."""

from __future__ import annotations

import csv
import io

import pytest

from issuance.office import Office
from issuance.web.oversight.throughput import span
from tests.people import SmallOffice, Stage
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


@pytest.mark.parametrize("role", ["supervisor", "operator"])
def test_who_works_there_sees_what_its_machines_made(
    client: Browser, people: SmallOffice, office: Office, role: str
) -> None:
    looker = sit_down(client, office, people, role)
    assert "Nothing was made in this time" in looker.get("/oversight/throughput").text
    people.carry(Stage.CHECKED)
    page = looker.get("/oversight/throughput").text
    assert page.count("<rect") == 24, "every hour of the day; nobody waited"
    assert "12:00: 1" in page or "14:00: 1" in page or ": 1</title>" in page
    assert "0 s · 0 s" in page
    assert "Al-Masri" not in page
    assert "Nothing was made" in looker.get("/oversight/throughput?first=2026-10-01&last=2026-10-09").text


def test_the_file_has_a_line_a_centre_and_day(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    people.carry(Stage.CHECKED)
    answer = auditor.get("/oversight/throughput/table.csv")
    assert answer.mimetype == "text/csv"
    head, line = csv.reader(io.StringIO(answer.text))
    assert head[:6] == ["centre", "day", "made", "hours", "an_hour", "share_spoiled"]
    assert head[6:9] == ["to_machine_n", "to_machine_p50_minutes", "to_machine_p90_minutes"]
    assert line == ["timisoara", people.clock.today().isoformat(), "1", "1", "1.0", "0.0"] + ["1", "0.0", "0.0"] * 3


@pytest.mark.parametrize(
    "days", ["first=2026-11-20&last=2026-11-01", "first=2026-10-01&last=2026-11-20", "first=x&last=2026-13-01"]
)
def test_no_time_of_two_weeks_is_said_beside_the_days(
    client: Browser, people: SmallOffice, office: Office, days: str
) -> None:
    page = sit_down(client, office, people, "supervisor").get(f"/oversight/throughput?{days}")
    assert (page.status_code, 'class="error"' in page.text) == (200, True)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (None, "—"),
        (0.5, "30 s"),
        (1.99, "119 s"),
        (2, "2 min"),
        (119, "119 min"),
        (125, "2 h"),
        (3000, "2 zile"),
        (30_000, "21 de zile"),
    ],
)
def test_a_time_is_said_as_people_say_it(app: object, client: Browser, minutes: float | None, said: str) -> None:
    with client.application.test_request_context():
        assert span(minutes) == said
