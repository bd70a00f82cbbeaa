"""Request references: random, typed in any grouping, and one slip of the pen is always found."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from issuance.values import references
from issuance.values.references import ALPHABET

BODIES = st.text(ALPHABET, min_size=10, max_size=10)


def with_check(body: str) -> str:
    """The one continuation of `body` that is taken: the weighted sum over 11 places is 0 modulo 31."""
    (letter,) = [letter for letter in ALPHABET if references.normalise(body + letter)]
    return body + letter


def test_no_letter_looks_like_another() -> None:
    assert not set("01ILO") & set(ALPHABET)
    assert len(set(ALPHABET)) == 31


@given(BODIES)
def test_the_check_character_follows_the_rule(body: str) -> None:
    reference = with_check(body)
    assert sum(place * ALPHABET.index(letter) for place, letter in enumerate(reference, 1)) % 31 == 0


@given(BODIES, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(body: str, place: int, letter: str) -> None:
    right = with_check(body)
    wrong = right[:place] + letter + right[place + 1 :]
    assert (references.normalise(wrong) == right) is (wrong == right)
    assert wrong == right or references.normalise(wrong) is None


@given(BODIES)
def test_any_swap_of_two_characters_is_found(body: str) -> None:
    right = with_check(body)
    for one, other in itertools.combinations(range(11), 2):
        letters = list(right)
        letters[one], letters[other] = letters[other], letters[one]
        assert letters[one] == letters[other] or references.normalise("".join(letters)) is None


def test_fresh_references_are_right_and_different() -> None:
    fresh = [references.new_reference() for _ in range(500)]
    assert len(set(fresh)) == 500
    assert all(references.normalise(reference) == reference for reference in fresh)


@given(BODIES)
def test_grouping_case_and_spaces_do_not_matter(body: str) -> None:
    reference = with_check(body)
    assert references.normalise(f" {references.grouped(reference).lower()} ") == reference


@given(st.text(max_size=30))
def test_anything_else_is_no_reference(text: str) -> None:
    found = references.normalise(text)
    assert found is None or (len(found) == 11 and set(found) <= set(ALPHABET))


def test_a_code_is_no_reference_and_tells_a_wrong_letter() -> None:
    code = references.new_code()
    assert references.normalise_code(f" {references.grouped_code(code).lower()} ") == code
    assert (references.normalise(code), references.normalise_code(references.new_reference())) == (None, None)
    others = [letter for letter in ALPHABET if letter != code[0]]
    assert not any(references.normalise_code(letter + code[1:]) for letter in others)
