"""A clerk at the desk of a centre that gives appointments: Friday, ten o'clock."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.models.appointments import Purpose
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from issuance.services import centres
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from tests.web.conftest import Browser, Login


@pytest.fixture
def centre(office: Office) -> Centre:
    """The centre, with one counter of ten minutes a person for each purpose."""
    with office.act(SYSTEM) as act:
        here = centres.named(act, "timisoara")
        capacity.give(act, here, dict.fromkeys(Purpose, Given(1, 10, 20)))
    with office.reading() as look:
        return look.session.scalars(select(Centre).where(Centre.code == "timisoara")).one()


@pytest.fixture
def clerk(client: Browser, login: Login, centre: Centre) -> Browser:
    """The clerk's browser."""
    login(client, RoleName.CLERK)
    return client
