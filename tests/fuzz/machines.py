"""What machines answer: chips, printers, encoders' helpers, and files of a bureau."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from card_drivers.bureau import sealed_file
from card_drivers.bureau.sealed_file import FileRefused, Identity
from card_drivers.chips import pace, personalisation, tlv
from card_drivers.chips.apdu import Card, Command, capabilities, limits_from_info
from card_drivers.chips.files import FileReader
from card_drivers.chips.personalisation import Personalisation
from card_drivers.chips.tlv import TlvError
from card_drivers.device import CardRejected, ChipError
from card_drivers.links import ipp_answers, ipp_link, ipp_media, ipp_message, print_center
from card_drivers.links.ipp_message import Group, IppFormatError, IppMessage, Tag, Value
from card_drivers.links.print_center import PrintCenterError
from card_drivers.links.transport import LinkBroken
from card_drivers.order import DeviceStatus, Order, Result
from card_drivers.printers.ipp import AS_IT_SAYS
from tests import emrtd
from tests.fuzz import drawn
from tests.fuzz.engine import Input
from tests.property.test_apdu_properties import Whimsical, answers
from tests.unit.links.test_ipp_message import PRINT_JOB, REFUSAL
from tests.unit.station.documents import Manager, part
from tests.unit.station.orders import make_order

MOST_COMMANDS = 3_000
PROFILES = ("generic-globalplatform", "jmrtd-applet")
WORDS = ("none", "media-jam-error", "paused", "job-completed-successfully", "processing-to-stop-point", "cups-held")

_values = st.one_of(
    st.builds(Value, st.sampled_from([Tag.KEYWORD, Tag.NAME, Tag.TEXT]), st.sampled_from(WORDS) | st.text(max_size=9)),
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), st.integers(-(2**31), 2**31 - 1)),
    st.builds(Value, st.just(Tag.DATE_TIME), st.datetimes(timezones=st.just(dt.UTC))),
    st.builds(Value, st.sampled_from(list(Tag)), st.binary(max_size=12)),
)
_names = st.sampled_from(
    [
        "job-state", "job-state-reasons", "time-at-creation", "time-at-processing", "printer-state", "marker-levels",
        "printer-state-reasons", "marker-names", "marker-types", "printer-media-sheets-completed", "status-message",
        "printer-impressions-completed", "job-state-message", "media-ready", "printer-input-tray", "marker-colors",
        "media-col-ready", "media-col-supported", "media-size-supported", "sides-supported",
        "printer-resolution-default", "media-left-margin-supported",
    ]
)  # fmt: skip
_attributes = st.dictionaries(_names, st.lists(_values, min_size=1, max_size=3).map(tuple), max_size=6)


def _encoded(code: int, found: list[tuple[int, Any]]) -> bytes:
    try:
        return ipp_message.encode(IppMessage(code, 1, tuple(found)))
    except (ValueError, TypeError):
        return b""


_groups = st.lists(st.tuples(st.sampled_from([Group.JOB, Group.PRINTER, Group.UNSUPPORTED]), _attributes), max_size=3)
ipp_answers_drawn = drawn.damaged([PRINT_JOB, REFUSAL]) | st.builds(_encoded, st.integers(0, 0x5FF), _groups)


def read_ipp(data: bytes) -> None:
    """An answer of a printer, and everything that is made of it."""
    ipp_message.is_whole(data)
    answer = ipp_message.decode(data)
    ipp_link.status_text(answer)
    ipp_answers.ignored(answer)
    for _, found in answer.groups:
        ipp_answers.supplies(found)
        ipp_answers.tally(found)
        ipp_media.abilities(found, AS_IT_SAYS)
        for queue in (True, False):
            if ipp_answers.has_ended(found, queue):
                ipp_answers.ended(found, queue)
            ipp_answers.blocking([str(each) for each in ipp_message.every(found, "printer-state-reasons")], queue)


def read_chip(script: list[tuple[bytes, int]]) -> None:
    """A file of a card that answers anything at all."""
    card = Whimsical(script)
    try:
        FileReader(Card(card)).read("DG2")
    finally:
        assert card.count < MOST_COMMANDS


def write_chip(drawn_: tuple[str, list[tuple[bytes, int]]]) -> None:
    """A whole chip, written to such a card."""
    profile, script = drawn_
    card = Whimsical(script)
    work = Personalisation(card, part(profile, 300), personalisation.load(profile), uuid.UUID(int=1), Manager())
    try:
        work.encode()
        work.read_back()
    finally:
        assert card.count < MOST_COMMANDS


def read_objects(data: bytes) -> None:
    """Data objects, commands and answers to reset of a card."""
    for read in (tlv.parse, tlv.measure, tlv.security_infos, pace.infos, tlv.oid):
        _try(read, data, TlvError)
    Command.parse(data)
    capabilities(data)
    limits_from_info(data, chaining=False)


def _try(read: Callable[[bytes], object], data: bytes, refusal: type[Exception]) -> None:
    try:
        read(data)
    except refusal:
        return


def read_print_center(data: bytes) -> None:
    """An answer of Evolis' print center."""
    answer = print_center._parsed(data)
    if answer is not None:
        print_center._result(answer, "7")


def kept_messages(data: bytes) -> None:
    """What a station finds on its own disk."""
    for kind in (Order, Result, DeviceStatus):
        try:
            kind.model_validate_json(data)
        except ValidationError:
            continue


@cache
def bureau() -> Identity:
    """Whom a bureau's files are for; made at first use, since its key takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        sealed_file.make_identity(Path(folder), "bureau", dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
        return Identity.read(Path(folder))


def open_bureau_file(data: bytes) -> None:
    """A file that lies in a bureau's folder: what was sealed for it is damaged outside, or inside."""
    here = bureau()
    sealed_file.unpack(data, here, here.certificate)


def sealed_files() -> st.SearchStrategy[bytes]:
    """What was sealed for the bureau, damaged."""
    return drawn.damaged([sealed_file.pack(b"{}", bureau(), bureau().certificate)])


def objects_of_a_chip() -> st.SearchStrategy[bytes]:
    """Small files of a chip, damaged."""
    found = emrtd.part().files
    return drawn.damaged([found[name] for name in ("DG14", "CardAccess", "DG1", "COM")])


_center = [
    {"jsonrpc": "2.0", "id": "7", "result": "OK"},
    {"jsonrpc": "2.0", "id": "7", "error": {"code": 1, "message": "x"}},
]
_result = {"protocol": 5, "order_id": str(uuid.UUID(int=2)), "claim_id": str(uuid.UUID(int=3)), "outcome": "spoiled"}
_result_before = _result | {"protocol": 2, "message": "The ribbon is used up."}
_order = json.loads(make_order(uuid.UUID(int=2), uuid.UUID(int=3)).model_dump_json())
_status = {"protocol": 3, "state": "idle", "reasons": ["media-empty"], "cards_left": 3}

INPUTS = [
    Input("chips-read", 30_000, 60, cases=answers, read=read_chip, refusals=(ChipError,)),
    Input(
        "chips-written", 15_000, 40, 2_000,
        cases=st.tuples(st.sampled_from(PROFILES), answers), read=write_chip, refusals=(ChipError, CardRejected),
    ),
    Input(
        "data-objects", 90_000, 200,
        cases=st.deferred(objects_of_a_chip), read=read_objects,
    ),
    Input("ipp-answers", 70_000, 200, cases=ipp_answers_drawn, read=read_ipp, refusals=(IppFormatError,)),
    Input(
        "print-center", 20_000, 60,
        cases=drawn.messages(_center), read=read_print_center, refusals=(LinkBroken, PrintCenterError),
    ),
    Input(
        "station-files", 30_000, 60,
        cases=drawn.messages([_order, _result, _result_before, _status]), read=kept_messages,
    ),
    Input("bureau-files", 10_000, 20, cases=st.deferred(sealed_files), read=open_bureau_file, refusals=(FileRefused,)),
]  # fmt: skip
