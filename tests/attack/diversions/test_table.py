"""Every diversion of this folder is refused, or named by the evening; table.txt says by what. Every difference fails.

What nothing in the register can see is `NOT NAMED`: it stands in docs/threats.md with what stops it.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from pathlib import Path

import pytest

from tests.attack.diversions.registry import DIVERSIONS
from tests.attack.diversions.scene import Ground, compose, opened
from tests.fixtures.databases import Server, server_of

PINNED = Path(__file__).with_name("table.txt")
THREATS = Path(__file__).parents[3] / "docs" / "threats.md"
FEWEST = 50
ONE_IN = 6
for module in ("documents", "office", "audit", "hands", "machines"):
    import_module(f"tests.attack.diversions.{module}")


def pinned() -> dict[str, str]:
    lines = [line for line in PINNED.read_text().splitlines() if line and not line.startswith("#")]
    return {line.split(" ", 1)[0]: line for line in lines}


@pytest.fixture(scope="module")
def grounds() -> dict[str, Ground]:
    """One composed register on each database, for all diversions."""
    return {}


@pytest.fixture
def server(request: pytest.FixtureRequest, name: str) -> Server:
    """Where a diversion is played: one in six on PostgreSQL, by its name; both owners write the same statements."""
    return server_of(request, "sqlite" if zlib.crc32(name.encode()) % ONE_IN else "postgresql")


@pytest.mark.parametrize("name", DIVERSIONS)
def test_a_diversion_ends_as_the_table_says(
    server: Server, grounds: dict[str, Ground], request: pytest.FixtureRequest, name: str
) -> None:
    key = type(server).__name__
    if key not in grounds:
        grounds[key] = compose(server)
    diversion = DIVERSIONS[name]
    with server.database(grounds[key].template) as url, opened(url, grounds[key]) as scene:
        diversion.play(scene)
        line = f"{name} ({diversion.by}): {diversion.what} -> {scene.result()}"
    assert line == pinned().get(name), f"bring table.txt up to date:\n{line}"


def test_the_table_holds_these_and_no_others() -> None:
    assert list(pinned()) == list(DIVERSIONS)
    assert len(DIVERSIONS) >= FEWEST


def test_what_nothing_sees_is_told_in_the_threats() -> None:
    """A diversion that the evening does not name is a leftover that only procedure stops: it is said."""
    unseen = [name for name, line in pinned().items() if line.endswith("NOT NAMED")]
    assert [name for name in unseen if f"`{name}`" not in THREATS.read_text()] == []
    assert not any("NOT REFUSED" in line for line in pinned().values())
