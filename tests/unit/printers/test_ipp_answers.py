"""Answers of printers in the field, byte for byte: what the driver makes of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_drivers.device import ConfigurationError, DeviceError
from card_drivers.links.ipp_link import Operation
from card_drivers.links.ipp_message import Group, Tag, Value, decode, encode
from card_drivers.order import Outcome
from tests.unit.printers.test_ipp import IDLE, ORDER, Answering, answer, driver, job, produce

HEAD = (
    "01470012617474726962757465732d6368617273657400057574662d3848001b617474726962757465732d6e61747572616c2d6c616e6775"
    "6167650002656e"
)
STATE = (
    "0423000d7072696e7465722d73746174650004000000034400157072696e7465722d73746174652d726561736f6e7300046e6f6e65"
    "2200197072696e7465722d69732d616363657074696e672d6a6f627300010142000c6d61726b65722d6e616d65730011"
)
LEVEL = "21000d6d61726b65722d6c6576656c7300040000005"
DESCRIPTIONS = {
    "a Ricoh's name in Latin-1": f"527562616e2075736167e920594d434b4f{LEVEL}003",
    "a Canon's collection without an end": (
        f"527562616e20757361675820594d434b4f{LEVEL}03400116d656469612d636f6c2d64656661756c7400004a0000000a6d65646961"
        "2d74797065440000000a73746174696f6e65727903"
    ),
    "the date of a printer without a clock": (
        f"527562616e20757361675820594d434b4f{LEVEL}03100147072696e7465722d63757272656e742d74696d65000b0000000000000000"
        "2b000003"
    ),
}
WITH_ERRORS = (
    "022100066a6f622d69640004000000072300096a6f622d73746174650004000000094400116a6f622d73746174652d726561736f6e7300"
    "196a6f622d636f6d706c657465642d776974682d6572726f727303"
)
CHANGED = "051000096d656469612d636f6c0000022100066a6f622d69640004000000072300096a6f622d737461746500040000000303"


@pytest.mark.parametrize("what", DESCRIPTIONS)
def test_a_wrong_value_in_a_description_leaves_the_printer_idle(what: str) -> None:
    body = bytes.fromhex(f"0200000000000001{HEAD}{STATE}{DESCRIPTIONS[what]}")
    status = driver({Operation.GET_PRINTER_ATTRIBUTES: [(200, body)]})[0].status()
    name = "Ruban usag\N{REPLACEMENT CHARACTER} YMCKO" if "Latin" in what else "Ruban usagX YMCKO"
    assert (status.state, status.reasons) == ("idle", ())
    assert [(supply.name, supply.level) for supply in status.supplies] == [(name, 80)]


def test_a_job_that_completed_with_errors_is_not_done() -> None:
    found = decode(bytes.fromhex(f"0200000000000001{HEAD}{WITH_ERRORS}"))
    script: dict[int, list[Answering]] = {
        Operation.GET_JOBS: [answer(job(7, 9))],
        Operation.GET_JOB_ATTRIBUTES: [found],
    }
    assert driver(script)[0].recover(ORDER).outcome is Outcome.UNKNOWN


def test_a_refused_version_is_asked_as_one_point_one() -> None:
    refused = bytes.fromhex(f"0101050300000000{HEAD}03")
    idle = encode(answer((Group.PRINTER, IDLE)))
    printer, link = driver({Operation.GET_PRINTER_ATTRIBUTES: [(200, refused), (200, idle[:7] + b"\2" + idle[8:])]})
    assert printer.status().state == "idle"
    assert link.versions == [(2, 0), (1, 1)]
    with pytest.raises(ConfigurationError, match=r"speaks IPP 1\.1, neither"):
        driver({Operation.GET_PRINTER_ATTRIBUTES: [(200, refused)]})[0].status()


def test_an_ignored_medium_is_cancelled_and_never_done(tmp_path: Path) -> None:
    changed = decode(bytes.fromhex(f"0200000100000001{HEAD}{CHANGED}"))
    assert changed.groups_of(Group.UNSUPPORTED) == [{"media-col": (Value(Tag.UNSUPPORTED, None),)}]
    script: dict[int, list[Answering]] = {
        Operation.VALIDATE_JOB: [answer(code=0x0501)],
        Operation.PRINT_JOB: [changed],
        Operation.CANCEL_JOB: [answer()],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(7, 9))],
    }
    printer, link = driver(script)
    with pytest.raises(DeviceError, match=r"changed the job \(media-col\)") as caught:
        produce(printer, tmp_path)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert Operation.CANCEL_JOB in link.asked
