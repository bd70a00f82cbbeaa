"""IPP messages: the worked examples of RFC 8010, properties, and bytes that are no message."""

from __future__ import annotations

import datetime as dt
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.links.ipp_message import (
    Group,
    IppFormatError,
    IppMessage,
    Tag,
    Value,
    decode,
    encode,
    every,
    is_whole,
    one,
)


def item(tag: int, name: str, value: bytes) -> bytes:
    """One attribute as RFC 8010 figure 4 draws it, written here by hand."""
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value


CHARSET = item(0x47, "attributes-charset", b"utf-8") + item(0x48, "attributes-natural-language", b"en-us")

# RFC 8010 appendix A.1, Print-Job request with job attributes.
PRINT_JOB = (
    bytes.fromhex("0101 0002 00000001 01")
    + CHARSET
    + item(0x45, "printer-uri", b"ipp://printer.example.com/ipp/print/pinetree")
    + item(0x42, "job-name", b"foobar")
    + item(0x22, "ipp-attribute-fidelity", b"\x01")
    + b"\x02"
    + item(0x21, "copies", bytes.fromhex("00000014"))
    + item(0x44, "sides", b"two-sided-long-edge")
    + b"\x03"
    + b"%!PDF..."
)

# RFC 8010 appendix A.3: client-error-attributes-or-values-not-supported, with an out-of-band value.
REFUSAL = (
    bytes.fromhex("0101 040B 00000001 01")
    + CHARSET
    + item(0x41, "status-message", b"client-error-attributes-or-values-not-supported")
    + b"\x05"
    + item(0x21, "copies", bytes.fromhex("00000014"))
    + item(0x10, "sides", b"")
    + b"\x03"
)

# RFC 8010 appendix A.7, the collection media-col with a collection in it.
COLLECTION = (
    bytes.fromhex("0101 0002 00000001 02")
    + item(0x34, "media-col", b"")
    + item(0x4A, "", b"media-size")
    + item(0x34, "", b"")
    + item(0x4A, "", b"x-dimension")
    + item(0x21, "", struct.pack(">i", 21000))
    + item(0x4A, "", b"y-dimension")
    + item(0x21, "", struct.pack(">i", 29700))
    + item(0x37, "", b"")
    + item(0x4A, "", b"media-type")
    + item(0x44, "", b"stationery")
    + item(0x37, "", b"")
    + b"\x03"
)


def test_reads_the_print_job_of_the_rfc() -> None:
    message = decode(PRINT_JOB)
    assert (message.version, message.code, message.request_id, message.data) == ((1, 1), 2, 1, b"%!PDF...")
    (operation,), (job,) = message.groups_of(Group.OPERATION), message.groups_of(Group.JOB)
    assert one(operation, "job-name") == "foobar"
    assert one(operation, "ipp-attribute-fidelity") is True
    assert (one(job, "copies"), one(job, "sides")) == (20, "two-sided-long-edge")


def test_reads_the_refusal_of_the_rfc() -> None:
    message = decode(REFUSAL)
    (unsupported,) = message.groups_of(Group.UNSUPPORTED)
    assert message.code == 0x040B
    assert unsupported["sides"] == (Value(Tag.UNSUPPORTED, None),)
    assert one(unsupported, "sides", "nothing") == "nothing"


def test_reads_the_collection_of_the_rfc() -> None:
    (job,) = decode(COLLECTION).groups_of(Group.JOB)
    media = one(job, "media-col")
    assert one(one(media, "media-size"), "y-dimension") == 29700
    assert one(media, "media-type") == "stationery"


@pytest.mark.parametrize("example", [PRINT_JOB, REFUSAL, COLLECTION])
def test_writes_the_examples_as_they_stand(example: bytes) -> None:
    assert encode(decode(example)) == example


def test_further_values_have_no_name() -> None:
    data = bytes.fromhex("0200 0000 00000001 04") + item(0x23, "operations-supported", struct.pack(">i", 2))
    message = decode(data + item(0x23, "", struct.pack(">i", 4)) + b"\x03")
    assert every(message.groups_of(Group.PRINTER)[0], "operations-supported") == [2, 4]


def test_date_of_the_rfc_2579() -> None:
    """RFC 2579: 1992-5-26,13:30:15.0,-4:0."""
    data = bytes.fromhex("07C8 05 1A 0D 1E 0F 00 2D 04 00")
    message = decode(bytes.fromhex("0200 0000 00000001 04") + item(0x31, "date", data) + b"\x03")
    moment = one(message.groups_of(Group.PRINTER)[0], "date")
    assert moment.isoformat() == "1992-05-26T13:30:15-04:00"


QUICK = settings(max_examples=60, deadline=None)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
INT = st.integers(-(2**31), 2**31 - 1)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
DATES = st.datetimes(timezones=ZONES).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 100_000 * 100_000)
)
TEXTS = st.text(max_size=40)
SIMPLE = st.one_of(
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), INT),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.sampled_from([Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.MIME]), TEXTS),
    st.builds(Value, st.just(Tag.OCTETS), st.binary(max_size=40)),
    st.builds(Value, st.just(Tag.RANGE), st.tuples(INT, INT)),
    st.builds(Value, st.just(Tag.RESOLUTION), st.tuples(INT, INT, st.integers(3, 4))),
    st.builds(Value, st.just(Tag.DATE_TIME), DATES),
    st.builds(Value, st.just(Tag.TEXT_LANGUAGE), st.tuples(TEXTS, TEXTS)),
    st.builds(Value, st.sampled_from([Tag.NO_VALUE, Tag.UNKNOWN, Tag.UNSUPPORTED]), st.none()),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.builds(
        Value,
        st.just(Tag.BEGIN_COLLECTION),
        st.dictionaries(NAMES, st.lists(inner, min_size=1, max_size=3).map(tuple), max_size=3),
    ),
    max_leaves=5,
)
GROUPS = st.tuples(
    st.sampled_from([1, 2, 4, 5]),
    st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=3).map(tuple), max_size=4),
)
MESSAGES = st.builds(
    IppMessage,
    st.integers(0, 0x7FFF),
    st.integers(1, 2**31 - 1),
    st.lists(GROUPS, max_size=3).map(tuple),
    st.binary(max_size=50),
)


@QUICK
@given(MESSAGES)
def test_what_is_written_is_read(message: IppMessage) -> None:
    assert decode(encode(message)) == message


def reads_or_says_why(data: bytes) -> None:
    """Anything but a message or an IppFormatError fails the test."""
    with suppress(IppFormatError):
        assert isinstance(decode(data), IppMessage)


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    reads_or_says_why(data)
    reads_or_says_why(bytes.fromhex("0200 0000 00000001 01") + data)


@QUICK
@given(MESSAGES, st.data())
def test_any_change_of_a_message_is_read_or_refused(message: IppMessage, data: st.DataObject) -> None:
    raw = bytearray(encode(message))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    reads_or_says_why(bytes(raw))


@QUICK
@given(MESSAGES, st.data())
def test_a_message_cut_in_its_attributes_is_refused(message: IppMessage, data: st.DataObject) -> None:
    raw = encode(message)
    end = len(raw) - len(message.data)
    with pytest.raises(IppFormatError):
        decode(raw[: data.draw(st.integers(0, end - 1))])


HEAD = bytes.fromhex("0200 0000 00000001 04")
BEFORE, AFTER = item(0x23, "printer-state", struct.pack(">i", 3)), item(0x22, "printer-is-accepting-jobs", b"\x01")
DEEP = (item(0x4A, "", b"a") + item(0x34, "", b"")) * 5000
WRONG_VALUES = {
    "a Latin-1 name": (item(0x42, "x", b"Ruban usag\xe9"), "Ruban usag\N{REPLACEMENT CHARACTER}"),
    "a Latin-1 text with its language": (item(0x35, "x", b"\0\2fr\0\3\xe9t\xe9"), ("fr", "\ufffdt\ufffd")),
    "a text whose language is longer than it": (item(0x36, "x", b"\0\x09fr"), b"\0\x09fr"),
    "a date of zeros": (item(0x31, "x", bytes(8) + b"+\0\0"), bytes(8) + b"+\0\0"),
    "a date without a zone": (item(0x31, "x", bytes.fromhex("07C8051A0D1E0F00")), bytes.fromhex("07C8051A0D1E0F00")),
    "an enum of one byte": (item(0x23, "x", b"\3"), b"\3"),
    "a boolean of four bytes": (item(0x22, "x", bytes(4)), bytes(4)),
    "a range of one number": (item(0x33, "x", bytes(4)), bytes(4)),
    "a resolution without its unit": (item(0x32, "x", bytes(8)), bytes(8)),
    "an extension without its tag": (item(0x7F, "x", b"\1"), b"\1"),
    "a collection without an end": (
        item(0x34, "x", b"") + item(0x4A, "", b"media-type") + item(0x44, "", b"card"),
        item(0x4A, "", b"media-type") + item(0x44, "", b"card"),
    ),
    "a collection within another without an end": (
        item(0x34, "x", b"") + item(0x4A, "", b"a") + item(0x34, "", b"") + item(0x37, "", b""),
        item(0x4A, "", b"a") + item(0x34, "", b"") + item(0x37, "", b""),
    ),
    "a member's value before its name": (
        item(0x34, "x", b"") + item(0x44, "", b"card") + item(0x37, "", b""),
        item(0x44, "", b"card") + item(0x37, "", b""),
    ),
    "collections in one another without an end": (item(0x34, "x", b"") + DEEP, DEEP),
}


@pytest.mark.parametrize("what", WRONG_VALUES)
@pytest.mark.parametrize("after", [AFTER, b"\x04" + AFTER, b""])
def test_a_wrong_value_is_all_that_is_lost(what: str, after: bytes) -> None:
    written, value = WRONG_VALUES[what]
    message = decode(HEAD + BEFORE + written + after + b"\x03")
    found = {name: one(group, name) for group in message.groups_of(Group.PRINTER) for name in group}
    expected = {"printer-state": 3, "x": value} | ({"printer-is-accepting-jobs": True} if after else {})
    assert found == expected


def test_a_wrong_value_among_right_ones_is_its_bytes() -> None:
    levels = item(0x21, "marker-levels", struct.pack(">i", 7)) + item(0x21, "", b"\1") + item(0x21, "", bytes(4))
    assert every(decode(HEAD + levels + b"\x03").groups_of(Group.PRINTER)[0], "marker-levels") == [7, b"\1", 0]


def test_an_attribute_that_comes_again_does_not_count() -> None:
    """Its further values too, and none of them come to the attribute before (ippeveprinter with `-a`)."""
    twice = item(0x44, "media", b"a") + item(0x44, "sides", b"one-sided") + item(0x44, "media", b"b")
    said = decode(bytes.fromhex("0200 0000 00000001 04") + twice + item(0x44, "", b"c") + b"\x03").groups[0][1]
    assert said == {"media": (Value(0x44, "a"),), "sides": (Value(0x44, "one-sided"),)}


@pytest.mark.parametrize("stray", [item(0x37, "", b""), item(0x4A, "", b"member"), item(0x21, "", bytes(4))])
def test_a_value_that_belongs_to_nothing_is_left_out(stray: bytes) -> None:
    assert decode(HEAD + stray + BEFORE + b"\x03") == decode(HEAD + BEFORE + b"\x03")


@QUICK
@given(st.integers(0x10, 0x7F).filter(lambda tag: tag not in (0x34, 0x37, 0x4A)), st.binary(max_size=60))
def test_no_bytes_of_a_value_lose_more_than_the_value(tag: int, data: bytes) -> None:
    message = decode(HEAD + BEFORE + item(tag, "x", data) + AFTER + b"\x03")
    (printer,) = message.groups_of(Group.PRINTER)
    assert list(printer) == ["printer-state", "x", "printer-is-accepting-jobs"]
    assert (one(printer, "printer-state"), one(printer, "printer-is-accepting-jobs")) == (3, True)


COLLECTION_TAGS = st.one_of(st.sampled_from([0x34, 0x37, 0x4A]), st.integers(0x10, 0x7F))


@QUICK
@given(st.lists(st.tuples(COLLECTION_TAGS, st.binary(max_size=8)), max_size=12))
def test_no_parts_of_a_collection_lose_more_than_the_collection(parts: list[tuple[int, bytes]]) -> None:
    inside = b"".join(item(tag, "", data) for tag, data in parts)
    message = decode(HEAD + BEFORE + item(0x34, "x", b"") + inside + AFTER + b"\x03")
    (printer,) = message.groups_of(Group.PRINTER)
    assert (one(printer, "printer-state"), one(printer, "printer-is-accepting-jobs")) == (3, True)


@QUICK
@given(MESSAGES)
def test_the_end_of_a_message_is_known(message: IppMessage) -> None:
    raw = encode(replace(message, data=b""))
    assert is_whole(raw)
    assert not is_whole(raw[:-1])


@pytest.mark.parametrize("length", ["8000", "FFFF", "7FFF"])
def test_a_length_beyond_the_message_is_refused(length: str) -> None:
    with pytest.raises(IppFormatError, match=r"announced|negative"):
        decode(bytes.fromhex(f"0200 0000 00000001 01 47 {length}") + b"abc")


def test_a_value_that_is_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="32767"):
        encode(IppMessage(2, 1, ((Group.JOB, {"job-name": (Value(Tag.NAME, "x" * 40_000),)}),)))
