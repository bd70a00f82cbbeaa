"""How names sound: the spellings of one name in several scripts are one; other names are others."""

from __future__ import annotations

import pytest

from issuance.values.sounds import of_word, sound_alike, sounds


@pytest.mark.parametrize(
    "spellings",
    [
        "Hasan Hassan Хасан حسن",
        "Muhammad Mohammed Мохаммед محمد Mohamad",
        "Yusuf Youssef Юсуф يوسف",
        "Omar Umar Омар عمر",
        "Al-Masri Elmasry Аль-Масри المصري",
        "Khaled Khalid Халед خالد",
        "Fatima Fatemeh Фатима فاطمة فاطمه",
        "Jamal Gamal Djamal Джамал جمال",
        "Shevchenko Ševčenko Шевченко",
        "Oksana Oxana Оксана",
        "Aisha Ayesha Айша عائشة",
        "Walid Valid وليد",
    ],
)
def test_spellings_of_one_name_sound_the_same(spellings: str) -> None:
    heard = {tuple(sounds(name)) for name in spellings.split()}
    assert len(heard) == 1
    assert all(heard.pop())


def test_other_names_sound_otherwise() -> None:
    names = ["Hasan", "Karim", "Layla", "Omar", "Yusuf", "Khaled", "Fatima", "Tariq", "Nasima", "Sita", "Ram"]
    assert len({tuple(sounds(name)) for name in names}) == len(names)


@pytest.mark.parametrize("word", ["al", "el", "শফিকুর", ""])
def test_articles_and_scripts_without_a_table_find_nobody(word: str) -> None:
    assert of_word(word) == ""


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (["MSR", "HSN"], ["HSN", "MSR"], True),
        (["MSR", "HSN"], ["MSR", "HSN", "AL"], True),
        (["MSR"], ["MSR", "HSN"], False),
        (["MSR"], ["MSR"], True),
        (["MSR", "HSN"], ["MSR", "KRM"], False),
        ([], [], False),
        ([], ["MSR"], False),
    ],
)
def test_names_are_alike_by_two_sounds_or_all(one: list[str], other: list[str], alike: bool) -> None:
    assert sound_alike(one, other) is alike
    assert sound_alike(other, one) is alike
