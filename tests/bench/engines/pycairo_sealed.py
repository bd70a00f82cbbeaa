"""pycairo again, but the seal is signed and its symbol drawn within the time, by cryptography and zxing-cpp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from tests.bench.engines import pycairo
from tests.bench.pages import Page
from tests.bench.sealed import sealed


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    pycairo.write(sealed(pages), out)
