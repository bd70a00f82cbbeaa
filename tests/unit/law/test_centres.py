"""The centres a register is founded with."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from issuance.law.blocks import read
from issuance.law.office.centres import FoundingCentre, FoundingCentres, founding_centres


def test_the_six_regional_centres() -> None:
    codes = [centre.code for centre in founding_centres()]
    assert codes == ["bucuresti", "timisoara", "galati", "radauti", "somcuta", "giurgiu"]
    assert all(centre.name.split()[0] in centre.address for centre in founding_centres())


def test_each_has_its_opening_hours_in_the_form_the_pages_read() -> None:
    form = re.compile(r"(Mo|Tu|We|Th|Fr|Sa|Su)(-\w\w)?( \d\d:\d\d-\d\d:\d\d,?)+")
    assert all(form.fullmatch(centre.opening_hours) for centre in founding_centres())


def test_what_is_assumed_is_said_in_both_languages() -> None:
    data = FoundingCentres.model_validate(read("office/centres.toml"))
    assert data.assumptions
    assert all(text.ro != text.en for text in (data.legal_basis, *data.assumptions))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="phone"):
        FoundingCentre.model_validate(founding_centres()[0].model_dump() | {"phone": "0"})
