"""Whose document says that its holder may work: what was read, with its article, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from issuance import document_types
from issuance.law.documents.work import Work, may_work, work
from issuance.law.persons import rights

TODAY = dt.date(2026, 11, 30)


@pytest.mark.parametrize(
    ("document_type", "article"),
    [
        ("RP-R", "Law 122/2006, Art 20(1)(c)"),
        ("RP-S", "Ordinance 44/2004"),
        ("RC", ""),
        ("TID", ""),
        ("TPP", ""),
        ("TD-C", ""),
        ("TD-S", ""),
        ("RT", ""),
    ],
)
def test_each_document_type_says_what_was_read(document_type: str, article: str) -> None:
    assert rights.places(may_work(document_type, TODAY), "en") == article


def test_before_its_first_day_nothing_is_said() -> None:
    assert may_work("RP-R", dt.date(2019, 12, 31)) == ()


def test_its_types_are_types_and_its_articles_are_read_to_people_too() -> None:
    assert {each for rule in work().rules for each in rule.types} <= set(document_types.load())
    assert all(rights.places(rule.at, language) for rule in work().rules for language in rights.LANGUAGES)
    assert "were not read" in work().assumptions[0].en


def test_a_law_that_is_not_there_is_refused() -> None:
    rule = {"from": dt.date(2020, 1, 1), "types": ("RP-R",), "at": ("statute 1",)}
    with pytest.raises(ValidationError, match="names a law"):
        Work.model_validate({"rules": [rule]})
