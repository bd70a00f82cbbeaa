"""Events as sentences, by who did them and what they are about."""

from __future__ import annotations

import re

from issuance.office import Office
from tests.people import LAYLA, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


def acts_on(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="words">([^<\n]+)', page)


def test_events_are_those_of_one_person(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    people.carry("approved")
    officer = people.actors["decision_officer"].id
    assert acts_on(auditor.get(f"/oversight/events?who={officer}").text) == ["Approved"]
    assert "No such event" in auditor.get(f"/oversight/events?who={people.actors['operator'].id}").text


def test_events_are_those_of_one_request(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    case = people.carry("complete")
    people.carry("complete", changed(LAYLA, case_reference="2026/TM/2", given_names="Amal"))
    page = auditor.get("/oversight/events?act=request.lodged").text
    every = re.findall(r'href="(/oversight/events\?about=[^"]+)"', page)
    (about,) = [each for each in every if each.endswith(str(case.request_id))]
    assert len(every) == 2
    assert acts_on(auditor.get(about).text).count("Request lodged") == 1
    assert acts_on(auditor.get(about).text)[-1] == "Request lodged"
    assert "Complete, sent to the decision officer" in acts_on(auditor.get(about).text)


def test_details_are_words_and_log_ins_are_asked_for(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    people.carry("complete")
    page = auditor.get("/oversight/events").text
    words = re.sub(r"<[^>]+>|\s+", " ", page[page.index("<tbody") :])
    assert "document: RP-R" in re.sub(r"\s+", " ", words)
    assert "by: case handling" in re.sub(r"\s+", " ", words)
    assert "case_handling" not in words
    assert "Logged in" not in acts_on(page)
    romanian = auditor.get("/oversight/events?lang=ro").text
    assert "gestiunea cazurilor" in romanian


def test_an_odd_address_shows_everything(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    people.carry("complete")
    everything = acts_on(auditor.get("/oversight/events").text)
    assert everything
    for odd in ("who=nobody", "about=1", "who=&about="):
        assert acts_on(auditor.get(f"/oversight/events?{odd}").text) == everything
