"""Fixtures of the whole suite."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = (
    "tests.fixtures.databases",
    "tests.fixtures.stages",
    "tests.fixtures.browser",
    "tests.fixtures.live",
    "tests.fixtures.holders",
    "tests.fixtures.pcsc",
    "tests.fixtures.templates",
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


def compile_once() -> None:
    """Where Python may keep no bytecode beside its source, the processes of the tests keep it in the environment:
    a server would compile for longer than it takes to start."""
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(Path(sys.prefix) / "bytecode")
        del os.environ["PYTHONDONTWRITEBYTECODE"]
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


work_in_memory()
compile_once()


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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is gathered stays until the end: it is never looked through for garbage."""
    gc.disable()
    gathered = yield
    gc.freeze()
    gc.enable()
    return gathered


def pytest_unconfigure() -> None:
    """At the end it goes."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that wait the longest come first and the units last, so that no process is left with the other's."""
    items.sort(key=lambda item: (item.get_closest_marker("browser") is None, item.nodeid.startswith("tests/unit/")))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes are no name of a test, and keys that are made anew differ between the processes of one run."""
    return argname if isinstance(val, bytes) and len(val) > LONGEST_ID else None
