"""Each question about files of persons finds the fault that is planted for it, and none in a day that is well."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from issuance.chores import feeds as chores
from issuance.models.exchange import ExchangeToken
from issuance.models.reviews import Review
from tests.crash import people
from tests.crash.floor import Floor
from tests.crash.grounds import Files, Grounds
from tests.crash.proof import standing
from tests.crash.proof.register import Register
from tests.crash.roads import files
from tests.crash.roads.road import newest
from tests.crash.test_checker import Left

DO = people.ACTS


def prepared(floor: Floor) -> None:
    """Of one the protection has ended, another is reviewed still; case handling told two events and fetches a file."""
    files.reviewed_persons(floor, 2)
    key = newest(floor, Review)
    for act in ("notify", "hear"):
        DO[act](floor.office, key)
    DO["propose"](floor.office, key, outcome="ceased")
    for act in ("agree_to_review", "communicate"):
        DO[act](floor.office, key)
    files.may_tell(floor)
    token = newest(floor, ExchangeToken)
    for number, kind in ((1, "application_registered"), (3, "flags")):
        DO["tell_event"](floor.office, token, kind=kind, number=number, event_id=str(uuid4()))
    chores.make_feeds(floor.office)
    floor.later(90 * files.DAY)
    floor.office.keep_time()
    DO["end_protection"](floor.office, key)


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(Files(), tmp_path_factory.mktemp("grounds"))


@pytest.fixture
def left(grounds: Grounds) -> Iterator[Left]:
    with grounds.copy("standing", prepared) as (folder, url):
        yield Left(folder, url)


def found(left: Left, *to_do: str) -> str:
    register = Register(left.url)
    try:
        return "\n".join(standing.faults(register, list(to_do)))
    finally:
        register.close()


def test_a_day_that_is_well(left: Left) -> None:
    assert found(left) == ""


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        ("UPDATE document SET state = 'valid' WHERE state = 'voided'", "has ended, and"),
        ("UPDATE review SET state = 'communicated', ended_at = NULL WHERE state = 'withdrawn'", "is void by it"),
        ("UPDATE request SET document_type = 'RT' WHERE document_type = 'RC'", "is of no member"),
        ("UPDATE handled_case SET applied = 2", "is at event 2, and 1 are settled"),
        ("UPDATE case_event SET number = 2 WHERE number = 3", "and no task takes it"),
        ("UPDATE feed_file SET settled_at = made_at WHERE recipient = 'case_handling'", "is settled without an answer"),
        ("UPDATE feed_file SET number = 7 WHERE recipient = 'case_handling'", "go to 7, and 1 are there"),
    ],
)
def test_what_is_half_done_is_found(left: Left, plant: str, says: str) -> None:
    left.sql(plant)
    assert says in found(left)
