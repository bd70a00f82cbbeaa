"""Every document type as SPECIMEN, with people who do not exist, one for each script that holders write: pictures,
PDFs, and one sheet of all to look at. Neither database nor clock is asked: the files are the same each time.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
from PIL import Image, ImageDraw, ImageFont

from issuance import document_types
from issuance.commands.command_line import says
from issuance.document_types import DocumentType
from issuance.errors import InvalidInput, LimanError
from printing import papers
from printing.content import DocumentContent
from printing.content_json import load_content
from printing.faces.compose import Artwork, compose, document_pdf, face_png, rasterise
from printing.pages import fonts
from printing.portraits import drawn

ISSUED = dt.date(2026, 11, 2)
CONTACT_SHEET = "contact-sheet"
_THUMBNAIL, _GAP, _TITLE = 360, 14, 26  # pixels
_PAPER, _INK = "#f3f5f5", "#22303a"


@dataclass(frozen=True)
class Person:
    """A fictional holder. `name` is that of the files: the script of the native name, or what is particular."""

    name: str
    family_name: str
    given_names: str
    native_name: str
    birth_date: str
    birth_place: str
    sex: str
    nationality: str
    personal_number: str = ""
    declared: bool = False

    def content(self, kind: DocumentType) -> DocumentContent:
        """What a document of this kind says of the person."""
        return DocumentContent.model_validate(
            {
                "document_number": kind.number(1000 + 7 * PERSONS.index(self)),
                "family_name": self.family_name,
                "given_names": self.given_names,
                "native_name": self.native_name,
                "birth_date": self.birth_date,
                "birth_place": self.birth_place,
                "sex": self.sex,
                "nationality": kind.mrz.nationality_of(self.nationality) if kind.mrz else self.nationality,
                "issue_date": ISSUED,
                "expiry_date": kind.rules_on(ISSUED).valid_until(ISSUED),
                "place_of_issue": "Timișoara",
                "personal_number": self.personal_number,
                "address": "Str. Armoniei 33, Timișoara",
                "reference": "K7WMP3XQH5R",
                "access_number": "482915" if kind.chip else "",
                "declared_identity": self.declared,
                "portrait": _portrait(self),
                "signature": drawn.sign(self.name),
            }
        )


PERSONS = (
    Person("latin", "Barzanî", "Şîlan", "Şîlan Barzanî", "1989-01-23", "Duhok", "F", "IRQ", "8890123350010"),
    Person("arabic", "Al-Masri", "Layla", "ليلى المصري", "1992-07-14", "Halab", "F", "SYR"),
    Person("persian", "Hosseinipour", "Mohammadreza", "محمدرضا حسینی‌پور", "1979-01-01", "Esfahan", "M", "IRN",
           "7790101350016"),
    Person("urdu", "Chaudhry", "Ayesha Begum", "عائشہ بیگم چودھری", "1998-12-05", "Lahore", "F", "PAK"),
    Person("pashto", "Ahmadzai", "Gul Khan", "ګل خان احمدزی", "2001-03-XX", "Jalalabad", "M", "AFG", declared=True),
    Person("cyrillic", "Hedz-Yizhakevych", "Oksana", "Оксана Ґедзь-Їжакевич", "1984-05-30", "Kharkiv", "F", "UKR"),
    Person("bengali", "Rahman", "Md. Shafiqur", "মোঃ শফিকুর রহমান", "1995-11-09", "Sylhet", "M", "BGD"),
    Person("devanagari", "Shrestha", "Sharmila", "शर्मिला श्रेष्ठ", "1990-02-28", "Bhaktapur", "F", "NPL"),
    Person("gurmukhi", "Kaur", "Gurpreet", "ਗੁਰਪ੍ਰੀਤ ਕੌਰ", "1987-09-17", "Amritsar", "F", "IND"),
    Person("sinhala", "Perera", "Sriyani", "ශ්‍රියානි පෙරේරා", "1976-04-21", "Galle", "F", "LKA"),
    Person("ethiopic", "Tekle", "Selam", "ሰላም ተክለ", "2000-10-12", "Asmara", "X", "ERI"),
    Person("long-names", "Wickramasinghe Mudiyanselage", "Tharindu Chamara Bandaranayake",
           "වික්‍රමසිංහ මුදියන්සේලාගේ තරිඳු", "1993-06-08", "Anuradhapura", "M", "LKA"),
    Person("unknown-birth", "Jawadi", "Rahimullah", "رحیم‌الله جوادی", "XXXX-XX-XX", "Ghazni", "M", "AFG",
           declared=True),
    Person("one-name", "Zarmina", "", "زرمینه", "2009-XX-XX", "Kunduz", "F", "AFG", declared=True),
)  # fmt: skip


class Specimen(NamedTuple):
    """A composed document, with the name of its form (`TID`, `TID-paper`) and of its person."""

    form: str
    person: str
    artworks: tuple[Artwork, ...]


def specimens(persons: Sequence[Person] = PERSONS) -> Iterator[Specimen]:
    """Every form of every type for every person."""
    for kind in document_types.load().values():
        for also in (False, True)[: 2 if kind.also_form else 1]:
            form = f"{kind.code}-{kind.also_form}" if also else kind.code
            template = kind.template(also=also)
            for person in persons:
                yield Specimen(form, person.name, compose(person.content(kind), template, specimen=True))


def write(folder: Path, persons: Sequence[Person] = PERSONS) -> Iterator[Path]:
    """Write all specimens below a folder, and the contact sheets last; the path of each file as it is done.

    A file is there whole or not at all. OSError when it cannot be written; PrintingError when a type does not compose.
    """
    rows: dict[str, list[Image.Image]] = {}
    for form, person, artworks in specimens(persons):
        place = folder / form
        yield write_whole(place / f"{person}.pdf", document_pdf(artworks))
        for artwork in artworks:
            yield write_whole(place / f"{person}-{artwork.face}.png", face_png(artwork))
            rows.setdefault(f"{form} {artwork.face}", []).append(_thumbnail(artwork.combined, artwork.width_mm))
    yield from _sheets(folder / CONTACT_SHEET, rows, [person.name for person in persons])
    yield from _write_papers(folder / "papers")


def _write_papers(folder: Path) -> Iterator[Path]:
    rows: dict[str, list[Image.Image]] = {}
    for name, page in papers.specimens().items():
        yield write_whole(folder / f"{name}.pdf", page)
        rows.setdefault(name.rpartition("-")[0], []).append(_thumbnail(page, 210))
    yield from _sheets(folder / CONTACT_SHEET, rows, [])


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file under another name first, so that nobody meets a half of it; its path. OSError if it cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def _thumbnail(page: bytes, width_mm: float) -> Image.Image:
    """The first page of a PDF, `_THUMBNAIL` pixels wide; drawn at twice that, so that fine lines turn grey."""
    picture = rasterise(page, math.ceil(2 * _THUMBNAIL / width_mm * 25.4))
    return picture.resize((_THUMBNAIL, picture.height * _THUMBNAIL // picture.width), Image.Resampling.LANCZOS)


def _sheets(path: Path, rows: dict[str, list[Image.Image]], columns: Sequence[str]) -> Iterator[Path]:
    """One row of thumbnails a face, as PNG and as PDF of one page."""
    sheet = _sheet(rows, columns)
    for ending, options in (("png", {"compress_level": 4}), ("pdf", {"resolution": 200.0, "quality": 85})):
        output = io.BytesIO()
        undated = {"creationDate": None, "modDate": None} if ending == "pdf" else {}
        sheet.save(output, ending.upper(), **options, **undated)
        yield write_whole(path.with_suffix(f".{ending}"), output.getvalue())


def _sheet(rows: dict[str, list[Image.Image]], columns: Sequence[str]) -> Image.Image:
    across = max(map(len, rows.values())) * (_THUMBNAIL + _GAP) + _GAP
    along = _TITLE + sum(_TITLE + _GAP + row[0].height for row in rows.values()) + _GAP
    sheet = Image.new("RGB", (across, along), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(fonts.latin("bold").path), 17)
    for at, name in enumerate(columns):
        pen.text((_GAP + at * (_THUMBNAIL + _GAP), 6), name, _INK, font)
    top = _TITLE
    for name, row in rows.items():
        pen.text((_GAP, top + 4), name, _INK, font)
        for at, picture in enumerate(row):
            sheet.paste(picture, (_GAP + at * (_THUMBNAIL + _GAP), top + _TITLE))
        top += _TITLE + _GAP + row[0].height
    return sheet


@cache
def _portrait(person: Person) -> bytes:
    """A drawn head; its 900 x 1200 pixels as a centre takes them."""
    return drawn.draw(person.name, person.sex)


@click.command("compose")
@click.option("--type", "code", required=True, help="document type, for example RP-R")
@click.option("--content", "file", required=True, type=click.Path(path_type=Path), help="JSON, see docs/content.md")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path))
@says
def compose_specimen(code: str, file: Path, folder: Path) -> None:
    """Write a document as SPECIMEN: one PNG a face and document.pdf. Needs no database."""
    content = load_content(_utf8(file))
    try:
        template = document_types.get(code).template()
    except LimanError as error:
        raise InvalidInput("--type", str(error)) from error
    artworks = compose(content, template, specimen=True)
    files = {f"{artwork.face}.png": face_png(artwork) for artwork in artworks}
    files["document.pdf"] = document_pdf(artworks)
    for name, data in files.items():
        click.echo(write_whole(folder / name, data))


@click.command("specimen")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path))
@says
def write_specimens(folder: Path) -> None:
    """Write every document type as SPECIMEN in every script, and contact sheets to look at. Needs no database."""
    for path in write(folder):
        click.echo(path)


def _utf8(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("--content", "The file is not UTF-8. Save it as UTF-8.") from error
