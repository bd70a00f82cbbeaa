"""The values a face is made of: what is printed on one document, and nothing else.

`DocumentContent` is frozen at approval, kept encrypted, and composed again identically each time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from printing.errors import ContentError
from printing.mrz import Mrz, MrzError
from printing.mrz.transliteration import TransliterationError, to_mrz

_PLAIN_NAME = re.compile(r"[A-Za-z]+([ -][A-Za-z]+)*")
_PARTIAL_DATE = re.compile(r"(\d{4}|XXXX)-(\d{2}|XX)-(\d{2}|XX)")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A birth date of which year, month or day may be unknown (Doc 9303-3; docs/law.md, E17)."""

    year: int | None
    month: int | None
    day: int | None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `YYYY-MM-DD` with `XXXX` or `XX` for unknown parts; ValueError says what is wrong."""
        match = _PARTIAL_DATE.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a date of the form YYYY-MM-DD (XXXX, XX where unknown)")
        year, month, day = (None if part.startswith("X") else int(part) for part in match.groups())
        # 2000 is a leap year, so 29 February passes when the year is unknown; January has 31 days.
        dt.date(year or 2000, month or 1, day or 1)
        return cls(year, month, day)

    def __str__(self) -> str:
        return "-".join((self._part(self.year, 4), self._part(self.month, 2), self._part(self.day, 2)))

    @property
    def visual(self) -> str:
        """The visual-zone form, `DD MM YYYY` with X for unknown digits."""
        return " ".join((self._part(self.day, 2), self._part(self.month, 2), self._part(self.year, 4)))

    @property
    def mrz(self) -> str:
        """The six MRZ characters, `<<` for an unknown part."""
        year = f"{self.year % 100:02d}" if self.year is not None else "<<"
        return year + self._part(self.month, 2, "<") + self._part(self.day, 2, "<")

    @staticmethod
    def _part(value: int | None, width: int, unknown: str = "X") -> str:
        return unknown * width if value is None else f"{value:0{width}d}"


def _check_partial_date(text: str) -> str:
    PartialDate.parse(text)
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Nationality = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]
BirthDate = Annotated[str, AfterValidator(_check_partial_date)]


class DocumentContent(BaseModel):
    """Everything personal on one document. JSON with these names is the input of `flask compose`.

    Names are in the confirmed Latin spelling; `native_name` is in the holder's script. `portrait` and
    `signature` are JPEG or PNG bytes (base64 in JSON). `birth_date` is `YYYY-MM-DD`, XX where unknown.
    `other_nationalities` follow the first, which the zone and the seal take. `expiry_date` is the last valid day, None
    on a document that ends by an event and not by a day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    document_number: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,15}$")]
    family_name: Text
    given_names: Text = ""
    native_name: Text = ""
    birth_date: BirthDate
    birth_place: Text = ""
    sex: Literal["F", "M", "X"]
    nationality: Nationality
    other_nationalities: tuple[Nationality, ...] = ()
    issue_date: dt.date
    expiry_date: dt.date | None = None
    place_of_issue: Text
    authority: Text = "IGI"
    issuing_state: Literal["ROU"] = "ROU"
    personal_number: Text = ""
    address: Text = ""
    reference: Text = ""
    access_number: Annotated[str, StringConstraints(pattern=r"^(\d{6})?$")] = ""
    declared_identity: bool = False
    portrait: bytes | None = None
    signature: bytes | None = None


@dataclass(frozen=True)
class Template:
    """What a document type tells the composer: which face, which MRZ, and its fixed texts.

    `layout` names a file of `printing/faces/layouts`; `mrz_layout` is "TD1", "TD2", "TD3" or None; `texts` are the
    type's own words, by the names its layout uses (`title`, `category`, ...). `seal` is the profile of its visible
    digital seal ("FD/02"), None for a type without one. `preprinted` leaves the ground out: the blank brings it.
    """

    document_type: str
    layout: str
    mrz_layout: str | None = None
    mrz_code: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    seal: str | None = None
    preprinted: bool = False


def mrz_of(content: DocumentContent, template: Template) -> Mrz | None:
    """The machine readable zone of this document, None for a type without one.

    ContentError, MrzError or TransliterationError, with the `field` of the content, if it cannot be made.
    """
    return zone(content, template, template.mrz_layout) if template.mrz_layout else None


def zone(content: DocumentContent, template: Template, layout: str, *, open_end: str = "") -> Mrz:
    """This content as a zone of any layout; `open_end` (YYMMDD) stands for the last day of a document without one.

    Errors as `mrz_of`; ContentError for a document without a last day where no `open_end` is given.
    """
    last_day = f"{content.expiry_date:%y%m%d}" if content.expiry_date else open_end
    if not last_day:
        raise ContentError("expiry_date", "is missing; a machine readable zone has the last valid day.")
    try:
        found = _mrz(content, template, layout, last_day)
        found.check_writable()
        return found
    except MrzError as error:
        error.field = _CONTENT_FIELDS.get(error.field, error.field)
        raise


_CONTENT_FIELDS = {
    "primary_identifier": "family_name",
    "secondary_identifier": "given_names",
    "optional_data_1": "personal_number",
}
"""Fields of the content that have another name in the machine readable zone."""


def _mrz(content: DocumentContent, template: Template, layout: str, last_day: str) -> Mrz:
    return Mrz(
        layout=layout,
        document_code=template.mrz_code,
        issuing_state=content.issuing_state,
        document_number=content.document_number,
        nationality=content.nationality,
        birth_date=PartialDate.parse(content.birth_date).mrz,
        sex="<" if content.sex == "X" else content.sex,
        expiry_date=last_day,
        primary_identifier=_mrz_letters("family_name", content.family_name),
        secondary_identifier=_mrz_letters("given_names", content.given_names),
        # TD2 has seven characters of optional data: no room for a CNP.
        optional_data_1="" if layout == "TD2" else content.personal_number,
    )


def _mrz_letters(field: str, name: str) -> str:
    if _PLAIN_NAME.fullmatch(name):  # what `to_mrz` makes of most names, at a tenth of its time
        return name.upper().replace("-", " ")
    try:
        return to_mrz(name)
    except TransliterationError as error:
        error.field = field
        raise


def barcode_of(content: DocumentContent) -> str:
    """What the Code 128 on a document says: its number, so that scanning it anywhere opens the case."""
    return content.document_number
