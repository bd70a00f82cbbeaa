"""The Romanian personal number (CNP) of foreigners: `S AA LL ZZ JJ NNN C`, thirteen digits.

S is 7 (man) or 8 (woman) for residents who are foreigners; 9 occurs on older numbers. Neither says a century, so no
birth date is ever derived from the number; it is only compared with the date the person gave.
Source: docs/law.md, section 5; GEO 97/2005 and its norms.
"""

from __future__ import annotations

import datetime as dt
import re

from issuance.errors import InvalidInput
from printing.content import PartialDate

_WEIGHTS = (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)
_COUNTIES = frozenset({*range(1, 49), 51, 52, 70})
_SEX = {"7": "M", "8": "F"}


def check_digit(first_twelve: str) -> str:
    """The last digit: the sum of digits times 279146358279, modulo 11, where 10 becomes 1."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_twelve, strict=True))
    return str(total % 11).replace("10", "1")


def check_cnp(text: str) -> str:
    """The number as thirteen digits, spaces and dashes dropped; InvalidInput (field `cnp`) says what is wrong."""
    cnp = re.sub(r"[\s-]", "", text[:40])
    if not re.fullmatch(r"[0-9]{13}", cnp):
        raise InvalidInput("cnp", "A personal number has 13 digits. Type it as on the paper, or leave it empty.")
    if cnp[0] not in "789":
        raise InvalidInput(
            "cnp",
            "A foreigner's personal number begins with 7, 8 or 9, not %(first)s. Check the paper.",
            first=cnp[0],
        )
    if not _is_day(cnp[3:5], cnp[5:7], cnp[1:3]):
        raise InvalidInput("cnp", "Digits 2 to 7 of the personal number are no date (YYMMDD). Check the paper.")
    if int(cnp[7:9]) not in _COUNTIES:
        raise InvalidInput(
            "cnp",
            "Digits 8 and 9 of the personal number, %(county)s, are no county code. Check the paper.",
            county=cnp[7:9],
        )
    if cnp[12] != check_digit(cnp[:12]):
        raise InvalidInput("cnp", "The check digit of the personal number is wrong. Type it again from the paper.")
    return cnp


def agrees_with(cnp: str, birth_date: str, sex: str) -> bool:
    """Whether a checked number fits the known parts of `birth_date` (YYYY-MM-DD, XX where unknown) and `sex` (F, M, X).

    The number has no century: of the year only the last two digits are compared. Sex X and a leading 9 fit any sex.
    """
    born = PartialDate.parse(birth_date)
    parts = ((born.year and born.year % 100, cnp[1:3]), (born.month, cnp[3:5]), (born.day, cnp[5:7]))
    dates_agree = all(known is None or known == int(digits) for known, digits in parts)
    return dates_agree and (sex == "X" or _SEX.get(cnp[0], sex) == sex)


def _is_day(month: str, day: str, year: str) -> bool:
    # 1900 + YY and 2000 + YY have the same months except in 00: 29-02-00 is 2000, so 2000 decides.
    try:
        dt.date(2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True
