"""A finished document on a reader: opened as anybody may who holds it, read, and its chip's keys put to the proof."""

from __future__ import annotations

import json
from pathlib import Path

from card_drivers.chips import emrtd, files
from card_drivers.device import ChipEncoder, DeviceError
from card_drivers.order import MOST_REMARKS, ChipReading, ReadRequest
from card_drivers.troubles import Trouble

FOUND = "reading.json"
"""Beside the files of a chip: how it was opened, what it proved, which files are missing, and what is to be said."""


def read(encoder: ChipEncoder | None, request: ReadRequest) -> ChipReading:
    """Everything that the chip gives, or in `trouble` why not."""
    if encoder is None:
        return ChipReading(read_id=request.read_id, trouble=Trouble.of("station-no-reader"))
    try:
        chip = encoder.connect(request.order_id)
        found = emrtd.read_chip(chip, request.access)
    except DeviceError as error:
        return ChipReading(read_id=request.read_id, trouble=error.trouble)
    finally:
        encoder.close()
    return ChipReading(
        read_id=request.read_id,
        chip_uid=chip.uid,
        files=found.files,
        opened_by=found.opened_by,
        proofs=found.proofs,
        missing=found.missing,
        remarks=found.remarks[:MOST_REMARKS],
    )


def write(found: ChipReading, folder: Path) -> None:
    """Write every file that was read, and `reading.json` beside them; what an earlier reading left there goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in files.FILES:
        path = folder / f"{name}.bin"
        if name in found.files:
            path.write_bytes(found.files[name])
        else:
            path.unlink(missing_ok=True)
    told = found.model_dump(mode="json", include={"opened_by", "proofs", "missing", "remarks"})
    (folder / FOUND).write_text(json.dumps(told, indent=2))
