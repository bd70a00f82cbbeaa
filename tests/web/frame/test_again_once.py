"""What another act wrote at the same moment: the view is run once more, and a second time it is said in a sentence."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.errors import Raced
from issuance.models.machinery import Task
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from issuance.services.admin import offices
from tests.web.conftest import Browser, Login

FORM = {
    "name": "Iași",
    "code": "iasi",
    "address": "Str. Lăpușneanu 1",
    "opening_hours": "Mo-Fr 08:30-16:30",
}


@pytest.fixture
def administrator(client: Browser, login: Login) -> Browser:
    login(client, RoleName.ADMINISTRATOR)
    return client


def twice(office: Office, times: int) -> Any:
    """Adding a centre, before which somebody else adds the same, so often."""
    real, left = offices.add, [times]

    def add(act: Any, *given: Any, **more: Any) -> Any:
        if left[0]:
            left[0] -= 1
            known = act.session.scalars(select(Centre).limit(1)).one()
            act.session.add(Centre(code=known.code, name="x", address="", opening_hours=""))
            act.session.flush()
        return real(act, *given, **more)

    return Mock(side_effect=add)


@pytest.mark.parametrize(("times", "status"), [(1, 303), (5, 409)])
def test_a_view_is_run_once_more(
    administrator: Browser, office: Office, monkeypatch: pytest.MonkeyPatch, times: int, status: int
) -> None:
    add = twice(office, times)
    monkeypatch.setattr(offices, "add", add)
    page = administrator.get("/centres/add")
    assert page.status_code == 200
    answer = administrator.submit("/centres/add", FORM)
    assert (answer.status_code, add.call_count) == (status, 2), answer.text
    if status == 409:
        assert "Someone else did the same at this moment" in answer.text
        assert 'value="iasi"' in answer.text, "what was typed stays"


def test_only_what_is_there_already_is_raced(office: Office) -> None:
    """Anything else that a constraint refuses stays a defect."""
    task = Task(name="nothing", args={}, due_at=office.clock.now())
    with office.upkeep() as look:
        look.session.add(task)
    with pytest.raises(Raced), office.upkeep() as look:
        look.session.add(Task(id=task.id, name="nothing", args={}, due_at=office.clock.now()))
    with pytest.raises(IntegrityError), office.upkeep() as look:
        look.session.add(Task(name=None, args={}, due_at=office.clock.now()))  # type: ignore[arg-type]
