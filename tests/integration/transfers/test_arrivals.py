"""What came from another centre is noted there once; and what is refused: a wrong centre, reason, person or case."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.requests import IssuanceRequest
from issuance.models.transfers import Transfer
from issuance.services.casework import cases
from issuance.services.lists import number
from issuance.services.transfers import arrivals, asking, moving
from issuance.services.transfers.asking import Wanted
from tests.integration.batches.shared import lodged
from tests.integration.transfers.shared import TO_GALATI, ask, centre_of, outcomes, send, there
from tests.people import SmallOffice

# Arrivals


def test_a_supervisor_there_takes_note_of_what_came_once(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    send(office, request_id)
    with office.reading(there(office)) as look:
        assert number(look, arrivals.count(look)) == 1
        (row,) = arrivals.unseen(look)
        assert (row.request_id, row.from_centre.code) == (request_id, "timisoara")
    with office.act(there(office, "clerk")) as act, pytest.raises(NotAllowed, match="takes note of what comes"):
        arrivals.see(act, [row.id])
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="took note of these already"):
        arrivals.see(act, [row.id])
    with office.act(there(office)) as act:
        assert arrivals.see(act, [row.id, uuid4()]) == 1
    with office.act(there(office)) as act, pytest.raises(Conflict, match="took note of these already"):
        arrivals.see(act, [row.id])
    with office.reading(there(office)) as look:
        assert (number(look, arrivals.count(look)), arrivals.unseen(look)) == (0, [])


def test_what_is_sent_on_or_back_is_noted_with_that(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    send(office, request_id)
    with office.act(there(office)) as act:
        moving.move(act, cases.own_case(act, request_id), Wanted("timisoara", "too_many_here"))
    with office.reading(there(office)) as look:
        assert number(look, arrivals.count(look)) == 0
    with office.reading(office.actors["supervisor"]) as look:
        assert number(look, arrivals.count(look)) == 1
    assert centre_of(office, request_id) == "timisoara"


# Bad input


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted("nowhere", "moved_home"), "centre"),
        (Wanted("", "moved_home"), "centre"),
        (Wanted("timisoara", "moved_home"), "centre"),
        (Wanted("galati", ""), "because"),
        (Wanted("galati", "Layla wants it"), "because"),
    ],
)
def test_a_wrong_centre_or_reason_is_named(office: SmallOffice, wanted: Wanted, field: str) -> None:
    request_id = lodged(office, "Layla")
    for way in (lambda: send(office, request_id, wanted), lambda: ask(office, request_id, wanted=wanted)):
        with pytest.raises(InvalidInput) as refused:
            way()
        assert refused.value.field == field
    assert centre_of(office, request_id) == "timisoara"


def test_who_may_not_and_what_is_not_here_is_refused(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    for role in ("clerk", "operator", "administrator", "auditor"):
        with office.act(office.actors[role]) as act, pytest.raises(NotAllowed, match="A supervisor of the centre"):
            moving.move(act, act.session.get_one(IssuanceRequest, request_id), TO_GALATI)
        with office.act(office.actors[role]) as act, pytest.raises(NotAllowed, match="A supervisor of the centre"):
            asking.ask(act, [request_id], TO_GALATI)
    back = Wanted("timisoara", "moved_home")
    with office.act(there(office)) as act, pytest.raises(NotAllowed, match="another centre"):
        moving.move(act, act.session.get_one(IssuanceRequest, request_id), back)
    with office.act(there(office)) as act, pytest.raises(Conflict, match="are not here"):
        asking.ask(act, [request_id, uuid4()], back)


def test_none_or_too_many_at_once_are_refused(office: SmallOffice) -> None:
    with pytest.raises(InvalidInput, match="Tick the cases to send"):
        ask(office)
    with pytest.raises(InvalidInput, match="At most 300 cases"):
        ask(office, *(uuid4() for _ in range(asking.MOST + 1)))
    assert outcomes(office) == {}


def test_the_database_itself_sends_nothing_to_where_it_is(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    ask(office, request_id)
    for wrong in ({"to_centre_id": office.station.centre_id}, {"outcome": "moved"}):  # and no moment
        with pytest.raises(IntegrityError), office.database.transaction() as session:
            session.execute(update(Transfer).values(wrong))
