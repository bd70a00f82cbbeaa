"""Three cards spoiled in a row stop a station until somebody looked: the fourth blank would be spoiled too.

The count is in the station's folder, so that a restart does not forget it. It goes on by the register's errand, which
somebody asks for on the station's page, or by `python -m card_drivers resume`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from card_drivers.order import DeviceStatus, Outcome, Result
from card_drivers.troubles import Trouble

MOST = 3


class Spoils:
    """How many cards were spoiled in a row, in `folder`. A count that cannot be read asks too."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "spoils.json"

    @property
    def in_a_row(self) -> int:
        """How many, since the last card that was made or somebody said that it goes on."""
        return self._read()[0]

    def note(self, result: Result) -> None:
        """Count a result once, however often it is decided; before it is decided, so that a crash forgets none."""
        count, last = self._read()
        if result.outcome is Outcome.DONE and count:
            self.go_on()
        elif result.outcome is Outcome.SPOILED and last != str(result.claim_id):
            self._write(count + 1, str(result.claim_id))

    def go_on(self) -> None:
        """Somebody looked: count from the beginning."""
        self._write(0, "")

    def guard(self, status: DeviceStatus) -> DeviceStatus:
        """The devices' status, or stopped with what to do when too many were spoiled."""
        count = self.in_a_row
        if count < MOST:
            return status
        trouble = Trouble.of("spoils-in-a-row", count=count)
        return status.model_copy(
            update={"state": "stopped", "trouble": trouble.then(status.trouble) if status.trouble else trouble}
        )

    def _read(self) -> tuple[int, str]:
        try:
            kept = json.loads(self._file.read_bytes())
            return int(kept["in_a_row"]), str(kept["last"])
        except FileNotFoundError:
            return 0, ""
        except (OSError, ValueError, KeyError, TypeError):
            return MOST, ""

    def _write(self, count: int, last: str) -> None:
        draft = self._file.with_suffix(".new")
        with draft.open("w") as out:
            json.dump({"in_a_row": count, "last": last}, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._file)
