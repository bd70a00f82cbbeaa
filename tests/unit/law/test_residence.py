"""The terms of a change of residence (E11): data with their articles, and what was assumed."""

from __future__ import annotations

import datetime as dt

from issuance import document_types
from issuance.law.persons.residence import (
    late_reasons,
    printed_by,
    reported,
    residence_rules,
    residence_rules_on,
    typed,
)
from printing.faces import layout


def test_the_term_of_a_review_is_the_laws_and_the_others_are_assumed() -> None:
    rules = residence_rules_on(dt.date(2026, 11, 2))
    assert (rules.review.days, rules.review.legal_basis.en) == (5, "Law 122/2006, Art 103(2)")
    assert "No source read sets a term outside a review" in rules.otherwise.assumptions[0].en
    assert rules.of("review") is rules.review
    assert rules.of("otherwise") is rules.otherwise
    assert residence_rules_on(dt.date(2001, 1, 1)) is residence_rules()[0]
    for part in (rules.review, rules.otherwise, rules.replacement, rules.leaving):
        assert all(text.ro != text.en for text in (part.legal_basis, *part.assumptions))


def test_days_are_counted_over_the_ends_of_months_and_years() -> None:
    term = residence_rules()[0].review
    assert term.after(dt.date(2026, 12, 28)) == dt.date(2027, 1, 2)
    assert term.after(dt.date(2028, 2, 25)) == dt.date(2028, 3, 1)


def test_those_types_print_an_address_whose_face_does() -> None:
    def says_it(name: str) -> bool:
        return any(value.value == "address" for face in layout.load(name).faces for value in face.values)

    found = {code for code, kind in document_types.load().items() if says_it(kind.face.layout)}
    assert printed_by() == found


def test_codes_are_known() -> None:
    assert set(typed()) < set(reported())
    assert late_reasons()["ill"].en == "the person was ill or in hospital"
