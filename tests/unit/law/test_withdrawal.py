"""The law of the withdrawal as data: every ground of the articles, and the terms at their edges."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.errors import InvalidInput, RuleViolation
from issuance.law.persons import withdrawal as law
from issuance.law.persons.rights import LANGUAGES

# Typed once more from DIP Romania of the EUAA (seeds/003), not copied from the file: code -> kind.
REFUGEE = dict.fromkeys(("98-a", "98-b", "98-c", "98-d", "98-e", "98-f", "98-g"), "cessation")
REFUGEE |= dict.fromkeys(("100-a", "100-b"), "cancellation")
SUBSIDIARY = dict.fromkeys(("99-1", "99-2"), "cessation") | dict.fromkeys(("101-a", "101-b"), "cancellation")
EXCLUSIONS = {
    "25": {"25-a", "25-b", "25-c", "25-d", "25-terrorism"},
    "28": {"28-a", "28-b", "28-c", "28-d", "28-e", "28-terrorism"},
}
FRIDAY, THURSDAY_OF_NATIONAL_DAY = dt.date(2026, 11, 20), dt.date(2026, 11, 26)


def test_every_ground_of_the_articles_is_there_and_no_other() -> None:
    for status, grounds in (("refugee", REFUGEE), ("subsidiary", SUBSIDIARY)):
        assert {ground.code: ground.kind for ground in law.grounds_of(status)} == grounds
    assert law.grounds_of("applicant") == ()
    assert set(law.REVIEWED) == {ground.status for ground in law.grounds().values()}


def test_what_the_grounds_ask_for() -> None:
    grounds = law.grounds()
    assert {code: each.excludes for code, each in grounds.items() if each.excludes} == {"100-b": "25", "101-a": "28"}
    assert {code for code, each in grounds.items() if each.renounces} == {"98-g", "99-2"}
    assert {code for code, each in grounds.items() if each.exception} == {"98-e", "99-1"}
    letters = law.exclusions().values()
    assert {article: {each.code for each in letters if each.article == article} for article in EXCLUSIONS} == EXCLUSIONS


def test_every_ground_is_said_with_its_article_in_the_language_of_the_person() -> None:
    said = {code: [ground.in_(language) for language in LANGUAGES] for code, ground in law.grounds().items()}
    for code, texts in said.items():
        number, _, letter = code.partition("-")
        assert len({text.partition(": ")[2] for text in texts}) == len(LANGUAGES), code
        for text in texts:
            article = text.partition(": ")[0]
            assert number in article
            assert "122/2006" in article
            assert letter.isdigit() or letter in article.partition(number)[2]
    assert said["98-g"][:2] == [
        "Legea 122/2006, art. 98 lit. g): renunță expres, în scris, la statutul de refugiat",
        "Law 122/2006, Art 98(g): expressly renounces refugee status in writing",
    ]


def test_every_letter_is_in_both_languages_with_its_article() -> None:
    for each in law.exclusions().values():
        number, _, letter = each.code.partition("-")
        for text, word in ((each.legal_basis.ro, "art. "), (each.legal_basis.en, "Art ")):
            assert f"122/2006, {word}{number}" in text, each.code
            assert not (letter.isalpha() and len(letter) == 1) or letter in text.partition(number)[2], each.code
        assert each.title.ro != each.title.en


@pytest.mark.parametrize(
    ("codes", "status", "match"),
    [
        ((), "refugee", "Choose one of"),
        (("99-1",), "refugee", "Choose one of"),
        (("98-a",), "subsidiary", "Choose one of"),
        (("98-a", "100-a"), "refugee", "decided apart"),
        (("98-g", "98-a"), "refugee", "stands alone"),
        (("98-z",), "refugee", "Choose one of"),
    ],
)
def test_what_is_no_statement_of_grounds(codes: tuple[str, ...], status: str, match: str) -> None:
    with pytest.raises(InvalidInput, match=match) as refused:
        law.stated(codes, status)
    assert refused.value.field == "grounds"


def test_several_grounds_of_one_kind_are_stated_together() -> None:
    assert [ground.code for ground in law.stated(("98-c", "98-a"), "refugee")] == ["98-a", "98-c"]


@pytest.mark.parametrize(
    ("step", "procedure", "start", "last"),
    [
        ("notice", "regular", FRIDAY, dt.date(2026, 11, 27)),
        ("notice", "accelerated", FRIDAY, dt.date(2026, 11, 24)),
        # 30 November and 1 December are holidays
        ("notice", "accelerated", THURSDAY_OF_NATIONAL_DAY, dt.date(2026, 12, 2)),
        # over the night on which the clock goes back, and one on which it goes ahead
        ("appeal", "regular", dt.date(2026, 10, 19), dt.date(2026, 10, 29)),
        ("appeal", "accelerated", dt.date(2026, 3, 25), dt.date(2026, 4, 6)),
        # the tenth day is a Saturday: the next working day
        ("appeal", "regular", dt.date(2026, 11, 4), dt.date(2026, 11, 16)),
        # the tenth day is 1 December
        ("appeal", "regular", dt.date(2026, 11, 21), dt.date(2026, 12, 2)),
        ("hearing", "regular", dt.date(2026, 11, 2), dt.date(2026, 12, 2)),
        ("decision", "accelerated", dt.date(2026, 11, 2), dt.date(2026, 11, 12)),
    ],
)
def test_the_last_day_of_a_term(step: law.Step, procedure: str, start: dt.date, last: dt.date) -> None:
    assert law.term(step, start).last_day(start, procedure) == last


def test_every_term_says_that_it_is_assumed_since_no_source_names_one() -> None:
    assert all(term.assumptions for term in law.withdrawal().terms)


def test_before_the_law_there_was_no_review() -> None:
    with pytest.raises(RuleViolation, match=r"16\.08\.2006"):
        law.term("notice", dt.date(2006, 8, 15))
