"""A look changes nothing, and lets PostgreSQL keep what it has planned."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update

from issuance.actors import SYSTEM
from issuance.acts import Act, Look
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.casework import enrolment
from tests.people import SmallOffice, measured_portrait

NAME = "Nobody's"


def names(office: SmallOffice) -> set[str]:
    with office.reading() as look:
        return set(look.session.scalars(select(Centre.name)))


@pytest.mark.parametrize("how", ["dirty", "flushed", "statement", "words", "new"])
def test_what_a_look_changes_is_rolled_back(office: SmallOffice, how: str) -> None:
    before = names(office)
    with office.reading() as look:
        centre = look.session.scalars(select(Centre).limit(1)).one()
        match how:
            case "statement":
                look.session.execute(update(Centre).values(name=NAME))
            case "words":
                look.session.execute(text("UPDATE centre SET name = 'x'"))
            case "new":
                look.session.add(Centre(code="nowhere", name=NAME, address="-"))
            case _:
                centre.name = NAME
        if how == "flushed":
            look.session.flush()
    assert names(office) == before


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_statements_that_were_planned_are_kept_from_look_to_look(office: SmallOffice) -> None:
    for _ in range(8):
        names(office)
    with office.reading() as look:
        planned = look.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert [each for each in planned if "centre" in each]


def test_what_stands_still_is_asked_once_in_a_look_and_every_time_by_who_writes(office: SmallOffice) -> None:
    asked: list[str] = []

    def ask(look: Look) -> None:
        for key in ("one", "one", "other"):
            look.still(key, lambda key=key: asked.append(key))  # type: ignore[misc]

    with office.reading() as look:
        ask(look)
    assert asked == ["one", "other"]
    asked.clear()
    with office.reading() as look, office.upkeep() as upkeep:
        ask(upkeep)
        ask(Act(look.session, office, SYSTEM))
    assert asked == ["one", "one", "other"] * 2


def test_an_act_sees_what_it_changed_itself(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        assert enrolment.newest(act, request) is None
        portrait = enrolment.add_portrait(act, request, measured_portrait(), "captured")
        assert enrolment.newest(act, request) is portrait
