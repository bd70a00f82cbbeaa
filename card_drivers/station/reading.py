"""A finished document on a reader: opened as anybody may who holds it, read, and its chip's keys put to the proof."""

from __future__ import annotations

from card_drivers.chips import emrtd
from card_drivers.device import ChipEncoder, DeviceError
from card_drivers.order import ChipReading, ReadRequest
from card_drivers.troubles import Trouble


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
    )
