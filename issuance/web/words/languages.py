"""Languages of the people at the desk, by code, with their names for the clerk and by themselves."""

from __future__ import annotations

from babel import Locale
from flask_babel import get_locale

from issuance.web.frame.i18n import capital, endonym

CODES = ("ro", "en", "fr", "ar", "uk", "ru", "bn", "ur", "ps", "fa", "hi", "ne", "tr", "so", "ckb", "ku", "ti", "am",
         "si", "ta", "pa", "es", "pt", "sw", "vi", "zh")  # fmt: skip
"""Those of the public pages first (docs/law.md, section 6), then others met at the desk."""


def languages() -> list[tuple[str, str]]:
    """(code, `Arabic · العربية`) for a choice."""
    return [(code, _label(code)) for code in CODES]


def language_name(code: str) -> str:
    """The name of a language in the language of the page; the code itself when it has none."""
    return capital(Locale(str(get_locale())).languages.get(code, code))


def _label(code: str) -> str:
    name, own = language_name(code), endonym(code)
    return name if name == own else f"{name} · {own}"
