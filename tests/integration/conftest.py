"""What holds for every test of the acts."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.integration.moves import made_by, noted


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """A test that is named for moves of the state tables makes them itself, by the acts that are named."""
    named = made_by(item.nodeid)
    with noted() as made:
        yield
    assert {move: act for move, act in named.items() if act not in made.get(move, ())} == {}, made
