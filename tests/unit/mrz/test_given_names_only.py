"""A zone whose name begins with fillers: a person without a surname, as some states write it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from printing.mrz import Mrz, MrzError


def test_given_names_only_are_read_and_not_written() -> None:
    """Indian passports of people without a surname begin their name field with fillers."""
    read = Mrz.parse(("PPIND<<EXAMPLE<NAME<<<<<<<<<<<<<<<<<<<<<<<<<", "C01X0006H1IND6408125F3110315<<<<<<<<<<<<<<06"))
    assert (read.primary_identifier, read.secondary_identifier) == ("", "EXAMPLE NAME")
    with pytest.raises(MrzError, match="primary identifier"):
        read.to_lines()
    with pytest.raises(MrzError, match="primary identifier"):
        replace(read, secondary_identifier="")
    permit = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "<<ANNA<MARIA".ljust(30, "<"))
    older = ("P<UTO<<ANNA<MARIA".ljust(44, "<"), "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
    title = ("I<UTO<<ANNA<MARIA".ljust(36, "<"), "D231458907UTO7408122F1204159<<<<<<<6")
    for lines in (permit, older, title):
        other = Mrz.parse(lines)
        assert (other.primary_identifier, other.secondary_identifier) == ("", "ANNA MARIA")
    for name in ("<EXAMPLE", "<<<EXAMPLE", "<<", ""):
        with pytest.raises(MrzError, match="position 6"):
            Mrz.parse((f"PPIND{name}".ljust(44, "<"), "C01X0006H1IND6408125F3110315<<<<<<<<<<<<<<06"))
