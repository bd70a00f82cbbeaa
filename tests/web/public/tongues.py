"""The catalogues of the public pages, and how hard a text is to read."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from functools import cache

from babel.messages.catalog import Catalog

from issuance import document_types
from issuance.law.office.privacy import privacy
from issuance.law.persons.rights import LANGUAGES as RIGHTS_LANGUAGES
from issuance.law.persons.rights import rights
from issuance.web.frame import catalogues
from issuance.web.frame.i18n import STAFF_LANGUAGES, of_everybody
from issuance.web.frame.tongues import public_surface
from issuance.web.frame.tongues.public_surface import Key
from issuance.web.public.parts import spoken
from tests.counterparts import missing, require

LANGUAGES = of_everybody()
TRANSLATED = tuple(each for each in LANGUAGES if each != "en")
FOLDERS = tuple(each for each in LANGUAGES if each not in STAFF_LANGUAGES)
PLACE = re.compile(r"%\(\w+\)[sd]")
LONG = 6
"""A word with more letters than these is a long one (Björnsson's LIX)."""

DICTIONARIES = {"ro": "ro_RO", "en": "en_US", "fr": "fr_FR", "uk": "uk_UA", "ar": "ar"}
"""Of the languages that have one in Debian."""

END = re.compile(r"(?<=[.!?:;؟।۔])\s+")
WORD = re.compile(r"[^\W\d_][\w’'\u0300-\u036f\u0980-\u09ff\u064b-\u0652-]*|\d+")


@cache
def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is in the tree."""
    return catalogues.read(catalogues.FOLDER / language / "LC_MESSAGES" / "messages.po")


def said_in(language: str, key: Key) -> str:
    """A sentence in a language, as its catalogue has it; of a plural the last form."""
    message = catalogue(language).get(key)
    assert message is not None, key
    return forms(message.string)[-1]


def forms(message: object) -> list[str]:
    """The texts of a sentence: one, or each of its plural forms."""
    return [str(each) for each in message] if isinstance(message, tuple | list) else [str(message)]


def names_of_laws() -> set[str]:
    """Titles of documents and articles: names, which are no sentences."""
    types = document_types.load().values()
    articles = {each for kind in types for rules in kind.rules for each in _articles(rules)}
    return articles | {kind.title.en for kind in types}


def _articles(rules: document_types.Rules) -> tuple[str, str]:
    return rules.deadline.legal_basis.en, rules.loss.legal_basis.en


@cache
def texts(language: str) -> list[str]:
    """What the public pages say in a language: of the catalogues, of the files beside the pages, of rights and duties;
    without titles of documents and articles."""
    said = [key for key in public_surface.sentences() if key not in names_of_laws()]
    of_files = (*beside_pages(language), *of_rights(language), *of_privacy(language))
    return [*(_in(language, key) for key in said), *of_files]


def beside_pages(language: str) -> list[str]:
    """What the TOML files beside the public pages say in a language that they have."""
    files = sorted(public_surface.PAGES.glob("*.toml"))
    return [words[language] for path in files for words in spoken.words(path.stem).values() if language in words]


def of_rights(language: str) -> list[str]:
    """The rights and duties that the office reads to people."""
    return [text.in_(language) for text in rights().texts] if language in RIGHTS_LANGUAGES else []


def of_privacy(language: str) -> list[str]:
    """What everybody is told about their data."""
    said = [*privacy().texts, *privacy().heads.values()]
    return [text.in_(language) for text in said] if language in RIGHTS_LANGUAGES else []


def sentences(language: str) -> list[str]:
    """The texts sentence by sentence."""
    return [each for text in texts(language) for each in END.split(text) if WORD.search(each)]


def strange_words(language: str) -> list[str]:
    """The words of the texts that hunspell's dictionary of the language does not know, sorted; skips without it."""
    program = require("hunspell", "it knows the words of a language")
    command = [program, "-d", DICTIONARIES[language], "-i", "UTF-8", "-l"]
    plain = "\n".join(PLACE.sub(" ", text).replace("’", "'") for text in texts(language))
    done = subprocess.run(command, input=plain, capture_output=True, text=True)
    if "Can't open" in done.stderr:
        missing(f"hunspell has no {DICTIONARIES[language]} here: `make test` as root installs it")
    assert done.returncode == 0, done.stderr
    return sorted(set(done.stdout.split()))


def _in(language: str, key: Key) -> str:
    if language == "en":
        return key if isinstance(key, str) else key[-1]
    romanian = _romanian_of_laws() if language == "ro" else {}
    return romanian.get(str(key)) or said_in(language, key)


def _romanian_of_laws() -> dict[str, str]:
    """The law's own Romanian by its English: no catalogue has it."""
    blocks = [rules for kind in document_types.load().values() for rules in kind.rules]
    texts = [each for rules in blocks for each in (rules.loss.text, *(paper.text for paper in rules.evidence))]
    return {text.en: text.ro for text in texts}


def words(sentence: str) -> list[str]:
    """The words of a sentence; a place is a word."""
    return WORD.findall(PLACE.sub("x", sentence))


def lix(sentences: Iterable[str]) -> float:
    """Words a sentence, and long words in a hundred: up to 30 is easy, above 50 is hard (Björnsson 1968)."""
    counted = [words(each) for each in sentences]
    total = sum(map(len, counted))
    long = sum(len(word) > LONG for each in counted for word in each)
    return total / len(counted) + 100 * long / total
