"""Eight clerks who open a page at once after a start: on the release before some of them were answered 500."""

from __future__ import annotations

from babel import Locale, localedata
from flask import Flask

from issuance.web.frame import i18n


def test_a_locale_that_is_loaded_meanwhile_breaks_no_walk() -> None:
    i18n.init_app(Flask(__name__))
    localedata.load("ro")
    walk = iter(localedata._cache)
    next(walk)
    try:
        localedata._cache["xx"] = {}
        assert "xx" not in list(walk)
    finally:
        del localedata._cache["xx"]
    assert Locale("ro").language == "ro"
