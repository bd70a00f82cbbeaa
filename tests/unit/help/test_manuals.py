"""The manuals name pages by their own words, in both languages alike, and every picture they show is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from issuance.models.staff import RoleName
from issuance.web.frame import catalogues
from issuance.web.frame.i18n import STAFF_LANGUAGES
from issuance.web.help.text import FOLDER, Block, Part, manual

PICTURES = Path(__file__).parents[3] / "static" / "help"
MOST_BYTES = 3_000_000
EMPTY = 5_000
"""A page without anything on it has fewer bytes."""
STEPS = range(5, 20)


@pytest.fixture(scope="module")
def romanian() -> Catalog:
    return catalogues.read(catalogues.FOLDER / "ro" / "LC_MESSAGES" / "messages.po")


def parts(blocks: tuple[Block, ...], kind: str) -> list[Part]:
    return [part for block in blocks for part in block.parts if part.kind == kind]


def test_every_role_has_a_manual_and_none_is_left_over() -> None:
    for language in STAFF_LANGUAGES:
        assert {path.stem for path in (FOLDER / language).iterdir()} == set(RoleName)


@pytest.mark.parametrize("role", RoleName)
def test_what_a_manual_names_stands_on_a_page(role: RoleName, romanian: Catalog) -> None:
    """In English and Romanian the same words of the same pages, in the same order."""
    english, own = parts(manual(role, "en"), "label"), parts(manual(role, "ro"), "label")
    for part in english:
        message = romanian.get(part.text)
        assert message is not None, part.text
        pages = [file for file, _ in message.locations if file.startswith(("templates/", "issuance/web/"))]
        assert pages, f"no page says {part.text!r}"
    said = [(str(getattr(romanian.get(part.text), "string", "")), part.endpoint) for part in english]
    assert [(part.text, part.endpoint) for part in own] == said


@pytest.mark.parametrize("role", RoleName)
def test_both_languages_say_the_same(role: RoleName) -> None:
    english, own = manual(role, "en"), manual(role, "ro")
    assert [(block.kind, block.picture) for block in own] == [(block.kind, block.picture) for block in english]
    assert [part.text for part in parts(own, "key")] == [part.text for part in parts(english, "key")]
    assert sum(block.kind == "step" for block in english) in STEPS
    assert any(block.picture for block in english)
    assert "??" not in str(own)
    assert not set("şţŞŢ") & set(str(own))


@pytest.mark.parametrize("role", RoleName)
@pytest.mark.parametrize("language", STAFF_LANGUAGES)
def test_every_picture_is_there(role: RoleName, language: str) -> None:
    for block in manual(role, language):
        if block.picture:
            picture = PICTURES / language / f"{block.picture}.png"
            assert picture.stat().st_size > EMPTY, "make pictures"


def test_no_picture_is_left_over_and_all_are_small() -> None:
    for language in STAFF_LANGUAGES:
        shown = {block.picture for role in RoleName for block in manual(role, language)} - {""}
        assert {path.stem for path in (PICTURES / language).iterdir()} == shown
    assert sum(path.stat().st_size for path in PICTURES.rglob("*.png")) < MOST_BYTES


def test_a_line_is_read_in_its_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en").mkdir()
    text = "# A\n\nOpen [To check](centre.quality.waiting), **Reject**\nwith `g`.\n\n1. One\n2. Two\n\n![It](it-is)\n"
    (tmp_path / "en" / "clerk.md").write_text(text)
    monkeypatch.setattr("issuance.web.help.text.FOLDER", tmp_path)
    manual.cache_clear()
    title, line, *steps, picture = manual(RoleName.CLERK, "en")
    manual.cache_clear()
    assert title == Block("title", (Part("plain", "A"),))
    assert [(part.kind, part.text, part.endpoint) for part in line.parts] == [
        ("plain", "Open ", ""),
        ("label", "To check", "centre.quality.waiting"),
        ("plain", ", ", ""),
        ("label", "Reject", ""),
        ("plain", " with ", ""),
        ("key", "g", ""),
        ("plain", ".", ""),
    ]
    assert [(step.kind, step.parts[0].text) for step in steps] == [("step", "One"), ("step", "Two")]
    assert (picture.kind, picture.picture) == ("picture", "it-is")
