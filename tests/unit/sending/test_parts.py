"""Parts of an SMS: the values of 3GPP TS 23.038 and 23.040, and boundaries that fall within a character."""

from __future__ import annotations

import pytest

from issuance.sending.parts import Alphabet, Parts, alphabet_of, parts

# 3GPP TS 23.038, 6.2.1, by its columns b7 b6 b5 from 000 to 111, each from row 0 to row 15; 1/11 is the escape.
COLUMNS = (
    "@ £ $ ¥ è é ù ì ò Ç LF Ø ø CR Å å",
    "Δ _ Φ Γ Λ Ω Π Ψ Σ Θ Ξ ESC Æ æ ß É",
    "SP ! \" # ¤ % & ' ( ) * + , - . /",
    "0 1 2 3 4 5 6 7 8 9 : ; < = > ?",
    "¡ A B C D E F G H I J K L M N O",
    "P Q R S T U V W X Y Z Ä Ö Ñ Ü §",
    "¿ a b c d e f g h i j k l m n o",
    "p q r s t u v w x y z ä ö ñ ü à",
)
NAMED = {"LF": "\n", "CR": "\r", "SP": " "}
DEFAULT = [NAMED.get(cell, cell) for column in COLUMNS for cell in column.split(" ") if cell != "ESC"]
EXTENSION = ["\f", "^", "{", "}", "\\", "[", "~", "]", "|", "€"]

FAMILY = "\U0001f468"  # beyond 16 bits


def test_the_default_alphabet_takes_one_septet_each_and_its_extension_two() -> None:
    assert len(DEFAULT) == 127
    assert parts("".join(DEFAULT)) == Parts(Alphabet.GSM, 127, 1)
    assert parts("".join(EXTENSION)) == Parts(Alphabet.GSM, 20, 1)


def test_no_other_character_is_in_it() -> None:
    others = {chr(code) for code in range(0x500)} - set(DEFAULT) - set(EXTENSION)
    assert {character for character in others if alphabet_of(character) is Alphabet.GSM} == set()


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "count"),
    [
        ("", "gsm", 0, 1),
        ("a" * 160, "gsm", 160, 1),
        ("a" * 161, "gsm", 161, 2),
        ("a" * 306, "gsm", 306, 2),
        ("a" * 307, "gsm", 307, 3),
        ("€" * 80, "gsm", 160, 1),
        ("€" * 81, "gsm", 162, 2),
        ("€" * 152, "gsm", 304, 2),
        ("€" * 153, "gsm", 306, 3),  # 76 of them to a part: the last septet of each stays empty
        ("a" * 152 + "€" + "a" * 152, "gsm", 306, 3),
        ("a" + "€" * 76 + "€" * 76, "gsm", 305, 2),
        ("ș" * 70, "ucs2", 70, 1),
        ("ș" * 71, "ucs2", 71, 2),
        ("ș" * 134, "ucs2", 134, 2),
        ("ș" * 135, "ucs2", 135, 3),
        ("a" * 69 + "ș", "ucs2", 70, 1),
        ("a" * 70 + "ș", "ucs2", 71, 2),
        (FAMILY * 35, "ucs2", 70, 1),
        (FAMILY * 36, "ucs2", 72, 2),
        (FAMILY * 66, "ucs2", 132, 2),
        (FAMILY * 67, "ucs2", 134, 3),  # 33 of them to a part
        ("ș" * 66 + FAMILY + "ș" * 66, "ucs2", 134, 3),
        ("ș" * 67 + FAMILY + "ș" * 65, "ucs2", 134, 2),
    ],
)
def test_a_text_goes_in_so_many_parts(text: str, alphabet: str, units: int, count: int) -> None:
    assert parts(text) == Parts(Alphabet(alphabet), units, count)


@pytest.mark.parametrize("text", ["Документ", "وثيقتك جاهزة", "আপনার নথি", "دستاویز تیار ہے", "așteaptă"])
def test_the_languages_of_holders_are_counted_as_utf_16(text: str) -> None:
    assert parts(text) == Parts(Alphabet.UCS2, len(text.encode("utf-16-be")) // 2, 1)
