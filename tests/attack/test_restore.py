"""The register is lost after twenty documents: no number twice, no blank wrong, everything lost is named."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from issuance.states import JobState
from tests.drill import Drill, is_told, reconcile, twice

ADMINISTRATOR = ("--as", "administrator@test.example")


@pytest.fixture
def drill(database_url: str, tmp_path: Path) -> Drill:
    return Drill(tmp_path / "var", database_url)


def lose(drill: Drill, copy: Path) -> dict[UUID, str]:
    """Twenty documents are made after the back-up: five that it knows as queued, fifteen that it never heard of.

    The numbers that the lost register gave, by order.
    """
    with drill.server():
        with drill.station():
            drill.approve(1)
            drill.wait_until_made(1)
        drill.approve(5)
        drill.wait(lambda: drill.jobs().get(JobState.QUEUED) == 5)
        drill.wait((drill.var / "audit" / "heads.jsonl").exists)
        drill.flask("backup", str(copy))
        with drill.station():
            drill.approve(15)
            drill.wait_until_made(21)
    drill.link_audit()
    return drill.numbers()


def test_nothing_is_made_twice_and_everything_lost_is_named(drill: Drill, tmp_path: Path) -> None:
    copy, over = tmp_path / "copy", drill.url.rpartition("/")[2]
    lost = lose(drill, copy)
    made_before = drill.made()
    drill.flask("restore", str(copy), *ADMINISTRATOR, "--over", over)
    assert drill.jobs() == {JobState.DONE: 1, JobState.HELD: 5}
    known = drill.numbers()

    with drill.server(), drill.station():
        drill.wait(lambda: is_told(drill))
        named = drill.flask("reconciliation", code=1)
        for order in set(lost) - set(known):
            assert f"lost_card: order {order} on blank {made_before[order]}, done: open" in named
        drill.approve(15)
        drill.wait(lambda: drill.jobs().get(JobState.QUEUED) == 15)
        assert drill.made() == made_before, "something was made before it was reconciled"
        reconcile(drill)
        drill.wait_until_made(21 + 20)

    made, after = drill.made(), drill.numbers()
    numbers = lost | after
    assert twice([numbers[order] for order in made]) == []
    assert set(after.values()) & {lost[order] for order in set(lost) - set(known)} == set()
    assert {serial for serial, state in drill.ledger().items() if state != "at_station"} == set(made.values())
    assert "Everything is settled." in drill.flask("reconciliation")
    assert "(epoch 2): chain" in drill.flask("verify-audit")
