"""The words and reasons requests are read by (docs/law.md, E19, E20, E25): `requests.toml`.

They are codes and not terms: a word may be added, none is taken away, and so they have no date.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from pydantic import Field

from issuance.document_types.values import Value
from issuance.law.blocks import Sourced, read


class Reason(Sourced):
    """Why a document is replaced: the code that is stored, and where the law speaks of it."""

    code: str = Field(pattern=r"^[a-z_]+$")


class CorrectionReason(Reason):
    """Why what the register says is corrected; `free` where the new document costs nothing (E20)."""

    free: bool


class VulnerableMark(Sourced):
    """The word with which case handling's note begins for a person who must not wait (E25, R1)."""

    note_begins: str = Field(min_length=1)


class BirthPlace(Sourced):
    """The document types that are not lodged without a place of birth."""

    types: tuple[str, ...]


class RequestWords(Value):
    """Everything of `requests.toml`."""

    vulnerable: VulnerableMark
    birth_place: BirthPlace
    replacement: tuple[Reason, ...] = Field(min_length=1)
    correction: tuple[CorrectionReason, ...] = Field(min_length=1)

    @property
    def replacement_reasons(self) -> tuple[str, ...]:
        """The codes of the reasons, in the order in which they are offered."""
        return tuple(reason.code for reason in self.replacement)

    @property
    def correction_reasons(self) -> tuple[str, ...]:
        """The codes of the reasons for a correction, in the order in which they are offered."""
        return tuple(reason.code for reason in self.correction)

    def free_correction(self, reasons: Collection[str]) -> CorrectionReason | None:
        """The first of these reasons for which a corrected document costs nothing."""
        return next((each for each in self.correction if each.free and each.code in reasons), None)

    def is_vulnerable(self, note: str) -> bool:
        """Whether case handling's note marks a vulnerable person."""
        return note.strip().lower().startswith(self.vulnerable.note_begins)


@cache
def request_words() -> RequestWords:
    """The words in use; read once."""
    return RequestWords.model_validate(read("documents/requests.toml"))
