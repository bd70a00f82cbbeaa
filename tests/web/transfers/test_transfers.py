"""The pages of supervisors: cases sent to another centre, one or many, and those that came from one."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from issuance.actors import SYSTEM
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.states import RequestState
from tests.background import work
from tests.integration.batches.shared import lodged, lodged_with
from tests.people import Case, SmallOffice
from tests.web.centre.shared import case_of, hidden, sit_down
from tests.web.conftest import Browser

GALATI = {"centre": "galati", "because": "moved_home"}


@pytest.fixture
def supervisor(client: Browser, office: Office, people: SmallOffice, queued: Case) -> Browser:
    """The supervisor of Timișoara, where one job waits."""
    return sit_down(client, office, people, "supervisor")


def sits_there(client: Browser, office: Office) -> Browser:
    """The supervisor of Galați sits down."""
    with office.act(SYSTEM) as act:
        galati = centres.named(act, "galati")
        account = accounts.add_account(
            act, NewAccount("far@liman.example", "Far", galati, [RoleName.SUPERVISOR], "-", given=False)
        )
        key = account.id
    client.take_session(key)
    return client


def here(office: Office, request_id: UUID) -> str:
    return case_of(office, request_id).centre.code


def test_one_case_is_sent_from_its_page_and_noted_at_the_other_centre(
    supervisor: Browser, client: Browser, office: Office, queued: Case
) -> None:
    page = supervisor.get(f"/cases/{queued.request_id}").text
    assert f'href="/cases/{queued.request_id}/transfer"' in page
    form = supervisor.get(f"/cases/{queued.request_id}/transfer").text
    done = supervisor.submit(f"/cases/{queued.request_id}/transfer", hidden(form) | GALATI, follow_redirects=True).text
    assert "The case is at" in done
    assert "it is there" in done
    assert supervisor.get(f"/cases/{queued.request_id}").status_code == 302, "it asks why one looks"
    far = sits_there(client, office)
    assert "Cases from other centres" in far.get("/").text
    listed = far.get("/transfers/arrived").text
    assert "The person lives there now" in listed
    assert "Moved to another centre" not in listed
    assert "Case moved to another centre" in far.get(f"/cases/{queued.request_id}").text
    (key,) = re.findall(r'name="transfer" value="([^"]+)"', listed)
    assert "1 case is noted." in far.submit("/transfers/arrived", {"transfer": key}, follow_redirects=True).text
    again = far.submit("/transfers/arrived", {"transfer": key}, follow_redirects=True).text
    assert "Somebody took note of these already" in again
    assert "Nothing new came" in again


def test_many_are_ticked_and_go_in_their_turn(
    supervisor: Browser, office: Office, people: SmallOffice, queued: Case
) -> None:
    first = lodged(people, "Nour")
    second = lodged_with(people, first, "Sara")
    page = supervisor.get("/transfers").text
    assert {str(each) for each in (queued.request_id, first, second)} <= set(
        re.findall(r'name="case" value="([^"]+)"', page)
    )
    sent = {"case": [str(queued.request_id), str(first)]} | GALATI
    waiting = supervisor.submit("/transfers", sent, follow_redirects=True).text
    assert "3 cases go to" in waiting
    assert waiting.count("goes in its turn") == 3
    work(office)
    assert supervisor.get("/transfers").text.count("it is there") == 3
    assert {here(office, each) for each in (queued.request_id, first, second)} == {"galati"}


def test_what_cannot_go_is_not_ticked_and_says_why(
    supervisor: Browser, office: Office, people: SmallOffice, queued: Case
) -> None:
    people.open_shift()
    people.claim()
    page = supervisor.get("/transfers").text
    assert str(queued.request_id) not in re.findall(r'name="case" value="([^"]+)"', page)
    assert "A station has its order" in page
    one = supervisor.get(f"/cases/{queued.request_id}/transfer").text
    assert "This case cannot go now." in one
    assert 'name="centre"' not in one
    fields = {"version": str(case_of(office, queued.request_id).version)} | GALATI
    refused = supervisor.submit(f"/cases/{queued.request_id}/transfer", fields)
    assert (refused.status_code, "A station has its order" in refused.text) == (409, True)
    supervisor.submit("/transfers", {"case": str(queued.request_id)} | GALATI)
    work(office)
    assert "stays here" in supervisor.get("/transfers").text
    assert here(office, queued.request_id) == "timisoara"


def test_a_family_is_parted_only_when_it_is_ticked(supervisor: Browser, office: Office, people: SmallOffice) -> None:
    first = lodged(people, "Nour")
    second = lodged_with(people, first, "Sara")
    with people.database.transaction() as session:
        session.get_one(IssuanceRequest, first).state = RequestState.READY
    address = f"/cases/{second}/transfer"
    form = supervisor.get(address).text
    assert "Its document is made and lies here" in form
    refused = supervisor.submit(address, hidden(form) | GALATI)
    assert (refused.status_code, "Somebody of its family cannot go now" in refused.text) == (409, True)
    done = supervisor.submit(address, hidden(form) | GALATI | {"apart": "yes"}, follow_redirects=True).text
    assert "The case is at" in done
    assert (here(office, first), here(office, second)) == ("timisoara", "galati")


def test_filters_narrow_the_list(supervisor: Browser, people: SmallOffice, queued: Case) -> None:
    other = str(lodged(people, "Nour"))
    assert other in supervisor.get("/transfers?state=lodged&type=RP-R").text
    assert str(queued.request_id) not in supervisor.get("/transfers?state=lodged").text
    assert other in supervisor.get("/transfers?state=nonsense&type=nonsense&page=99").text
    assert "Nothing fits these filters" in supervisor.get("/transfers?type=TD-C").text


def test_bad_input_is_refused_beside_its_field_and_nothing_goes(
    supervisor: Browser, office: Office, people: SmallOffice, queued: Case
) -> None:
    ticked = {"case": str(queued.request_id)}
    for fields, says in (
        (GALATI, "Tick the cases to send"),
        (GALATI | {"case": "x"}, "This list is not the register"),
        (ticked | GALATI | {"centre": "nowhere"}, "Choose one of the options."),
        (ticked | GALATI | {"centre": "timisoara"}, "Choose one of the options."),
        (ticked | GALATI | {"because": "Layla wants it"}, "Choose one of the options."),
        (ticked | {"because": "moved_home"}, "centre"),
        (GALATI | {"case": str(uuid4())}, "are not here"),
    ):
        answer = supervisor.submit("/transfers", fields)
        assert answer.status_code in (400, 409), fields
        assert says in answer.text, fields
    assert supervisor.submit("/transfers/arrived", {"transfer": "x"}).status_code == 404
    stale = {"version": "0"} | GALATI
    assert supervisor.submit(f"/cases/{queued.request_id}/transfer", stale).status_code == 409
    assert here(office, queued.request_id) == "timisoara"


def test_another_centres_supervisor_sends_nothing_of_this_one(
    client: Browser, office: Office, people: SmallOffice, queued: Case
) -> None:
    far = sits_there(client, office)
    assert far.get(f"/cases/{queued.request_id}/transfer").status_code == 403
    assert far.submit(f"/cases/{queued.request_id}/transfer", GALATI | {"centre": "timisoara"}).status_code == 403
    sent = {"case": str(queued.request_id), "centre": "timisoara", "because": "moved_home"}
    assert "are not here" in far.submit("/transfers", sent).text
    assert here(office, queued.request_id) == "timisoara"
