"""The document types, read from the TOML files beside this module: `load()["RP-R"].rules_on(day)`.

A new type is one file. A file that does not follow the model stops the start with an error naming file and key.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError, field_validator, model_validator

from issuance.document_types.rules import Rules
from issuance.document_types.values import Localised, MachinePart, Value
from issuance.errors import LimanError, NotFound, RuleViolation
from printing.content import Template

HERE = Path(__file__).parent
NUMBER_LENGTH = 9
Form = Literal["card", "booklet", "sheet", "paper"]
DataGroup = Literal["DG1", "DG2", "DG11", "DG12", "DG14", "DG15"]


class DefinitionError(LimanError):
    """A document type's file is wrong; the message names the file and the key."""

    code = "definition_error"


class MrzCode(Value):
    """Which machine readable zone the type carries, or would in seals: layout and document code (Doc 9303-4 to 6).

    `nationality` is what a travel document of the 1951 Convention writes instead of the person's own (Doc 9303-3,
    section 5, part D), except for the nationalities in `kept`.
    """

    layout: Literal["TD1", "TD2", "TD3"]
    code: str = Field(pattern=r"^[A-Z]{2}$")
    nationality: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    kept: tuple[str, ...] = ()

    def nationality_of(self, person: str) -> str:
        """The nationality to write for a person of this nationality (three letters)."""
        return person if self.nationality is None or person in self.kept else self.nationality


class Face(Value):
    """The face family in `printing/faces/layouts` and the type's own words on it, by the names the layout uses.

    `also` is the layout of the type's other form (`also_form`); `preprinted` stock brings its ground itself.
    """

    layout: str
    also: str | None = None
    preprinted: bool = False
    texts: dict[str, str]


class Chip(Value):
    """What goes into the chip: the personalisation profile of its stock (`card_drivers/profiles`) and data groups."""

    profile: str
    data_groups: tuple[DataGroup, ...]

    @field_validator("data_groups", mode="before")
    @classmethod
    def _no_fingerprints(cls, names: Any) -> Any:
        """DG3 is for inspection systems that prove their right to it (Doc 9303-11, 7.1; Reg. (EC) 2252/2004, Art 2)."""
        if isinstance(names, list) and "DG3" in names:
            raise ValueError(
                "DG3 holds fingerprints: it is written only by a profile with terminal authentication and a CVCA trust"
                " point, which this release has not. Leave DG3 out"
            )
        return names

    @model_validator(mode="after")
    def _says_who(self) -> Chip:
        if not {"DG1", "DG2"} <= set(self.data_groups) or len(set(self.data_groups)) != len(self.data_groups):
            raise ValueError("`data_groups` names DG1 and DG2 (Doc 9303-10, 4.1), and each group once")
        return self


class Booklet(Value):
    """How the type's booklet goes into the printer: open at `page`, the spine as `position` says."""

    page: int = Field(ge=1, le=99)
    position: Literal["spine-top", "spine-left"]


class Seal(Value):
    """The visible digital seal of the type: its profile, one of `printing/seals/profiles.toml` (BSI TR-03137-1)."""

    profile: Literal["FD/02", "FB/06", "5E/03"]


class DocumentType(Value):
    """One type of document: what it is made of, and its rules by date."""

    code: str = Field(pattern=r"^[A-Z]{2,3}(-[A-Z])?$")
    title: Localised
    form: Form
    also_form: Form | None = None
    issued_by: Literal["inspectorate", "mission"]
    producer: Literal["bureau", "station", "both"]
    stock: str
    exclusive: Literal["residence", "temporary", "travel", "return"]
    """Of each group a person has one document: the next one ends it at its hand-over (E15, E21, E24)."""
    number_source: Literal["register", "blank"]
    number_prefix: str = Field(pattern=r"^[A-Z]{1,3}$")
    machine_parts: tuple[MachinePart, ...]
    mrz: MrzCode | None = None
    face: Face | None = None
    booklet: Booklet | None = None
    chip: Chip | None = None
    seal: Seal | None = None
    rules: tuple[Rules, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_agree(self) -> DocumentType:
        starts = [block.from_date for block in self.rules]
        if starts != sorted(set(starts)):
            raise ValueError("the blocks of `rules` are in order of `from`, each from a day of its own")
        if (self.form == "booklet") != (self.booklet is not None):
            raise ValueError("`booklet` says how it goes into the printer, exactly when `form` is booklet")
        if self.number_source == "blank" and not (self.booklet and self.chip):
            raise ValueError('`number_source = "blank"` is for booklets with a chip: hands find the one that is named')
        if ("chip" in self.machine_parts) != (self.chip is not None):
            raise ValueError("`chip` is described exactly when `machine_parts` names it")
        if self.chip and "mrz" not in self.machine_parts:
            raise ValueError("`machine_parts` names a chip and so the mrz, which opens it")
        if self.face and (self.face.also is None) != (self.also_form is None):
            raise ValueError("`face.also` names the layout of `also_form`, exactly when there is one")
        if ("seal" in self.machine_parts) != (self.seal is not None):
            raise ValueError("`seal` is described exactly when `machine_parts` names it")
        if {"mrz", "seal"} & set(self.machine_parts) and self.mrz is None:
            raise ValueError("`machine_parts` names the mrz, or a seal that holds one: describe it under `mrz`")
        return self

    def rules_on(self, day: dt.date) -> Rules:
        """The block in force on `day`; RuleViolation when the type had none yet."""
        in_force = [block for block in self.rules if block.from_date <= day]
        if not in_force:
            raise RuleViolation(
                "E2",
                self.rules[0].legal_basis.en,
                "%(type)s has no rules for %(day)s: the first apply from %(start)s. Check the date.",
                field="lodged_on",
                type=self.code,
                day=f"{day:%d.%m.%Y}",
                start=f"{self.rules[0].from_date:%d.%m.%Y}",
            )
        return in_force[-1]

    def amended(self, blocks: Iterable[Rules]) -> DocumentType:
        """The type with an office's own blocks among its rules; of two blocks of one day the office's is in force."""
        by_day = {block.from_date: block for block in (*self.rules, *blocks)}
        return self.model_copy(update={"rules": tuple(by_day[day] for day in sorted(by_day))})

    def check_producible(self) -> Face:
        """The face this release composes; RuleViolation when the type has none and cannot be approved."""
        if self.face is None:
            raise RuleViolation(
                "issued types",
                self.rules[-1].legal_basis.en,
                "%(type)s has no face in this release and cannot be produced. Issue it on the present form.",
                field="document_type",
                type=self.code,
            )
        return self.face

    def template(self, *, also: bool = False) -> Template:
        """What the composer needs to know of the type, or of its other form; RuleViolation when it has no face."""
        face = self.check_producible()
        return Template(
            document_type=self.code,
            layout=face.also if also and face.also else face.layout,
            mrz_layout=self.mrz.layout if self.mrz and "mrz" in self.machine_parts else None,
            mrz_code=self.mrz.code if self.mrz else "",
            texts=dict(face.texts),
            seal=self.seal.profile if self.seal else None,
            preprinted=face.preprinted and not also,
        )

    def number(self, sequence: int) -> str:
        """The document number, nine characters: prefix and `sequence`; ValueError when it does not fit."""
        digits = NUMBER_LENGTH - len(self.number_prefix)
        if not 0 <= sequence < 10**digits:
            raise ValueError(f"{sequence} does not fit the {digits} digits after {self.number_prefix}: a new prefix")
        return f"{self.number_prefix}{sequence:0{digits}d}"


class RuleVersion(NamedTuple):
    """One block as the register keeps it, for ever."""

    document_type: str
    from_date: dt.date
    digest: str
    json: str


def rule_versions(document_type: DocumentType) -> list[RuleVersion]:
    """Every block of the type with its digest, oldest first."""
    return [
        RuleVersion(document_type.code, block.from_date, block.digest(), block.canonical_json())
        for block in document_type.rules
    ]


def parse(name: str, text: str) -> DocumentType:
    """One file's text; DefinitionError names the file (`name`, whose stem is the code) and every wrong key."""
    try:
        data = tomllib.loads(text)
        code = Path(name).stem
        blocks = [block | {"document_type": code} for block in data.pop("rules", [])]
        return DocumentType.model_validate({"code": code} | data | {"rules": blocks})
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError("%(file)s is not TOML: %(error)s.", file=name, error=error) from error
    except ValidationError as error:
        raise DefinitionError("%(file)s: %(problems)s.", file=name, problems=_problems(error)) from error


def _problems(error: ValidationError) -> str:
    lines = (f"{'.'.join(map(str, item['loc'])) or 'type'}: {item['msg']}" for item in error.errors())
    return "; ".join(lines)


@cache
def load() -> Mapping[str, DocumentType]:
    """All types by code, in the order of their codes; read once."""
    types = (parse(path.name, path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.toml")))
    return MappingProxyType({document_type.code: document_type for document_type in types})


def get(code: str) -> DocumentType:
    """The type with this code; NotFound when there is none."""
    try:
        return load()[code]
    except KeyError:
        raise NotFound(
            "There is no document type %(code)s. Choose one of %(known)s.",
            field="document_type",
            code=code[:20],
            known=", ".join(load()),
        ) from None


HEADINGS = ("code", "title", "form", "validity", "MRZ", "machine parts", "due", "fee", "legal basis", "from")


def table(types: Iterable[DocumentType], day: dt.date | None = None, language: str = "en") -> list[tuple[str, ...]]:
    """One row of texts a type, under `HEADINGS`: the rules in force on `day`, or the newest."""
    return [_row(item, item.rules_on(day) if day else item.rules[-1], language) for item in types]


def _row(item: DocumentType, rules: Rules, language: str) -> tuple[str, ...]:
    return (
        item.code,
        item.title.text(language),
        "/".join(filter(None, (item.form, item.also_form))),
        rules.validity.text.text(language),
        f"{item.mrz.layout} {item.mrz.code}" if item.mrz else "-",
        ", ".join(item.machine_parts) or "-",
        rules.deadline.text.text(language),
        "yes" if rules.fee_allowed else "no",
        rules.legal_basis.text(language),
        rules.from_date.isoformat(),
    )
