"""A misread number names its own check digit, which stands in the optional data when the number is long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from printing.mrz import Mrz, MrzError
from tests.unit.mrz.test_zone import BY_LAYOUT, with_character


@pytest.mark.parametrize(
    ("layout", "number", "line", "position", "character", "field"),
    [
        ("TD1", "RP0001234", 1, 15, "<", "document_number_check"),
        ("TD2", "RT0000001", 2, 10, "<", "document_number_check"),
        ("TD1", "D23145890734", 1, 6, "O", "optional_data_1"),
        ("TD1", "D23145890734", 1, 17, "1", "optional_data_1"),
        ("TD1", "D23145890734", 1, 19, "0", "optional_data_1"),
        ("TD2", "D2314589073", 2, 1, "O", "optional_data_1"),
        ("TD2", "D2314589073", 2, 31, "4", "optional_data_1"),
        ("TD1", "D23145890734", 1, 21, "8", "composite"),
    ],
)
def test_the_number_s_own_digit_is_named_before_the_composite(
    layout: str, number: str, line: int, position: int, character: str, field: str
) -> None:
    """That of a long number stands in the optional data."""
    lines = replace(BY_LAYOUT[layout], document_number=number, optional_data_1="").to_lines()
    with pytest.raises(MrzError) as caught:
        Mrz.parse(with_character(lines, line, position, character))
    assert caught.value.field == field
