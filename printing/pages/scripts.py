"""Which installed Noto fonts to ask for a character: those of its script first, then every other, in one order.

Only names of files decide, so the order is the same in every process and on every machine with the same packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fontTools import unicodedata as unicode

CORE, CJK = "fonts-noto-core", "fonts-noto-cjk"
CJK_FONT = "NotoSansCJK-Regular"
_NAMES = re.compile(r"Noto(Sans|Serif|)(\w*)-Regular")
_STYLES = ("Sans", "Serif", "")
# A user interface's cut is lower than the text's; pictures are no letters of a script.
_LEFT_OUT = re.compile(r"\w*UI|Symbols2?|Math|Music")
_EAST_ASIAN = frozenset(("Hani", "Hang", "Hira", "Kana", "Bopo"))
_NO_SCRIPT = frozenset(("Zyyy", "Zinh"))
_KANA = re.compile("[\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb]")
FACES = {"JP": 0, "KR": 1, "SC": 2}
"""The places of Japan's, Korea's and China's ways of drawing a character in the collection of fonts-noto-cjk."""


def region(text: str) -> str:
    """How Han characters of a text are drawn: by its kana or Hangul, else the Chinese way (simplified)."""
    return "JP" if _KANA.search(text) else "KR" if _HANGUL.search(text) else "SC"


def order(files: Iterable[str], character: str) -> list[str]:
    """The font files to ask, named without endings: those of its script, sans before serif, then all others.

    The large ones of East Asia are the last.
    """
    own = _called(character)
    ranked = []
    for file in files:
        found = _NAMES.fullmatch(file)
        if found and not _LEFT_OUT.fullmatch(found[2]):
            script = found[2].casefold()
            rank = own.index(script) if script in own else len(own) + (script == "cjk")
            ranked.append((rank, _STYLES.index(found[1]), file))
    return [file for _, _, file in sorted(ranked)]


def package(character: str) -> str:
    """The Debian package where the fonts of a character's script are, if any are."""
    return CJK if "cjk" in _called(character) else CORE


def _called(character: str) -> list[str]:
    """The scripts of a character as files of fonts are called, `hanifirohingya`; none for what every script has."""
    scripts = {unicode.script(character)} - _NO_SCRIPT or unicode.script_extension(character) - _NO_SCRIPT
    names = ("CJK" if script in _EAST_ASIAN else unicode.script_name(script) for script in sorted(scripts))
    return list(dict.fromkeys(re.sub("[^a-z]", "", name.casefold()) for name in names))
