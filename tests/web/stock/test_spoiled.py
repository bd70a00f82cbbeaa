"""The supervisor's list of spoiled blanks, and the questions about each."""

from __future__ import annotations

import re

import pytest

from card_drivers.order import Outcome
from issuance.models.stock import Blank
from issuance.office import Office
from issuance.services.production import quality
from issuance.web.stock.spoiled import AT_THE_CHECK, AT_THE_MACHINE, BY_HAND
from tests.people import Case, SmallOffice
from tests.web.centre.shared import document_of, sit_down
from tests.web.conftest import Browser

LIST = "/stock/spoiled"


@pytest.fixture
def blank(people: SmallOffice, claimed: Case) -> Blank:
    """A card that was spoiled while it was printed."""
    people.make(Outcome.SPOILED, claimed.claim, step="print")
    with people.database.reading() as session:
        return session.query(Blank).filter_by(state="spoiled").one()


@pytest.fixture
def supervisor(client: Browser, office: Office, people: SmallOffice, blank: Blank) -> Browser:
    return sit_down(client, office, people, "supervisor")


def state(office: Office, blank: Blank) -> tuple[str, bool]:
    with office.database.reading() as session:
        found = session.get_one(Blank, blank.id)
        return str(found.state), found.binned


def test_one_question_after_another_leads_to_the_bin(supervisor: Browser, office: Office, blank: Blank) -> None:
    assert "Spoiled blanks to look for" in supervisor.get("/").text
    listed = supervisor.get(LIST).text
    assert "spoiled at the machine" in listed
    here = f"{LIST}/{blank.id}"
    assert f'href="{here}"' in listed
    first = supervisor.get(here).text
    assert "Does it lie in the reject tray of the station" in first
    assert "spoiled while it was printed" in first
    assert "Made again as" in first
    assert re.findall(r'data-digit="(\d)"', first) == ["1", "2"]
    second = supervisor.get(f"{here}?at=where").text
    assert "Is it inside the printer" in second
    end = supervisor.get(f"{here}?at=near").text
    assert "Put it into the reject bin now." in end
    wrong = supervisor.submit(here, {"at": "near", "serial": "card-chip-18"})
    assert (wrong.status_code, "is looked for: put it aside" in wrong.text) == (400, True)
    assert 'value="near"' in wrong.text, "the answers stay"
    done = supervisor.submit(here, {"at": "near", "serial": blank.serial}, follow_redirects=True).text
    assert "It is in the bin." in done
    assert "Nothing is looked for" in done
    assert state(office, blank) == ("spoiled", True)
    again = supervisor.submit(here, {"at": "near", "serial": blank.serial})
    assert (again.status_code, "Somebody saw to this blank already" in again.text) == (409, True)


def test_what_is_nowhere_is_missing_and_stands_with_the_missing(
    supervisor: Browser, office: Office, blank: Blank
) -> None:
    here = f"{LIST}/{blank.id}"
    assert "Declare it missing" in supervisor.get(f"{here}?at=gone").text
    done = supervisor.submit(here, {"at": "gone", "more": "The printer was shut."}, follow_redirects=True).text
    assert "It is missing from now on." in done
    assert state(office, blank) == ("missing", False)
    assert blank.serial in supervisor.get("/stock/missing").text


def test_a_scan_opens_the_question_of_its_card(supervisor: Browser, blank: Blank) -> None:
    assert supervisor.submit(f"{LIST}/scan", {"serial": blank.serial}).location == f"{LIST}/{blank.id}"
    other = supervisor.submit(f"{LIST}/scan", {"serial": "card-chip-18"}, follow_redirects=True).text
    assert "Nobody looks for this one here." in other


def test_a_rejected_card_is_asked_about_where_it_was_checked(
    client: Browser, office: Office, people: SmallOffice, made: Case
) -> None:
    with people.act(people.actors["quality_officer"]) as act:
        quality.reject(act, act.session.merge(document_of(office, made.document_id)), "look: look-scratch")
    supervisor = sit_down(client, office, people, "supervisor")
    with office.database.reading() as session:
        key = session.query(Blank).filter_by(state="spoiled").one().id
    page = supervisor.get(f"{LIST}/{key}?at=where").text
    assert "at the desk of the check" in page
    assert "scratch, stain or break" in page
    assert "rejected at the check" in page


def test_bad_input_asks_from_the_beginning(supervisor: Browser, office: Office, blank: Blank) -> None:
    here = f"{LIST}/{blank.id}"
    assert "Does it lie in the reject tray" in supervisor.get(f"{here}?at=nonsense").text
    for fields in ({}, {"at": "nonsense"}, {"at": "where"}, {"at": "bin"}):
        assert supervisor.submit(here, fields).status_code == 400, fields
    assert supervisor.get(f"{LIST}/01890000-0000-7000-8000-000000000000").status_code == 404
    assert state(office, blank) == ("spoiled", False)


def test_every_tree_leads_to_its_ends() -> None:
    for tree in (AT_THE_MACHINE, AT_THE_CHECK, BY_HAND):
        assert {name for name in tree.ends if tree.asked(name).at == name} == set(tree.ends)
        assert [str(said) for _, said in tree.asked("gone").answers][-1] == "No, it is nowhere"
