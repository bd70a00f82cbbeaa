"""Data objects as cards write them, where ASN.1 would write others."""

import pytest

from printing.chip import tlv
from printing.chip.lds import LdsError


@pytest.mark.parametrize(
    ("tag", "size", "head"),
    [(0x61, 0, "6100"), (0x5F0E, 127, "5F0E7F"), (0x7F61, 128, "7F618180"), (0x02, 256, "02820100")],
)
def test_tags_and_lengths(tag: int, size: int, head: str) -> None:
    """5F0E is the tag of a card although its number would fit one byte (Doc 9303-10, table 71)."""
    data = bytes.fromhex(head) + bytes(size)
    assert tlv.encode(tag, bytes(size)) == data
    assert tlv.decode(data + data, "DG1") == (tlv.DataObject(tag, bytes(size)),) * 2
    assert tlv.value(data, tag, "DG1") == bytes(size)


@pytest.mark.parametrize(
    "data", ["61", "5F", "5F0E", "6181", "610100" + "62", "6180" + "0000", "7F8101" + "00", "6185"]
)
def test_what_is_not_complete_is_refused(data: str) -> None:
    with pytest.raises(LdsError):
        tlv.decode(bytes.fromhex(data), "DG1")


def test_a_length_in_a_longer_form_is_refused() -> None:
    with pytest.raises(LdsError, match="DG1 has a length that is not in its shortest form"):
        tlv.decode(b"\x61\x81\x01\x00", "DG1")


def test_a_template_has_few_objects() -> None:
    assert len(tlv.decode(b"\x02\x00" * 64, "DG1")) == 64
    with pytest.raises(LdsError, match="more than 64 data objects"):
        tlv.decode(b"\x02\x00" * 65, "DG1")


def test_a_file_is_not_read_beyond_what_a_chip_holds() -> None:
    with pytest.raises(LdsError, match="not one complete"):
        tlv.value(b"\x61\x83\x01\x00\x00" + bytes(0x10000), 0x61, "DG1")
