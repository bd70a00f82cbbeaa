"""Terms by the day they are in force: registration, retention."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from issuance.errors import RuleViolation
from issuance.law.blocks import DatedBlock, in_force, oldest_first
from issuance.law.documents.retention import RetentionRules, retention_rules, retention_rules_on
from issuance.law.persons.registration import registration_rules

OFFICE_RULE = {"ro": "regulă a oficiului", "en": "office rule"}


def block(start: str) -> DatedBlock:
    return DatedBlock.model_validate({"from": dt.date.fromisoformat(start), "legal_basis": OFFICE_RULE})


def test_the_newest_block_that_has_begun_is_in_force() -> None:
    blocks = oldest_first([block("2026-06-12"), block("2020-01-01")])
    wanted = {"2020-01-01": blocks[0], "2026-06-11": blocks[0], "2026-06-12": blocks[1], "2030-01-01": blocks[1]}
    for day, found in wanted.items():
        assert in_force(blocks, dt.date.fromisoformat(day), rule="E1", field="day", too_early="No.") is found


def test_before_the_first_block_the_article_and_the_day_are_named() -> None:
    with pytest.raises(RuleViolation, match=r"^Known from 01\.01\.2020\. \(office rule\)$") as caught:
        in_force(
            [block("2020-01-01")], dt.date(2019, 12, 31), rule="E22", field="day", too_early="Known from %(start)s."
        )
    assert (caught.value.rule, caught.value.legal_basis, caught.value.field) == ("E22", "office rule", "day")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="days_kept"):
        RetentionRules.model_validate(retention_rules()[0].model_dump(by_alias=True) | {"days_kept": 3})


def test_ninety_days_after_a_request_ended_without_a_document() -> None:
    rules = retention_rules_on(dt.date(2026, 11, 21))
    assert rules.ended_before(dt.date(2026, 11, 21)) == dt.date(2026, 8, 23)
    assert rules.legal_basis.en == "Regulation (EU) 2016/679, Art 5(1)(e)"
    assert "90 days" in rules.assumptions[0].en


def test_no_retention_before_the_regulation() -> None:
    with pytest.raises(RuleViolation, match=r"known from 25\.05\.2018"):
        retention_rules_on(dt.date(2018, 5, 24))


def test_every_block_names_its_law_in_both_languages() -> None:
    for rules in (*registration_rules(), *retention_rules()):
        for text in (rules.legal_basis, *rules.assumptions):
            assert text.ro.strip()
            assert text.en.strip()
            assert text.ro != text.en
