"""Birth dates with unknown parts, as they are printed (E17)."""

from __future__ import annotations

import pytest

from printing.content import PartialDate


@pytest.mark.parametrize(
    ("text", "visual", "mrz"),
    [
        ("1968-02-01", "01 02 1968", "680201"),
        ("1968-XX-XX", "XX XX 1968", "68<<<<"),
        ("1968-02-XX", "XX 02 1968", "6802<<"),
        ("XXXX-XX-XX", "XX XX XXXX", "<<<<<<"),
    ],
)
def test_what_is_unknown_is_x_on_the_face_and_a_filler_in_the_zone(text: str, visual: str, mrz: str) -> None:
    date = PartialDate.parse(text)
    assert (date.visual, date.mrz, str(date)) == (visual, mrz, text)
