"""What is listed and counted of residences and families is found by its partial index, however long the history is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from issuance.acts import Look
from issuance.models.people import Person
from issuance.services.housing import lists
from issuance.services.residence import history
from issuance.services.reunification import files
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice


def leaving(look: Look) -> object:
    return lists.leaving(look, look.actor.centre_id)


def leaving_count(look: Look) -> object:
    return look.session.scalar(lists.leaving_count(look, look.actor.centre_id))


def unsaid(look: Look) -> object:
    return lists.unsaid(look, look.actor.centre_id)


def families_to_decide(look: Look) -> object:
    return look.session.scalar(files.count_complete(look))


def lives(look: Look) -> object:
    return history.current(look, Person(id=uuid4()))


ASKED = [
    (lives, "uq_residence_current"),
    (leaving, "ix_residence_leaving"),
    (leaving_count, "ix_residence_leaving"),
    (unsaid, "ix_residence_unsaid"),
    (files.waiting, "ix_reunification_open"),
    (families_to_decide, "ix_reunification_open"),
]


@pytest.mark.parametrize(("asks", "index"), ASKED, ids=[asks.__name__ for asks, _ in ASKED])
@on_sqlite
def test_an_index_of_the_few_answers(office: SmallOffice, asks: Callable[[Look], object], index: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with office.reading(office.actors["supervisor"]) as look:
        event.listen(office.database.engine, "before_cursor_execute", note)
        asks(look)
        event.remove(office.database.engine, "before_cursor_execute", note)
        (statement, parameters), *_ = asked
        plan = look.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert index in str(plan)
