"""Our DataMatrix: the standard's own example, and every size read back by two other programs."""

import random
from importlib.util import find_spec

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from printing.errors import ContentError, FitError
from printing.pages import datamatrix, symbols
from printing.seals.profiles import PROFILES
from tests.counterparts import missing

SIDES = sorted(datamatrix.CODEWORDS)
SEALS = {profile.modules for profile in PROFILES.values()}
BOX = (0, 0, 100, 100)


def contents(side, count, seed):
    """Bytes of every length, the longest and all-equal ones among them."""
    chance, most = random.Random(f"{seed} {side}"), datamatrix.capacity(side)
    edges = [
        bytes(most),
        b"\xff" * most,
        b"\x81" * (most - 1) or b"\x81",
        b"\xe7",
        b"0" * most,
        bytes(range(256))[:most],
    ]
    return (edges + [chance.randbytes(chance.randint(1, most)) for _ in range(count)])[:count]


def modules(rows, side):
    return np.unpackbits(np.frombuffer(rows, np.uint8).reshape(side, -1), axis=1, count=side)


def picture(dark, dots=4):
    """Its modules of so many dots, with two modules of white around."""
    side = np.kron(255 - 255 * dark, np.ones((dots, dots), np.uint8))
    return np.pad(side, 2 * dots, constant_values=255).astype(np.uint8)


def read(dark):
    """What zxing-cpp reads, with the standard's name of the kind of symbol and its size."""
    found = zxingcpp.read_barcodes(picture(dark), formats=symbols.DATA_MATRIX)
    return [(one.bytes, one.symbology_identifier, one.extra["Version"]) for one in found]


def test_the_worked_example_of_the_standard():
    """123456 in 10 x 10 (ISO/IEC 16022, annex O): check codewords and every module, as zint draws them too."""
    (rows,) = datamatrix._symbols(np.array([[142, 164, 186]], np.uint8), 10)
    drawn = "AA8 CB4 C10 C74 C20 83C EC0 F64 9D0 FFC"
    assert rows == b"".join(bytes.fromhex(row + "0") for row in drawn.split())
    shares = datamatrix._size(10).shares.reshape(3, 256, -1)
    checks = np.bitwise_xor.reduce([shares[place, byte] for place, byte in enumerate((142, 164, 186))])
    assert [*checks.view(np.uint8)[:5]] == [114, 25, 5, 88, 102]


@pytest.mark.parametrize("side", SIDES)
def test_every_size_is_read_back(side):
    messages = contents(side, 1000 if side in SEALS else 100, "zxing-cpp")
    for message, rows in zip(messages, datamatrix.encode_many(messages, side), strict=True):
        assert read(modules(rows, side)) == [(message, "]d1", f"{side}x{side}")]


@pytest.mark.parametrize("side", SIDES)
def test_libdmtx_reads_every_size_back(side):
    if find_spec("arbez_dmtx") is None:
        missing("No libdmtx, the second reader. `make test` installs it.")
    from arbez_dmtx import decode

    messages = contents(side, 1000 if side in SEALS else 100, "libdmtx")
    for message, rows in zip(messages, datamatrix.encode_many(messages, side), strict=True):
        found = decode(Image.fromarray(picture(modules(rows, side), 5)), max_count=1)
        assert [one.data for one in found] == [message]


@pytest.mark.parametrize("side", SIDES)
def test_as_many_wrong_codewords_as_the_checks_mend_are_mended(side):
    """All bits of a codeword are turned over; one more is not read, or the test would spoil nothing."""
    data, checks = datamatrix.CODEWORDS[side]
    chance, source = random.Random(side), datamatrix._size(side).source
    message = contents(side, 7, "damage")[-1]
    dark = modules(*datamatrix.encode_many([message], side), side)
    for wrong, readable in ((checks // 2, True), (checks // 2 + 1, False)):
        spoilt = np.isin(source // 8, chance.sample(range(data + checks), wrong)) & (source < 8 * (data + checks))
        assert (read(dark ^ spoilt) == [(message, "]d1", f"{side}x{side}")]) is readable


def test_many_are_each_as_one_alone_whatever_their_lengths():
    messages = contents(44, 60, "lengths")
    together = datamatrix.encode_many(messages, 44)
    assert together == [datamatrix.encode_many([message], 44)[0] for message in messages]
    assert len(set(together)) == len(set(messages))
    assert [symbol.rows for symbol in symbols.data_matrices(messages, 44, BOX, 0.3)] == together
    assert symbols.data_matrices(messages, 44, BOX, 0.3)[7] == symbols.data_matrix(messages[7], 44, BOX, 0.3)
    assert datamatrix.encode_many([], 44) == symbols.data_matrices([], 44, BOX, 0.3) == []


@pytest.mark.parametrize("side", SIDES)
def test_too_long_or_empty_is_refused_by_its_field(side):
    for wrong in (bytes(datamatrix.capacity(side) + 1), b""):
        with pytest.raises(ContentError, match=f"sheet: {len(wrong)} bytes do not fit a DataMatrix of {side} x {side}"):
            datamatrix.encode_many([b"x", wrong], side, "sheet")


def test_one_of_many_that_does_not_fit_its_place_refuses_them():
    with pytest.raises(FitError, match="seal: 9 characters"):
        symbols.data_matrices([b"x", b"x" * 9], 44, (0, 0, 20, 20), 0.3)


@pytest.mark.parametrize("side", sorted(set(symbols.DATA_MATRIX_SIZES) - set(SIDES)))
def test_larger_sizes_come_from_zxing(side):
    drawn = symbols.data_matrix(b"\x00\xffseal", side, (0, 0, 400, 400), 0.3)
    assert read(modules(drawn.rows, side)) == [(b"\x00\xffseal", "]d1", f"{side}x{side}")]
    with pytest.raises(ContentError, match=f"seal: 2000 bytes do not fit a DataMatrix of {side} x {side}"):
        symbols.data_matrix(bytes(2000), side, (0, 0, 400, 400), 0.3)
