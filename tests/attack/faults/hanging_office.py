"""The real server with a background thread that a test breaks: `python -m tests.attack.faults.hanging_office die|hang`.

What hangs is noticed after a second, and not after five minutes.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from app import serve
from issuance.background import registry
from issuance.office import Office

BREAK = "BREAKS_WHILE_THERE"
"""The file whose being there breaks the thread."""


def main(how: str) -> int:
    """Serve; `link-audit` dies or hangs while the file is there."""
    if Path(os.environ[BREAK]).exists():
        registry.STUCK_SECONDS = 1.0
    sound = registry.HANDLERS["link-audit"]

    def link(office: Office) -> None:
        if Path(os.environ[BREAK]).exists():
            if how == "die":
                raise SystemExit
            time.sleep(3600)
        sound(office)

    registry.HANDLERS["link-audit"] = link
    return serve(())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
