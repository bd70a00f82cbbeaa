"""The pages of groups: from the list that a supervisor brings to the last hand-over, each page leading to the next."""

from __future__ import annotations

import io
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.models.batches import Batch
from issuance.models.groups import GroupMember, ResettlementGroup
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.appointments.capacity import Given
from issuance.services.care import protection
from issuance.services.groups import stages
from issuance.services.production import documents
from tests.background import work
from tests.integration.appointments.shared import give
from tests.integration.imports.test_files import people as lines_of
from tests.integration.imports.test_lines import file_of
from tests.people import SmallOffice
from tests.web.centre.shared import hidden, sit_down
from tests.web.conftest import Browser

SAID = {
    "name": "Timișoara, noiembrie",
    "origin": "Amman",
    "sender": "unhcr",
    "sender_number": "U-2026/7",
    "expected_on-day": "20",
    "expected_on-month": "11",
    "expected_on-year": "2026",
}


def bring(browser: Browser, office: Office, *rows: dict[str, str], **said: str) -> str:
    """Bring a list and let its good lines be lodged; the address of its group."""
    sent = SAID | said | {"file": (io.BytesIO(file_of(*rows)), "list.csv")}
    answer = browser.submit("/groups/new", sent)
    assert answer.status_code == 303, answer.text
    work(office)
    page = browser.get(answer.location).text
    assert "List of a group" in page
    browser.submit(f"{answer.location}/lodge")
    work(office)
    (group,) = re.findall(r'href="(/groups/[0-9a-f-]{36})"', browser.get(answer.location).text)[:1]
    return group


@pytest.fixture
def brought(client: Browser, office: Office, people: SmallOffice) -> str:
    """A group of three, lodged."""
    sit_down(client, office, people, "supervisor")
    return bring(client, office, *lines_of(3))


def requests(office: Office) -> list[UUID]:
    with office.reading() as look:
        return list(look.session.scalars(select(GroupMember.request_id).order_by(GroupMember.place)))


def test_the_whole_way_of_a_group(client: Browser, office: Office, people: SmallOffice, brought: str) -> None:
    give(people, Given(2, 10, 20))
    first, second, third = requests(office)
    supervisor = client
    assert "to be enrolled" in supervisor.get("/groups").text
    assert 'href="/groups"' in supervisor.get("/").text
    page = supervisor.get(brought).text
    assert "3 lines" in page
    assert "Reserve a time for 3 persons" in page

    clerk = sit_down(client, office, people, "clerk")
    form = clerk.get(f"{brought}/appointment?for=lodging").text
    (slot, *_) = re.findall(r'name="starts_at" value="([^"]+)"', form)
    assert "Choose one of the times" in clerk.submit(f"{brought}/appointment?for=lodging").text
    done = clerk.submit(f"{brought}/appointment?for=lodging", {"starts_at": slot}, follow_redirects=True).text
    assert "Times are reserved for 3 persons" in done
    (*_, later) = re.findall(r'name="starts_at" value="([^"]+)"', clerk.get(f"{brought}/appointment?move=1").text)
    wrong = clerk.submit(f"{brought}/appointment?move=1", {"starts_at": "2026-11-19T07:00Z"})
    assert (wrong.status_code, "This time has passed" in wrong.text) == (400, True)
    done = clerk.submit(f"{brought}/appointment?move=1", {"starts_at": later}, follow_redirects=True).text
    assert "3 persons come at another time" in done

    page = clerk.get(f"{brought}/enrolment").text
    assert "3 persons are still to be enrolled" in page
    assert page.count("Portrait, accepted · Signature") == 3, "what each lacks"
    assert f'href="/cases/{first}"' in page[page.index("Begin with the next") - 300 :]
    people.enrol(first)
    page = clerk.get(f"/cases/{first}").text
    assert SAID["name"] in page
    assert f'href="/cases/{second}"' in page[page.index("Next:") - 300 :], "the next of the group"

    (gone,) = re.findall(rf'href="({brought}/members/[0-9a-f-]+/not-arrived)"', clerk.get(brought).text)[2:]
    assert "Choose" in clerk.submit(gone).text
    page = clerk.submit(gone, {"because": "travels_later"}, follow_redirects=True).text
    assert "The person travels later" in page
    people.enrol(second)
    assert "Everybody of the group is enrolled" in clerk.get(f"{brought}/enrolment").text

    for request_id in (second, first):
        people.prepare(people.approve(request_id))
    made_by_one_act(sit_down(client, office, people, "operator"), office, people, brought)
    hand_over_one_by_one(sit_down(client, office, people, "second_clerk"), office, people, brought)

    supervisor = sit_down(client, office, people, "supervisor")
    assert "done, to be closed" in supervisor.get(brought).text
    page = supervisor.submit(f"{brought}/close", follow_redirects=True).text
    assert "The group is closed." in page
    assert "Close the group" not in page
    assert third in requests(office)


def made_by_one_act(operator: Browser, office: Office, people: SmallOffice, brought: str) -> None:
    page = operator.get(brought).text
    assert "Make one batch of the group" in page
    assert "Persons of the group" not in page, "an operator sees numbers"
    choose = f"/production/batches/new?group={brought.rpartition('/')[2]}"
    assert choose in page
    form = operator.get(choose).text
    assert "2 jobs would be in it" in form
    assert f'value="{SAID["name"]}"' in form
    sent = hidden(form) | {"stations": str(people.station.id), "name": SAID["name"]}
    assert operator.submit("/production/batches/new", sent).status_code == 303
    with office.reading() as look:
        batch = look.session.scalars(select(Batch)).one()
        query = select(PrintJob).where(PrintJob.batch_id == batch.id).order_by(PrintJob.rank)
        made = [job.document.request_id for job in look.session.scalars(query)]
    assert made == requests(office)[:2], "in the order of the list"
    operator.submit(f"/production/batches/{batch.id}/start")
    people.open_shift()
    for _ in made:
        document_id = people.make()
        assert people.check(document_id, people.readings(document_id))


def hand_over_one_by_one(clerk: Browser, office: Office, people: SmallOffice, brought: str) -> None:
    first, second, third = requests(office)
    page = clerk.get(f"{brought}/hand-over").text
    assert "0 of 2 handed over" in page
    address = f"/cases/{first}/hand-over?group=1"
    assert address in page
    answer = clerk.submit(address, hidden(clerk.get(address).text) | met(office, second))
    assert (answer.status_code, "not the document of this request" in answer.text) == (400, True), "nothing is skipped"
    assert "identity" in clerk.submit(address, hidden(clerk.get(address).text) | met(office, first, who="")).text
    answer = clerk.submit(address, hidden(clerk.get(address).text) | met(office, first))
    assert answer.location == f"/cases/{second}/hand-over?group=1"
    answer = clerk.submit(answer.location, hidden(clerk.get(answer.location).text) | met(office, second))
    assert answer.location == f"/cases/{second}", "nobody is left"
    assert "No document of the group waits here" in clerk.get(f"{brought}/hand-over").text
    paper = clerk.get(f"{brought}/list.pdf")
    assert (paper.mimetype, paper.data[:4]) == ("application/pdf", b"%PDF")
    (back,) = re.findall(rf'action="({brought}/members/[0-9a-f-]+/arrived)"', clerk.get(brought).text)
    assert "of the group again" in clerk.submit(back, follow_redirects=True).text
    assert "Nobody noted" in clerk.submit(back, follow_redirects=True).text
    (gone,) = re.findall(rf'href="({brought}/members/[0-9a-f-]+/not-arrived)"', clerk.get(brought).text)
    clerk.submit(gone, {"because": "not_known"})
    assert "did not arrive" in clerk.get(f"/cases/{third}").text


def met(office: Office, request_id: UUID, who: str = "portrait") -> dict[str, str]:
    """What a clerk sends from the window."""
    with office.reading() as look:
        number = documents.current(look, look.session.get_one(IssuanceRequest, request_id)).number
    return {
        "identity_confirmed_by": who,
        "scanned_number": number,
        "refusal": "cannot write",
        "notice_language": "ar",
        "notice_signed": "yes",
    }


def test_what_is_wrong_with_a_list_is_said_beside_its_field(client: Browser, office: Office, brought: str) -> None:
    again = SAID | {"file": (io.BytesIO(file_of(*lines_of(3))), "list.csv"), "sender_number": "U-2026/8"}
    answer = client.submit("/groups/new", again)
    assert "/imports/" in answer.location, "the very file: what became of it"
    assert "brought before" in client.get(answer.location).text
    other = SAID | {"file": (io.BytesIO(file_of(*lines_of(4))), "list.csv")}
    assert "A list with this number was brought before" in client.submit("/groups/new", other).text
    answer = client.submit("/groups/new", {"sender": "x"})
    assert answer.status_code == 400
    with office.reading() as look:
        assert len(look.session.scalars(select(ResettlementGroup)).all()) == 1
    more = {"file": (io.BytesIO(file_of(*lines_of(4))), "list.csv")}
    answer = client.submit(f"{brought}/list", more)
    work(office)
    client.submit(f"{answer.location}/lodge")
    work(office)
    assert len(requests(office)) == 4
    answer = client.submit(f"{brought}/close", follow_redirects=True)
    assert "4 of the group wait for their document" in answer.text


def test_who_is_protected_is_in_no_list_of_others(
    client: Browser, office: Office, people: SmallOffice, brought: str
) -> None:
    first, second, _ = requests(office)
    with office.reading() as look:
        name = look.session.get_one(IssuanceRequest, first).person.family_name
    clerk = sit_down(client, office, people, "clerk")
    pages = (brought, f"{brought}/enrolment")
    assert all(name in clerk.get(page).text for page in pages)
    with office.act(people.actors["supervisor"]) as act:
        protection.mark(act, act.session.get_one(IssuanceRequest, first), "The family looks for her.", [])
    assert not any(name in clerk.get(page).text or str(first) in clerk.get(page).text for page in pages)
    assert str(second) in clerk.get(brought).text
    with office.reading() as look:
        member = look.session.scalars(select(GroupMember).where(GroupMember.request_id == first)).one()
        group = look.session.get_one(ResettlementGroup, member.group_id)
        assert stages.of(look, group).there == 3
    answer = clerk.get(f"{brought}/members/{member.id}/not-arrived")
    assert (answer.status_code, name in answer.text) == (403, False)
