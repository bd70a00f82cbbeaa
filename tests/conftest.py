"""Fixtures of the whole suite."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = (
    "tests.fixtures.databases",
    "tests.fixtures.stages",
    "tests.fixtures.browser",
    "tests.fixtures.live",
    "tests.fixtures.pcsc",
)

LONGEST_ID = 24  # bytes
MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; a whole run takes less than one

# A loaded machine is slow, not wrong: no test is judged by the clock.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def work_in_memory() -> None:
    """Where memory has room, the files of the tests lie in it: PostgreSQL copies a database in a third of the time,
    and no commit waits for a disk."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # pytest has asked before


work_in_memory()


@pytest.fixture(scope="session", autouse=True)
def keys_away_from_the_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An office whose settings a test does not choose makes its keys in a folder of the run, not under `var`."""
    with pytest.MonkeyPatch.context() as patch:
        var = tmp_path_factory.mktemp("var")
        patch.setenv("LIMAN_VAR", str(var))
        yield var


@pytest.fixture(autouse=True)
def heads_of_nobody_else(keys_away_from_the_tree: Path) -> Iterator[None]:
    """That folder keeps the keys from test to test, and no heads: they are of another test's register."""
    yield
    shutil.rmtree(keys_away_from_the_tree / "audit", ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that wait the longest come first, so that no process is left with them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes are no name of a test, and keys that are made anew differ between the processes of one run."""
    return argname if isinstance(val, bytes) and len(val) > LONGEST_ID else None
