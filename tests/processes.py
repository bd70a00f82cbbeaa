"""What a test does in a process of its own: one that has no other thread, and that may be killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from printing.errors import PrintingError

REFUSED = 3
"""How a process ends that was refused something; the sentence is in its file."""


def elsewhere(act: Callable[[], object], said: Path) -> int:
    """Do it in a fork; how that ended, as `os.waitstatus_to_exitcode` says it."""
    if not (child := os.fork()):
        try:
            act()
            os._exit(0)
        except PrintingError as error:
            said.write_text(str(error))
            os._exit(REFUSED)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
