"""Status lists: the standard's own vectors, a list of ours at every place, and what is no list."""

from __future__ import annotations

import base64
import random
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest

from printing.lists import status_list
from printing.lists.status_list import ListError, Status, StatusList, place

STANDARD: dict[str, Any] = tomllib.loads(Path(__file__).with_name("standard.toml").read_text("utf-8"))


def unarmoured(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("vector", STANDARD["lists"], ids=lambda vector: f"{vector['bits']} bits")
def test_the_vectors_of_the_standard_read_as_it_says(vector: dict[str, Any]) -> None:
    read = StatusList.of(vector["bits"], unarmoured(vector["lst"]))
    named = {index: value for index, value in vector["statuses"]}
    assert len(read) == 1 << 20
    assert {index: read[index] for index in named} == named
    others = random.Random(1).sample(range(1 << 20), 2000)
    assert not [index for index in others if read[index] and index not in named]


def test_the_vector_of_two_bits_is_written_as_the_standard_writes_it() -> None:
    [vector] = [each for each in STANDARD["lists"] if each["bits"] == 2]
    data = bytearray(1 << 18)
    for index, value in vector["statuses"]:
        status_list.put(data, index, Status(value))
    assert zlib.decompress(unarmoured(vector["lst"])) == data


def test_a_list_holds_what_was_put_and_never_issued_elsewhere() -> None:
    data, chosen = status_list.new(), random.Random(2)
    put = {index: chosen.choice(list(Status)) for index in chosen.sample(range(status_list.SIZE), 3000)}
    put |= {0: Status.VALID, status_list.SIZE - 1: Status.SUSPENDED}
    for index, status in put.items():
        status_list.put(data, index, Status.INVALID)
        status_list.put(data, index, status)
    read = StatusList.of(2, status_list.pack(data))
    assert len(read) == status_list.SIZE
    assert {index: read[index] for index in put} == put
    assert [read[index] for index in range(2000) if index not in put].count(Status.NEVER_ISSUED) > 1900


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("RP1000423", ("RP1", 423)),
        ("C01000000", ("C01", 0)),
        ("TI9999999", ("TI9", 999_999)),
        ("RP10004A3", None),
        ("", None),
        ("١٢٣٤٥٦٧٨٩", None),
        ("R/P000423", None),
    ],
)
def test_a_number_has_its_list_and_its_place(number: str, found: tuple[str, int] | None) -> None:
    assert place(number) == found


@pytest.mark.parametrize(
    ("bits", "packed"),
    [
        (3, zlib.compress(b"1")),
        (2, b""),
        (2, b"no zlib"),
        (2, zlib.compress(b"12345" * 9)[:-3]),
        (2, zlib.compress(b"1") + b"more"),
        (2, zlib.compress(bytes(1 << 26))),
    ],
)
def test_what_is_no_list_is_refused(bits: int, packed: bytes) -> None:
    with pytest.raises(ListError):
        StatusList.of(bits, packed)


def test_nothing_is_looked_up_beyond_the_end() -> None:
    read = StatusList.of(2, status_list.pack(status_list.new()))
    for index in (-1, status_list.SIZE):
        with pytest.raises(IndexError):
            read[index]
