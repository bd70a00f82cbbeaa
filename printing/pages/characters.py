"""Which characters a font's glyphs say: what a PDF tells readers and searches of the letters that it shows.

Letters from right to left mostly join: the shaper is asked for the glyphs of each of them, alone and joined.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import uharfbuzz as hb
from fontTools import unicodedata as scripts

_JOINER = "\u200d"  # to the shaper, a letter on that side
_FORMS = frozenset((*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFF)))
"""Characters that are joined shapes of others: nobody types them."""
_INVISIBLE = frozenset("\u034f\u180b\u180c\u180d\u180f") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Marks that choose how another character is drawn."""


def blank(character: str) -> bool:
    """Whether a character leaves no black by its nature: spaces, and what only guides the shaper."""
    return unicodedata.category(character) in ("Zs", "Cf", "Cc") or character in _INVISIBLE


def of(font: hb.Font) -> dict[int, str]:
    """What each glyph says, as far as that is always the same.

    Of several characters that is the first in Unicode's order, and one that stands for another comes last.
    """
    found: dict[int, str] = {}
    codes = sorted(font.face.unicodes, key=lambda code: (not unicodedata.is_normalized("NFKC", chr(code)), code))
    typed = [chr(code) for code in codes if code not in _FORMS]
    for character in typed:
        found.setdefault(font.get_nominal_glyph(ord(character)) or 0, character)
    for glyph, character in _joined(font, [character for character in typed if _joins(character)]):
        found.setdefault(glyph, character)
    for code in sorted(_FORMS.intersection(codes)):
        letters = unicodedata.normalize("NFKC", chr(code))
        if " " not in letters:
            found.setdefault(font.get_nominal_glyph(code) or 0, letters if len(letters) == 1 else chr(code))
    return found


def _joins(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL") and unicodedata.category(character)[0] == "L"


def _joined(font: hb.Font, letters: list[str]) -> Iterator[tuple[int, str]]:
    """The glyphs of letters that are joined to what stands before, after, or on both sides."""
    for script in sorted({scripts.script(letter) for letter in letters}):
        words = [
            before + letter + after
            for letter in letters
            if scripts.script(letter) == script
            for before in ("", _JOINER)
            for after in ("", _JOINER)
        ]
        text = " ".join(words)
        clusters: dict[int, list[int]] = {}
        for info in _shaped(font, text):
            clusters.setdefault(info.cluster, []).append(info.codepoint)
        for start, glyphs in sorted(clusters.items()):
            said = text[start : start + 2].strip(_JOINER + " ")
            if len(glyphs) == 1 and said:
                yield glyphs[0], said


def _shaped(font: hb.Font, text: str) -> list[hb.GlyphInfo]:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    hb.shape(font, buffer)
    infos: list[hb.GlyphInfo] = buffer.glyph_infos
    return infos
