"""No key of a document type that nothing reads: each has its reader, or the issue it waits for, in docs/law.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy.modulefinder import BuildSource

from issuance import document_types
from printing.faces.layout import load as load_layout
from tests import readers

LAW = readers.ROOT / "docs" / "law.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| (.+?) \|", re.M)
WAITS = re.compile(r"waits for issue \d+")


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    return readers.readers(readers.product())


@pytest.fixture(scope="module")
def listed() -> dict[str, str]:
    """Key -> what docs/law.md says of its readers."""
    section = LAW.read_text("utf-8").partition("\n## 7.")[2].partition("\n## ")[0]
    return dict(ROW.findall(section))


def test_every_key_is_listed(listed: dict[str, str]) -> None:
    assert set(listed) == set(readers.keys())


def test_a_key_that_nothing_reads_waits_for_an_issue(found: dict[str, set[str]], listed: dict[str, str]) -> None:
    unread = {key for key, attribute in readers.keys().items() if attribute not in found}
    assert {key for key, text in listed.items() if WAITS.search(text)} == unread


def test_who_is_named_reads_it(found: dict[str, set[str]], listed: dict[str, str]) -> None:
    wrong = {
        key: f"{listed[key]}: read by {sorted(found[attribute])}"
        for key, attribute in readers.keys().items()
        if attribute in found and not _all_read(listed[key], found[attribute])
    }
    assert wrong == {}


def _all_read(text: str, truly: set[str]) -> bool:
    named = set(re.findall(r"`(.+?)`", text))
    return bool(named) and named <= truly


@pytest.mark.parametrize("code", document_types.load())
def test_every_text_of_a_face_stands_in_its_layout(code: str) -> None:
    face = document_types.get(code).face
    assert face
    asked = {name for layout in (face.layout, face.also) if layout for name in load_layout(layout).text_names()}
    assert set(face.texts) - asked - {"declared"} == set()  # `declared` is the value declared_identity of inks.py


READER = """
from issuance.document_types import DocumentType, Rules

def act(rules: Rules, kind: DocumentType) -> None:
    rules.check_fee(1)
    print(kind.chip.profile if kind.chip else None)
"""


def test_a_reader_is_found_through_what_it_calls_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "office.py"
    path.write_text(READER, encoding="utf-8")
    own = [source for source in readers.product() if "document_types" in source.module]
    found = readers.readers([*own, BuildSource(str(path), "office")])
    attributes = readers.keys()
    assert found[attributes["rules.fee"]] == {"office.act"}
    assert found[attributes["chip.profile"]] == {"office.act"}
    assert found[attributes["refusal.reason"]] >= {"office.act"}
    assert attributes["rules.ends.event"] not in found
    assert attributes["rules.four_eyes"] not in found
    assert attributes["rules.deadline.text"] not in found


def test_a_new_key_is_one_of_the_keys() -> None:
    class Coloured(document_types.DocumentType):
        colour: str

    assert "colour" in dict(readers._keys(Coloured))
