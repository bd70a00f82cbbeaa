"""Nationalities as people choose them: ICAO three-letter codes (Doc 9303-3 section 5) with their names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_territory_language_info
from flask_babel import force_locale, get_locale, lazy_gettext

from issuance.services.persons.people import folded_words
from issuance.web.frame.forms import Form
from printing.mrz.codes import NATIONALITIES

_OFFICIALS = frozenset(
    (
        "UNO",
        "UNA",
        "UNK",
        "XBA",
        "XIM",
        "XCC",
        "XCO",
        "XCE",
        "XEC",
        "XPO",
        "XES",
        "XMP",
        "XOM",
        "XDC",
        "EUE",
        "UTO",
        "ANT",
        "NTZ",
    )
)
"""Codes of organisations, specimens and States that are no more: no person under protection has them."""

PERSON_CODES = NATIONALITIES - _OFFICIALS
OTHER_NATIONALITIES = ("nationality_2", "nationality_3")
"""The fields of a form that follow `nationality`."""

_NAMES: dict[str, Any] = {
    "XXA": lazy_gettext("Stateless person (1954 Convention)"),
    "XXB": lazy_gettext("Refugee (1951 Convention)"),
    "XXC": lazy_gettext("Refugee, other"),
    "XXX": lazy_gettext("Unspecified nationality"),
    "GBD": lazy_gettext("British overseas territories citizen"),
    "GBN": lazy_gettext("British national (overseas)"),
    "GBO": lazy_gettext("British overseas citizen"),
    "GBP": lazy_gettext("British protected person"),
    "GBS": lazy_gettext("British subject"),
}
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "BLR": ("Byelorussia",),
    "CIV": ("Ivory Coast",),
    "COD": ("Zaire", "Congo Kinshasa", "RDC"),
    "COG": ("Congo Brazzaville",),
    "CZE": ("Czech Republic",),
    "GBR": ("Great Britain", "England"),
    "IRN": ("Persia",),
    "LKA": ("Ceylon",),
    "MDA": ("Moldavia",),
    "MKD": ("Macedonia",),
    "MMR": ("Burma", "Birmania"),
    "PSE": ("Palestina", "Gaza", "West Bank"),
    "RUS": ("Russian Federation",),
    "SWZ": ("Swaziland",),
    "TUR": ("Turkey", "Turcia"),
    "USA": ("United States of America", "SUA"),
    "XXA": ("stateless", "apatrid", "apatride", "bidoon"),
}
"""Names that people still say and CLDR does not."""

OFFICE_LANGUAGES = ("en", "ro", "fr", "ru", "ar", "uk", "fa")
MOST_OWN_LANGUAGES = 3

_ALPHA_2 = {"D": "DE", "RKS": "XK"}
"""Codes of ICAO that CLDR does not know."""


def nationality_name(code: str) -> str:
    """The name of a code in the language of the page; the code itself when it has none."""
    return dict(nationalities(str(get_locale()))).get(code, code)


def nationality_names(codes: Iterable[str]) -> str:
    """The names of a person's nationalities, in their order."""
    return ", ".join(nationality_name(code) for code in codes)


def other_nationalities(form: Form) -> str:
    """The codes of the second and third nationality, where there are any; each once."""
    typed = [form.choice(name, PERSON_CODES, required=False) for name in OTHER_NATIONALITIES]
    return " ".join(dict.fromkeys(code for code in typed if code and code != form.value("nationality")))


@cache
def nationalities(language: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every nationality, the four special codes first, then by name."""
    with force_locale(language):
        names = {code: _name(code, language) for code in PERSON_CODES}
    ordered = sorted(names.items(), key=lambda item: (not item[0].startswith("XX"), _sorting(item[1])))
    return tuple(ordered)


@cache
def nationality_words() -> dict[str, str]:
    """What may be typed to find a code: the code, its names in our languages and its own, other names it had, each as
    the words that a search compares, with `|` between."""
    return {code: "|".join(sorted(_said(code))) for code in sorted(PERSON_CODES)}


def _said(code: str) -> set[str]:
    alpha_2 = _alpha_2(code)
    own = list(get_territory_language_info(alpha_2))[:MOST_OWN_LANGUAGES]
    names = [code, alpha_2, *_SYNONYMS.get(code, ())]
    names += [name for each in {*OFFICE_LANGUAGES, *own} if (name := _named_in(each, alpha_2))]
    return {" ".join(sorted(folded_words(name))) for name in names}


def _named_in(language: str, alpha_2: str) -> str:
    try:
        return str(Locale.parse(language).territories.get(alpha_2, ""))
    except (UnknownLocaleError, ValueError):
        return ""


def _alpha_2(code: str) -> str:
    return str(_ALPHA_2.get(code) or get_global("territory_aliases").get(code, [code])[0])


def _name(code: str, language: str) -> str:
    if code in _NAMES:
        return str(_NAMES[code])
    return str(Locale(language).territories.get(_alpha_2(code), code))


def _sorting(name: str) -> str:
    # Romanian letters sort near their plain ones; a full collation is not worth a library.
    return name.casefold().translate(str.maketrans("ăâîșțåéôí", "aaistaeoi"))
