"""The catalogues of translations: `python -m issuance.web.frame.catalogues` gathers every sentence of the house.

Romanian has them all, another language those of the public pages (`tongues/public_surface.py`).
English sentences in templates and code are the keys. Marked ones are found by Babel's own extractors; besides, every
literal in the code that reads as a sentence is taken, so that no refusal is forgotten however it is raised.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from issuance.web.frame.tongues import public_surface

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "translations"
WHOLE = "ro"
"""The language of the staff, which says everything; every other folder has what the public pages say."""

METHODS = [
    ("issuance/web/frame/catalogues.py", "ignore"),
    # Commands speak English to administrators; a wrong document type stops the start.
    ("issuance/commands/**.py", "ignore"),
    # Programs outside read English.
    ("issuance/services/exchange/schema.py", "ignore"),
    ("issuance/services/exchange/openapi.py", "ignore"),
    ("issuance/web/api/case_events.py", "ignore"),
    ("issuance/web/api/answers.py", "ignore"),
    ("issuance/keys/custody.py", "ignore"),
    ("issuance/keys/status.py", "ignore"),
    ("issuance/migrate.py", "ignore"),
    ("issuance/demo/**.py", "ignore"),
    ("issuance/web/public/parts/voices.py", "ignore"),
    ("issuance/document_types/**.py", "ignore"),
    ("issuance/**.py", "issuance.web.frame.catalogues:extract_sentences"),
    # Words on paper that stand there in their languages; what it refuses is translated.
    ("printing/papers/data.py", "ignore"),
    ("printing/papers/specimens.py", "ignore"),
    ("printing/**.py", "issuance.web.frame.catalogues:extract_sentences"),
    # What stations say by code, and the words of their drivers' settings.
    ("card_drivers/desk_sentences.py", "issuance.web.frame.catalogues:extract_sentences"),
    ("card_drivers/sentences.py", "issuance.web.frame.catalogues:extract_sentences"),
    ("card_drivers/printers/**.py", "issuance.web.frame.catalogues:extract_settings"),
    ("card_drivers/station/laying.py", "issuance.web.frame.catalogues:extract_settings"),
    ("card_drivers/encoders/**.py", "issuance.web.frame.catalogues:extract_settings"),
    ("card_drivers/station/equipment.py", "issuance.web.frame.catalogues:extract_settings"),
    ("templates/**.html", "jinja2.ext:babel_extract"),
]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
PRINTING_KEYWORDS = {"ContentError": (2,), "GlyphError": (3,)}
"""Errors of `printing` whose sentence is not their first argument; some go on after the name of a field."""
KEYWORDS = {**DEFAULT_KEYWORDS, **PRINTING_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
SENTENCE = re.compile(r"[A-Z%][^\n]* [^\n]*[.:?]")
WIDTH = 118
NO_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The dates in the headers: gathering again without a new sentence changes nothing."""


def extract_sentences(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, Any, Any, Any]]:
    """Marked strings, and every literal of the file that reads as a sentence and is no docstring."""
    source = file.read()
    yield from extract_python(io.BytesIO(source), keywords, comment_tags, options)
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings and SENTENCE.fullmatch(str(node.value)):
            yield node.lineno, None, node.value, []


def extract_settings(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, Any, Any, Any]]:
    """Titles and descriptions of a driver's settings: words for the administrator."""
    for node in ast.walk(ast.parse(file.read())):
        for word in _settings_words(node):
            if isinstance(word, ast.Constant) and isinstance(word.value, str):
                yield word.lineno, None, word.value, []


def _settings_words(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Field":
        return [each.value for each in node.keywords if each.arg in ("title", "description")]
    return ()


def gather() -> Catalog:
    """Every sentence the pages can say, in a catalogue without translations."""
    catalogue = Catalog(project="Liman", version="1", fuzzy=False)
    for folder in ("issuance", "printing", "card_drivers", "templates"):
        found = extract_from_dir(ROOT / folder, _under(folder), _options_under(folder), KEYWORDS)
        for name, _line, message, comments, context in found:
            catalogue.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return catalogue


def gather_public() -> Catalog:
    """Every sentence the public pages can say: what a folder beside the Romanian has."""
    catalogue = Catalog(project="Liman", version="1", fuzzy=False)
    for message, said_in in public_surface.sentences().items():
        catalogue.add(message, None, [(said_in, 0)])
    return catalogue


def folders() -> frozenset[str]:
    """The languages that have a folder of translations."""
    return frozenset(source.parts[-3] for source in FOLDER.glob("*/LC_MESSAGES/messages.po"))


def _under(folder: str) -> list[tuple[str, str]]:
    """The methods of one folder, by patterns that start inside it."""
    prefix = f"{folder}/"
    return [(pattern.removeprefix(prefix), method) for pattern, method in METHODS if pattern.startswith(prefix)]


def _options_under(folder: str) -> dict[str, dict[str, Any]]:
    return {pattern.removeprefix(f"{folder}/"): options for pattern, options in OPTIONS.items()}


def read(source: Path) -> Catalog:
    """The catalogue of a messages.po."""
    with source.open("rb") as file:
        return read_po(file)


def untranslated(catalogue: Catalog) -> list[str]:
    """The sentences of a catalogue that have no translation, or only a guessed one."""
    return [str(message.id) for message in catalogue if message.id and (message.fuzzy or not _complete(message))]


def _complete(message: Message) -> bool:
    parts = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return all(parts)


def update(source: Path, gathered: Catalog) -> list[str]:
    """Bring one messages.po up to date with what was gathered; the sentences to translate."""
    catalogue = read(source)
    catalogue.update(gathered, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.creation_date = catalogue.revision_date = NO_DATE
    with source.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, sort_output=True, include_lineno=False)
    return untranslated(catalogue)


def compile_changed(folder: Path = FOLDER) -> None:
    """Write each messages.mo that is missing or older than its messages.po: a clone needs no further step."""
    for source in folder.glob("*/LC_MESSAGES/messages.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        partial = target.with_suffix(f".{id(source)}.tmp")
        with partial.open("wb") as file:
            write_mo(file, read(source))
        partial.replace(target)


def main() -> None:
    """Update every language and say what is left to translate."""
    everything, public = gather(), gather_public()
    for language in sorted(folders()):
        source = FOLDER / language / "LC_MESSAGES" / "messages.po"
        for sentence in update(source, everything if language == WHOLE else public):
            print(f"{source.relative_to(ROOT)}: {sentence}")  # noqa: T201 - a command for people


if __name__ == "__main__":
    main()
