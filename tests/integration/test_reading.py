"""A look changes nothing, and lets PostgreSQL keep what it has planned."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update

from issuance.models.staff import Centre
from tests.people import SmallOffice

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
