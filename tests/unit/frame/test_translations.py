"""Every sentence of the product is in Romanian, with its places and in Romanian letters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.support import Translations

from issuance.web.frame import catalogues

ROMANIAN = catalogues.FOLDER / "ro" / "LC_MESSAGES" / "messages.po"
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def gathered() -> Catalog:
    """Every sentence of the code and the templates, now."""
    return catalogues.gather()


@pytest.fixture(scope="module")
def romanian() -> Catalog:
    """The Romanian catalogue of the tree."""
    return catalogues.read(ROMANIAN)


def test_the_sentences_are_found(gathered: Catalog) -> None:
    marked_in_a_template, in_code = "Log in", "Fill this in."
    raised_without_a_mark = "There is no such case. Search for it by reference or name."
    for sentence in (marked_in_a_template, in_code, raised_without_a_mark):
        assert gathered.get(sentence) is not None, sentence


def test_every_sentence_is_translated(gathered: Catalog, romanian: Catalog, tmp_path: Path) -> None:
    copy = tmp_path / "messages.po"
    copy.write_bytes(ROMANIAN.read_bytes())
    missing = catalogues.update(copy, gathered)
    assert missing == [], "\n".join([f"run `make translations`, then write these in {ROMANIAN}:", *missing])


def test_nothing_is_guessed_or_left_over(gathered: Catalog, romanian: Catalog) -> None:
    assert [message.id for message in romanian if message.fuzzy] == []
    left = [message.id for message in romanian if message.id and gathered.get(message.id) is None]
    assert left == [], "nobody says these any more: `make translations` takes them out"


def test_every_place_is_kept(romanian: Catalog) -> None:
    for message in romanian:
        singular_and_plural = message.id if isinstance(message.id, tuple | list) else [message.id]
        forms = message.string if isinstance(message.string, tuple | list) else [message.string]
        expected = set(PLACE.findall(singular_and_plural[-1]))
        assert all(set(PLACE.findall(form)) == expected for form in forms if form), message.id


def test_romanian_is_written_with_commas_below(romanian: Catalog) -> None:
    wrong = [message.id for message in romanian if set("şţŞŢ") & set(str(message.string))]
    assert wrong == []


def test_a_missing_translation_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "messages.po"
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    source.write_text(f'{header}msgid "Log in"\nmsgstr "Conectare"\n', encoding="utf-8")
    new = Catalog()
    new.add("Log in")
    new.add("Log out")
    assert catalogues.update(source, new) == ["Log out"]


def test_catalogues_are_compiled_when_they_changed(tmp_path: Path) -> None:
    folder = tmp_path / "ro" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_bytes(ROMANIAN.read_bytes())
    catalogues.compile_changed(tmp_path)
    written = (folder / "messages.mo").stat().st_mtime_ns
    assert Translations.load(str(tmp_path), ["ro"]).gettext("Log in") == "Conectare"
    catalogues.compile_changed(tmp_path)
    assert (folder / "messages.mo").stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("number", "text"), [(1, "întârziere de 1 zi"), (2, "întârziere de 2 zile"), (20, "întârziere de 20 de zile")]
)
def test_romanian_counts_in_three_forms(romanian: Catalog, tmp_path: Path, number: int, text: str) -> None:
    (tmp_path / "ro" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "ro" / "LC_MESSAGES" / "messages.po").write_bytes(ROMANIAN.read_bytes())
    catalogues.compile_changed(tmp_path)
    translations = Translations.load(str(tmp_path), ["ro"])
    assert translations.ngettext("%(num)s day late", "%(num)s days late", number) % {"num": number} == text
