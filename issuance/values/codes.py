"""Every coded word once, as it is stored and as files and forms send it; `web/words` says it to people."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from issuance.errors import InvalidInput

Choice = TypeVar("Choice", bound=str)


class Kind(StrEnum):
    """What is asked for: the first document of its type, or one that follows another (docs/law.md, section 2)."""

    FIRST = "first"
    RENEWAL = "renewal"
    EXTENSION = "extension"
    REPLACEMENT = "replacement"
    CORRECTION = "correction"


class Status(StrEnum):
    """What a person is under the law, which decides which documents there are for them.

    `ended` says only a final withdrawal (docs/law.md, E9): nobody lodges with it.
    """

    REFUGEE = "refugee"
    SUBSIDIARY = "subsidiary"
    APPLICANT = "applicant"
    TEMPORARY_PROTECTION = "temporary_protection"
    FAMILY_MEMBER = "family_member"
    ENDED = "ended"


class Sex(StrEnum):
    """As a document says it (Doc 9303-3): X is not stated."""

    FEMALE = "F"
    MALE = "M"
    NOT_STATED = "X"


class Procedure(StrEnum):
    """The procedure of the asylum case, as case handling says it."""

    REGULAR = "regular"
    ACCELERATED = "accelerated"
    BORDER = "border"


KINDS, SEXES, PROCEDURES = tuple(Kind), tuple(Sex), tuple(Procedure)
STATUSES = tuple(each for each in Status if each != Status.ENDED)


def one_of(field: str, value: str, choices: Iterable[Choice]) -> Choice:
    """`value` as one of `choices`; InvalidInput names the field and what can be chosen."""
    offered = tuple(choices)
    for choice in offered:
        if value == choice:
            return choice
    raise InvalidInput(field, "Choose one of %(choices)s.", choices=", ".join(offered))
