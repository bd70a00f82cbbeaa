"""Every input that needs no office: what is drawn is read, or refused by its own errors, and in time."""

from __future__ import annotations

import pytest

from tests.fuzz import disks, files, logs, machines, packets, papers
from tests.fuzz.engine import Block, play

OF = (machines, papers, files, logs, packets, disks)
INPUTS = {each.name: each for module in OF for each in module.INPUTS}
BLOCKS = sorted((block for each in INPUTS.values() for block in each.blocks), key=lambda block: block.number)
"""The first of each input before the second of any: a run that is stopped has tried all."""


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_nothing_but_a_refusal(block: Block) -> None:
    if block.is_done:
        pytest.skip("done before")
    found = INPUTS[block.input]
    assert play(block, found.cases, found.try_one) > 0
