"""A finished document on a reader: opened as anybody may who holds it, read, and its chip's keys put to the proof."""

from __future__ import annotations

from card_drivers.chips import emrtd
from card_drivers.device import ChipEncoder, DeviceError
from card_drivers.order import ChipReading, ReadRequest


def read(encoder: ChipEncoder | None, request: ReadRequest) -> ChipReading:
    """Everything that the chip gives, or in `error` why not."""
    if encoder is None:
        return ChipReading(read_id=request.read_id, error="This station has no chip reader: use another one.")
    try:
        chip = encoder.connect(request.order_id)
        found = emrtd.read_chip(chip, request.access)
    except DeviceError as error:
        return ChipReading(read_id=request.read_id, error=str(error))
    finally:
        encoder.close()
    return ChipReading(
        read_id=request.read_id,
        chip_uid=chip.uid,
        files=found.files,
        opened_by=found.opened_by,
        proofs=found.proofs,
    )
