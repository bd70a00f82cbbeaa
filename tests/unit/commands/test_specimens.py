"""`flask specimen`: every form of every type is there, whole files only, without a database."""

import os

import pypdfium2
import pytest
from PIL import Image

from app import create_app
from issuance import document_types
from issuance.commands import specimens
from issuance.settings import Settings
from printing import papers
from printing.faces.layout import load

LAYLA = specimens.PERSONS[1]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("specimens")
    receipts = {name: page for name, page in papers.specimens().items() if name.startswith("receipt-")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(papers, "specimens", lambda: receipts)  # the others have tests of their own, and take seconds
        return folder, list(specimens.write(folder, [LAYLA]))


def test_every_type_is_written_with_all_its_faces_as_picture_and_pdf(written):
    folder, _ = written
    for kind in document_types.load().values():
        shipped = load(kind.template().layout)
        for face in shipped.faces:
            with Image.open(folder / kind.code / f"arabic-{face.name}.png") as picture:
                across, along = (round((side + 2 * bleed) / 25.4 * 300) for side, bleed in
                                 zip((shipped.width, shipped.height), shipped.bleed, strict=True))  # fmt: skip
                assert picture.size == pytest.approx((across, along), abs=1)
        with pypdfium2.PdfDocument(folder / kind.code / "arabic.pdf") as document:
            assert len(document) == len(shipped.faces)
    assert (folder / "TID-paper" / "arabic-page.png").is_file()


def test_what_is_said_to_be_written_is_there_and_nothing_else(written):
    folder, paths = written
    assert sorted(paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    assert {folder / "contact-sheet.png", folder / "contact-sheet.pdf", folder / "papers/receipt-ar.pdf"} <= {*paths}


def test_every_script_has_its_person_and_all_compose():
    scripts = {"latin", "arabic", "persian", "urdu", "pashto", "cyrillic", "bengali", "devanagari", "gurmukhi",
               "sinhala", "ethiopic"}  # fmt: skip
    assert scripts < {person.name for person in specimens.PERSONS}
    forms = [(made.form, made.person) for made in specimens.specimens()]
    assert len(forms) == len(set(forms)) == 9 * len(specimens.PERSONS)


def test_a_folder_that_cannot_be_is_said_in_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("a file")
    app = create_app(Settings(var=tmp_path / "var"))
    result = app.test_cli_runner().invoke(args=["specimen", "--out", str(tmp_path / "taken")], catch_exceptions=False)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "taken" in result.output


def test_a_write_that_fails_leaves_nothing_half_written(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device", "disk")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        list(specimens.write(tmp_path, [LAYLA]))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
