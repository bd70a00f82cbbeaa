"""The words of the papers: one TOML file a paper, every sentence in all the languages the paper has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from printing.errors import LayoutError

FOLDER = Path(__file__).parent
LANGUAGES = ("ro", "en", "fr", "ar", "uk", "bn", "ur")
"""Those of the first release of the public pages (docs/law.md, section 6); Romanian always comes first."""
RIGHT_TO_LEFT = ("ar", "ur")
STAFF_LANGUAGES = ("ro", "en")
KINDS = {"facts", "heading", "text", "item", "words", "quote", "table", "numbers", "signatures"} | {
    *("codes", "slip", "bars"),
}
CAPTIONED = {"facts", "table", "signatures", "codes", "bars"}
_UNBROKEN = re.compile(r"(\b(?:art|lit|nr|alin|ст|ч)\.|\bArt) (?=\S)| (?=[:;?!](?: |$))")
_PLACE = re.compile(r"%\((\w+)\)s")
Texts = Mapping[str, str]
"""A sentence by language."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a paper. `names` are the values it shows, `columns` and `widths` those of a table.

    It is left out when the value named by `when` is empty, or the one named by `unless` is not.
    """

    kind: str
    texts: Texts
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    when: str = ""
    unless: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """A paper's file: format (A4, A5, or slip for 80 mm), languages, title, captions by their values' names, blocks.

    `phrases` say a coded value in words: `phrases["status"]["refugee"]`.
    `assumptions` are what its words take for granted where no source was read.
    """

    name: str
    format: str
    languages: tuple[str, ...]
    version: str
    title: Texts
    captions: Mapping[str, Texts]
    phrases: Mapping[str, Mapping[str, Texts]]
    blocks: tuple[Block, ...]
    assumptions: tuple[str, ...]
    foot: tuple[str, ...]
    """The values that tell loose pages of one paper from another's."""


@cache
def wording(name: str) -> Wording:
    """The words of the paper `name`. LayoutError names the file and what is wrong with it."""
    data = _read(name)
    languages = tuple(data.get("languages", LANGUAGES))
    captions = {**_read("captions")["captions"], **data.get("captions", {})}
    captioned = [block for block in data["blocks"] if block["kind"] in CAPTIONED]
    used = {value for block in captioned for value in block.get("columns") or block["names"]}
    return Wording(
        name=name,
        format=data["format"],
        languages=languages,
        version=data.get("version", ""),
        title=_texts(name, "title", data["title"], languages),
        captions={key: _texts(name, key, captions[key], languages) for key in sorted(used)},
        phrases={
            field: {code: _texts(name, f"{field} {code}", texts, languages) for code, texts in codes.items()}
            for field, codes in data.get("phrases", {}).items()
        },
        blocks=tuple(_block(name, block, languages) for block in data["blocks"]),
        assumptions=tuple(data.get("assumptions", ())),
        foot=tuple(data.get("foot", ("code",))),
    )


def places(sentence: str) -> set[str]:
    """The named values a sentence has places for."""
    return set(_PLACE.findall(sentence))


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its values in their places."""
    return _PLACE.sub(lambda found: values[found[1]], sentence)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _block(name: str, data: Mapping[str, Any], languages: tuple[str, ...]) -> Block:
    kind = data["kind"]
    texts = {key: text for key, text in data.items() if key in LANGUAGES}
    options = {key: value for key, value in data.items() if key not in (*LANGUAGES, "kind")}
    if kind not in KINDS or not options.keys() <= set(Block.__dataclass_fields__) - {"kind", "texts"}:
        raise LayoutError("Paper %(name)s: the block %(block)s is unknown.", name=name, block=repr(dict(data))[:80])
    for key in ("names", "columns", "widths"):
        options[key] = tuple(options.get(key, ()))
    return Block(kind, _texts(name, kind, texts, languages) if texts else {}, **options)


def _texts(name: str, what: str, texts: Texts, languages: tuple[str, ...]) -> Texts:
    """The sentence in the paper's languages; each must be there, with the same places for values.

    No line ends between an abbreviation and its number, nor before a French colon.
    """
    lacking = [language for language in languages if not texts.get(language)]
    uneven = [language for language in languages if places(texts.get(language, "")) != places(texts["ro"])]
    if lacking or uneven:
        raise LayoutError(
            "Paper %(name)s: %(what)s lacks words or places for values in: %(languages)s.",
            name=name,
            what=what,
            languages=", ".join(lacking or uneven),
        )
    return {language: _UNBROKEN.sub("\\1\u00a0", texts[language]) for language in languages}
