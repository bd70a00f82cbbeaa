"""A member of a group who leaves the country on a day: the group's times lie before it."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.errors import InvalidInput
from issuance.models.groups import ResettlementGroup
from issuance.services.appointments.capacity import Given
from issuance.services.appointments.runs import Run
from issuance.services.groups import visits
from tests.integration.appointments.shared import at, give
from tests.integration.departures.test_departures import agreed, needed_by
from tests.integration.groups.shared import family, lodged, requests
from tests.integration.groups.test_groups import LODGING, reserve, times
from tests.people import SmallOffice

LAST, AFTER = dt.date(2026, 11, 12), dt.date(2026, 11, 13)


def test_a_group_comes_before_one_of_them_leaves(office: SmallOffice) -> None:
    give(office, Given(3, 10, 20))
    group_id = lodged(office, *family(3))
    leaves = requests(office, group_id)[1]
    agreed(office, leaves)
    assert needed_by(office, leaves) == LAST
    with pytest.raises(InvalidInput, match=r"needs the document by 12\.11\.2026"):
        reserve(office, group_id, at(9, day=AFTER))
    assert times(office, group_id) == []
    assert reserve(office, group_id, at(9, day=LAST)) == 3
    booked = times(office, group_id)
    with pytest.raises(InvalidInput, match="Choose a time until then"), office.act(office.actors["clerk"]) as act:
        visits.move(act, act.session.get_one(ResettlementGroup, group_id), Run(LODGING, at(9, day=AFTER)))
    assert times(office, group_id) == booked
