"""The page of retention: a dry run with numbers only, and a plan that two administrators agree to."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.life import retention
from tests.integration.life.test_retention import second_administrator
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login


@pytest.fixture
def due(people: SmallOffice, complete: Case) -> Case:
    with people.act(people.at("clerk", complete.request_id)) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, complete.request_id), "moved away")
    people.clock.advance(dt.timedelta(days=60))
    people.keep_time()
    return complete


def test_two_administrators_agree_to_what_the_next_month_destroys(
    client: Browser, login: Login, office: Office, people: SmallOffice, due: Case
) -> None:
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, due.request_id)
        reference, names = request.reference, (request.person.family_name, request.person.given_names)
    login(client, RoleName.ADMINISTRATOR)
    page = client.get("/retention").text
    assert reference in page.replace("-", "")
    assert not [name for name in names if name in page]
    assert client.submit("/retention/draw-up").status_code == 303
    assert "Another administrator agrees to it." in client.get("/retention").text
    assert client.submit("/retention/agree").status_code == 403
    client.take_session(second_administrator(people).id)
    assert client.submit("/retention/agree").status_code == 303
    with office.reading() as look:
        assert retention.agreed_until(look) == look.clock.today() + dt.timedelta(days=31)
    assert "Agreed until" in client.get("/retention").text


def test_a_plan_is_given_up(client: Browser, login: Login, office: Office, due: Case) -> None:
    login(client, RoleName.ADMINISTRATOR)
    client.submit("/retention/draw-up")
    assert client.submit("/retention/give-up").status_code == 303
    assert client.submit("/retention/agree").status_code == 409
    with office.reading() as look:
        assert (retention.waiting(look), retention.agreed_until(look)) == (None, None)
