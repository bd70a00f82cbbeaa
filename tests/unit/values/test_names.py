"""Names as they come: what is kept, what is refused and how it is said, who is similar to whom."""

from __future__ import annotations

import pytest

from issuance.errors import InvalidInput
from issuance.values.names import (
    check_latin_name,
    check_name,
    check_text,
    dates_agree,
    is_latin,
    is_similar,
    search_key,
    similarity,
    split_representative,
)


@pytest.mark.parametrize(
    "name",
    [
        "Al-Masri",
        "Md. Shafiqur",
        "O'Connor-Ndiaye",
        "Müller-Öztürk",
        "Țurcanu-Șerban",
        "Шевченко",
        "ليلى المصري",
        "محمد ضیاء الرحمٰن",
        "مهدی رضایی\u200cپور",
        "মোঃ শফিকুর রহমান",
        "राम बहादुर श्रेष्ठ",
        "བསྟན་འཛིན་རྒྱ་མཚོ་",
        "ヤマダ タロー",
        "マリア・ガルシア",
        "佐々木 はなこ",
        "买买提·艾力",
        "ᠣᠶᠤᠨ\u180eᠠ",
        "ⵜⴰⵎⵖⵔⴰⵜ ⵉⴳⵯⴷ",
        "𞤀𞤥𞤢𞤣𞤵 𞤔𞤢𞤤𞥆𞤮",
        "דוד בן־גוריון",
        "Աննա֊Մարիա",
        "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
        "දිලිනි නිර්මලා පෙරේරා",
        "ሰላም ተክለ",
        "’t Hooft",
        "Dell·la",
    ],
)
def test_real_names_of_every_script_are_kept_as_they_are(name: str) -> None:
    assert check_name("family_name", name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Al   Masri \r\n", "Al Masri"),
        ("Al\u00a0Masri", "Al Masri"),
        ("S\u0326erban", "S\u0326erban".replace("S\u0326", "Ș")),
        ("Jose\u0301", "José"),
        ("O`Connor", "O'Connor"),
        ("O´Connor", "O'Connor"),
    ],
)
def test_spaces_and_composition_are_put_in_order(typed: str, kept: str) -> None:
    assert check_name("family_name", typed) == kept


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Al\u202emas", "direction mark U+202E"),
        ("\u2066Layla\u2069", "direction mark U+2066"),
        ("Lay\u200fla", "direction mark U+200F"),
        ("Lay\x00la", "control character U+0000"),
        ("Lay\tla", "control character U+0009"),
        ("Lay\nla", "control character U+000A"),
        ("Lay\u2028la", "control character U+2028"),
        ("Lay\u200bla", "control character U+200B"),
        ("Lay\ue000la", "U+E000 is not a character"),
        ("Lay\u0378la", "U+0378 is not a character"),
        ("Lay\ud800la", "U+D800 is not a character"),
        ("Layla 2", "no digits: delete 2 (U+0032)"),
        ("ليلى٣", "no digits: delete ٣ (U+0663)"),
        ("Layla <b>", "< (U+003C) is no part of a name"),
        ("Layla 😀", "😀 (U+1F600)"),
        ("-", "begins with a letter"),
        ("\u0301Layla", "begins with a letter"),
        ("La" + "\u0313" * 5, "too many marks"),
        ("a" * 101, "At most 100"),
        pytest.param("a" * 10_000_000, "At most 100", id="ten megabytes"),
        ("", "Type the name"),
        ("  ", "Type the name"),
    ],
)
def test_what_is_refused_is_said_without_repeating_the_name(name: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_name("family_name", name)
    assert caught.value.field == "family_name"
    assert words in str(caught.value)
    assert "Layla" not in str(caught.value)


def test_one_name_only_has_no_given_names() -> None:
    assert check_name("given_names", "", required=False) == ""


@pytest.mark.parametrize("name", ["Al-Masri", "Țurcanu-Șerban", "Øygård", "Ñandú", "Ayşegül", ""])
def test_latin_spellings(name: str) -> None:
    assert is_latin(name)
    assert check_latin_name("family_name", name, required=False) == name


@pytest.mark.parametrize("name", ["Шевченко", "رضایی", "শফিকুর"])
def test_other_scripts_are_no_latin_spelling(name: str) -> None:
    assert not is_latin(name)
    with pytest.raises(InvalidInput, match="in Latin letters"):
        check_latin_name("family_name", name)


def test_other_texts_may_have_digits_but_nothing_invisible() -> None:
    assert check_text("address", " Str. Tudor Gociu  24A, București ") == "Str. Tudor Gociu 24A, București"
    with pytest.raises(InvalidInput, match=r"U\+202E"):
        check_text("address", "Str. \u202eGociu 24A")
    with pytest.raises(InvalidInput, match="At most 200"):
        check_text("address", "a" * 201)


@pytest.mark.parametrize(
    ("family", "given", "key"),
    [
        ("Al-Masri", "Layla", "AL<MASRI<<LAYLA"),
        ("Khan", "", "KHAN"),
        ("O'Connor-Ndiaye", "Jean-Baptiste", "OCONNOR<NDIAYE<<JEAN<BAPTISTE"),
        ("Șerban", "Ştefania", "SERBAN<<STEFANIA"),
        ("Шевченко", "Оксана", "SHEVCHENKO<<OKSANA"),
    ],
)
def test_the_search_key_is_the_mrz_form(family: str, given: str, key: str) -> None:
    assert search_key(family, given) == key


def test_a_script_without_icao_table_asks_for_the_latin_spelling() -> None:
    with pytest.raises(InvalidInput, match="type the Latin spelling") as caught:
        search_key("Rahman", "শফিকুর")
    assert caught.value.field == "given_names"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AL<MASRI<<LAYLA", "AL<MASRI<<LAYLA"),
        ("AL<MASRI<<LAYLA", "LAYLA<<AL<MASRI"),
        ("AL<MASRI<<LAYLA", "ALMASRI<<LAYLA"),
        ("AL<MASRI<<LAYLA", "AL<MASRI<<LEYLA"),
        ("UR<REHMAN<<MUHAMMAD<ZIA", "REHMAN<<MUHAMMAD<ZIA"),
        ("HOSSAIN<<MOHAMMAD<RAKIB", "HUSSEIN<<MUHAMMAD<RAKIB"),
        ("SHEVCHENKO<<OKSANA", "SHEVCENKO<<OXANA"),
        ("KHAN", "KHAN<<GUL"),
    ],
)
def test_similar_names(one: str, other: str) -> None:
    assert is_similar(one, other)
    assert is_similar(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MIAH<<ABDUL<KADER", "HOSSAIN<<MOHAMMAD<RAKIB"),
        ("HASSAN", "IBRAHIM<<AMINA"),
        ("AL<MASRI<<LAYLA", "AL<MASRI<<YUSUF<OMAR"),
        ("SHRESTHA<<RAM", "SHRESTHA<<SITA"),
        ("BEGUM<<NASIMA", "RAHMAN<<MD<SHAFIQUR"),
        ("", "KHAN"),
        ("", ""),
    ],
)
def test_different_names(one: str, other: str) -> None:
    assert not is_similar(one, other)


def test_the_same_words_are_nearest() -> None:
    near = [
        similarity("AL<MASRI<<LAYLA", other)
        for other in ("LAYLA<<AL<MASRI", "AL<MASRI", "AL<MASRY<<LEYLA", "KHAN<<GUL")
    ]
    assert near[:2] == [1.0, 0.9]
    assert near == sorted(near, reverse=True)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("1992-01-01", "1992-01-01", True),
        ("1992-01-01", "1992-01-02", False),
        ("1988-XX-XX", "1988-05-17", True),
        ("1988-XX-XX", "1989-05-17", False),
        ("XXXX-XX-XX", "1989-05-17", True),
        ("XXXX-05-XX", "1989-XX-17", True),
    ],
)
def test_unknown_parts_of_a_birth_date_match_anything(one: str, other: str, agree: bool) -> None:
    assert dates_agree(one, other) is agree
    assert dates_agree(other, one) is agree


def test_a_representative_is_a_name_and_a_relation() -> None:
    assert split_representative("Al-Masri Layla (mother)") == ("Al-Masri Layla", "mother")
    assert split_representative("Ionescu Maria (guardian, child protection)") == (
        "Ionescu Maria",
        "guardian, child protection",
    )
    assert split_representative("k7wm-P3xq-h5r (mother)") == ("k7wm-P3xq-h5r", "mother")
    assert split_representative("Коваленко Марія Іванівна (grandmother)")[0] == "Коваленко Марія Іванівна"


@pytest.mark.parametrize("text", ["", "Popa Ana", "(mother)", "Popa Ana ()", "Popa Ana ( )", "Popa (Ana) (mother)"])
def test_another_form_of_representative_is_explained(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        split_representative(text)
    assert caught.value.field == "representative"
