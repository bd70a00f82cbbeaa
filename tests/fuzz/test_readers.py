"""Every input that needs no office: what is drawn is read, or refused by its own errors, and in time."""

from __future__ import annotations

import pytest

from tests.fuzz import files, machines, papers
from tests.fuzz.engine import Block, play

INPUTS = {each.name: each for each in (*machines.INPUTS, *papers.INPUTS, *files.INPUTS)}


@pytest.mark.parametrize("block", [block for each in INPUTS.values() for block in each.blocks], ids=str)
def test_nothing_but_a_refusal(block: Block) -> None:
    if block.is_done:
        pytest.skip("done before")
    found = INPUTS[block.input]
    assert play(block, found.cases, found.try_one) > 0
