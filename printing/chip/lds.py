"""Data groups of the logical data structure, LDS 1 (Doc 9303-10): the elementary files of the chip, with their tags."""

from __future__ import annotations

import re

from asn1crypto import parser

from printing.mrz import LINE_SIZES, Mrz

_APPLICATION = 1
_PRIMITIVE, _CONSTRUCTED = 0, 1
_DG1_TEMPLATE = 1  # tag 61
_MRZ_OBJECT = 31  # tag 5F1F


class LdsError(ValueError):
    """A data group that is not what Doc 9303-10 says; `data_group` names it. The message holds nothing personal."""

    def __init__(self, data_group: str, problem: str) -> None:
        self.data_group = data_group
        super().__init__(f"{data_group} {problem}.")


def dg1(mrz_lines: tuple[str, ...]) -> bytes:
    """The complete file EF.DG1 (tag 61): these lines in one data object 5F1F (Doc 9303-10, 4.7.1).

    MrzError when the lines are no machine readable zone: what is wrong in print never reaches a chip.
    """
    Mrz.parse(mrz_lines)
    return _encode_dg1("".join(mrz_lines))


def parse_dg1(data: bytes) -> tuple[str, ...]:
    """The lines in a complete file EF.DG1; LdsError when it is malformed.

    Check digits are not looked at: `Mrz.parse` does, and names what is wrong.
    """
    mrz = _value(_value(data, _CONSTRUCTED, _DG1_TEMPLATE, "61"), _PRIMITIVE, _MRZ_OBJECT, "5F1F")
    if not re.fullmatch(b"[A-Z0-9<]*", mrz):
        raise LdsError("DG1", "holds characters other than A-Z, 0-9 and <")
    lengths = {count * length: length for count, length in LINE_SIZES.values()}
    if len(mrz) not in lengths:
        raise LdsError("DG1", f"holds {len(mrz)} characters, expected 90 (TD1), 72 (TD2) or 88 (TD3)")
    text = mrz.decode("ascii")
    if _encode_dg1(text) != data:
        raise LdsError("DG1", "has a length that is not in its shortest form")
    length = lengths[len(mrz)]
    return tuple(text[start : start + length] for start in range(0, len(text), length))


def _encode_dg1(mrz: str) -> bytes:
    inner = parser.emit(_APPLICATION, _PRIMITIVE, _MRZ_OBJECT, mrz.encode("ascii"))
    return bytes(parser.emit(_APPLICATION, _CONSTRUCTED, _DG1_TEMPLATE, inner))


def _value(data: bytes, method: int, number: int, tag: str) -> bytes:
    """The value of the one data object in `data`, which must have this tag."""
    try:
        found_class, found_method, found_number, _, value, _ = parser.parse(data, strict=True)
    except (ValueError, TypeError):
        raise LdsError("DG1", f"is not one complete data object where tag {tag} is expected") from None
    if (found_class, found_method, found_number) != (_APPLICATION, method, number):
        raise LdsError("DG1", f"has another tag where {tag} is expected")
    return bytes(value)
