"""The rail: headings in their order, what waits in sight, and every count the same asked alone or with the others."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Select, event

from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.lists import number
from issuance.web.frame import rail
from issuance.web.frame.rail import FOLDED, Queue
from tests.people import LAYLA, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

As = Callable[[str], Browser]


@pytest.fixture
def as_(client: Browser, office: Office, people: SmallOffice) -> As:
    """Log in as somebody of the office."""
    return lambda who: sit_down(client, office, people, who)


def drawn(page: str) -> str:
    """The rail of a page, without the white space between its marks."""
    (found,) = re.findall(r'<nav class="rail".*?</nav>', page, re.S)
    return re.sub(r"\s*\n\s*", "", found)


def headings(page: str) -> list[str]:
    return re.findall(r'id="rail-[a-z_]+">([^<]+)<', drawn(page))


def labels(part: str) -> list[str]:
    return re.findall(r"<span>([^<]+)</span>", part)


def folded(page: str) -> list[str]:
    """What one sees only after opening a heading."""
    return labels("".join(re.findall(r"<details>.*?</details>", drawn(page))))


def test_the_queues_of_a_role_stand_under_headings_that_name_their_lists(as_: As) -> None:
    page = as_("clerk").get("/").text
    assert headings(page) == ["Requests", "Counter", "To follow up", "Blanks"]
    assert labels(drawn(page))[:5] == [
        "Lodge a request",
        "To complete",
        "Ready for hand-over",
        "Due soon or late",
        "Groups",
    ]
    assert folded(page) == []
    named = re.findall(r'aria-labelledby="([^"]+)"', drawn(page))
    assert named == re.findall(r' id="(rail-[^"]+)"', drawn(page))
    assert headings(as_("operator").get("/").text) == ["Requests", "Production", "To follow up", "Blanks"]
    assert headings(as_("administrator").get("/").text) == ["Production", "Oversight", "Office"]


def test_a_short_rail_is_one_list(as_: As) -> None:
    page = as_("quality_officer").get("/").text
    assert labels(drawn(page)) == ["To check", "Report a forgery", "Overrides asked for", "Blanks to count"]
    assert (headings(page), drawn(page).count("<ul")) == ([], 1)


def test_of_a_long_rail_one_sees_what_waits_and_the_group_one_is_in(as_: As, people: SmallOffice) -> None:
    people.lodge()
    page = as_("supervisor").get("/").text
    seen = [label for label in labels(drawn(page)) if label not in folded(page)]
    assert len(labels(drawn(page))) > FOLDED
    assert seen[0] == "To complete", "it waits"
    assert {"Held jobs", "Events", "Print jobs"} <= set(folded(page))
    page = as_("supervisor").get("/oversight/held").text
    seen = [label for label in labels(drawn(page)) if label not in folded(page)]
    assert {"To complete", "Stations", "Print jobs", "Held jobs", "Throughput"} <= set(seen)
    assert {"Events", "Ready for hand-over"} <= set(folded(page))
    assert re.search(r'<div class="group current"><p id="rail-production">', drawn(page))


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/stock/parcels/new", "rail-blanks"),
        ("/production/batches/new", "rail-production"),
        ("/oversight/roster", "rail-office"),
        ("/no/such/page", None),
        ("/", None),
    ],
)
def test_a_page_beside_its_list_is_in_the_same_group(as_: As, address: str, heading: str | None) -> None:
    page = as_("supervisor").get(address).text
    assert re.findall(r'class="group current"><p id="([^"]+)"', drawn(page)) == ([heading] if heading else [])


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
def test_each_count_is_the_same_asked_alone_or_with_the_others(app: Flask, people: SmallOffice, office: Office) -> None:
    for n, stage in enumerate(("checked", "made", "queued", "complete", "lodged")):
        people.carry(stage, changed(LAYLA, family_name=f"Aa{'abcde'[n]}", case_reference=f"2026/TM/090{n}"))
    queues: tuple[Queue, ...] = app.extensions["queues"]
    found = 0
    for actor in people.actors.values():
        with office.reading(actor) as look, app.test_request_context("/"):
            links = {link.endpoint: link.count for link in rail.queue_links(look, queues)}
            for queue in queues:
                if queue.endpoint in links and queue.count is not None:
                    count = queue.count(look)
                    alone = number(look, count) if isinstance(count, Select) else count
                    assert links[queue.endpoint] == alone, queue.endpoint
                    found += bool(alone)
    assert found > 5


def test_a_supervisors_rail_asks_few_statements(app: Flask, people: SmallOffice, office: Office) -> None:
    asked = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.extend([statement] * statement.lstrip().startswith(("SELECT", "WITH")))

    with office.reading(people.actors["supervisor"]) as look, app.test_request_context("/"):
        event.listen(office.database.engine, "before_cursor_execute", note)
        links = rail.queue_links(look, app.extensions["queues"])
        event.remove(office.database.engine, "before_cursor_execute", note)
    assert len(links) > 40
    assert len(asked) <= 12, asked


def test_no_key_opens_two_queues_of_one_role_and_every_group_has_its_heading(app: Flask) -> None:
    queues: tuple[Queue, ...] = app.extensions["queues"]
    assert {queue.group for queue in queues} == set(rail.Group) == set(rail.HEADINGS)
    for role in RoleName:
        keys = [queue.key for queue in queues if queue.key and role in queue.roles]
        assert len(keys) == len(set(keys)), role
