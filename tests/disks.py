"""A small disk, which a test fills and empties."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.counterparts import missing, require

BLOCK = 4096


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """A file system of so many bytes."""
    program = require("mount", "it makes a small disk")
    if os.geteuid() != 0:
        missing("a small disk is mounted by root only")
    subprocess.run([program, "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is left on the disk of this folder until the block ends."""
    filling = folder / "filling"
    try:
        with filling.open("wb", buffering=0) as out, suppress(OSError):
            while out.write(bytes(BLOCK)):
                pass
        yield
    finally:
        filling.unlink()
