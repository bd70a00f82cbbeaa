"""The holder's rights over their data (GDPR; docs/privacy.md): terms, articles of answers, and the notice of Art 13."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from issuance.document_types.values import Value
from issuance.law.blocks import DatedBlock, in_force, oldest_first, read
from issuance.law.persons import rights
from issuance.law.persons.rights import Said
from issuance.values.calendar import add_months, add_working_days, is_working_day

Section = Literal["who", "why", "what", "told", "kept", "right"]
SECTIONS: tuple[Section, ...] = ("who", "why", "what", "told", "kept", "right")
"""Of the notice, in the order of reading."""

DATA_KINDS = ("access", "rectification", "restriction", "objection")
"""Demands under the GDPR, with its month; of the others a petition's days count."""

KINDS = (*DATA_KINDS, "question", "complaint")


class PrivacyRules(DatedBlock):
    """The terms of one block: months of the GDPR, calendar days of petitions and of a report, hours of a breach."""

    months: int = Field(ge=1)
    more_months: int = Field(ge=1)
    petition_days: int = Field(ge=1)
    more_petition_days: int = Field(ge=1)
    report_days: int = Field(ge=1)
    breach_hours: int = Field(ge=1)

    def due(self, kind: str, taken_on: dt.date, *, extended: bool = False) -> dt.date:
        """The last day for the answer to what was taken in on this day.

        A term of months that ends on no working day ends on the next one (Reg. 1182/71, Art 3(4)); one of a petition's
        days ends where it ends.
        """
        if kind not in DATA_KINDS:
            days = self.petition_days + self.more_petition_days * extended
            return taken_on + dt.timedelta(days=days)
        last = add_months(taken_on, self.months + self.more_months * extended)
        return last if is_working_day(last) else add_working_days(last, 1)


class NoticeText(Said):
    """One sentence or two of the notice. `version` is the day on which its words were last changed."""

    code: str
    kind: Section
    version: dt.date
    at: tuple[str, ...]

    @property
    def key(self) -> str:
        """By which it is known to who reviews texts."""
        return f"privacy {self.code}"


class Withheld(Said):
    """What a report leaves out, in words, and by which article."""

    at: str


class Answers(Value):
    """By which articles a demand of one kind is granted or refused."""

    granted: tuple[str, ...]
    refused: tuple[str, ...]


class Recipient(Value):
    """Somebody to whom data are told: by which article, and whether Art 19 asks to tell them of a rectification."""

    at: str
    to_inform: bool


class Privacy(Value):
    """Everything of `privacy.toml`."""

    rules: tuple[PrivacyRules, ...]
    answers: Mapping[str, Answers]
    restrictions: Mapping[str, str]
    recipients: Mapping[str, Recipient]
    withheld: Mapping[str, Withheld]
    texts: tuple[NoticeText, ...]
    heads: Mapping[str, Said]

    @model_validator(mode="after")
    def _every_place_is_of_a_law(self) -> Privacy:
        places = [at for text in self.texts for at in text.at]
        places += [at for each in self.answers.values() for at in (*each.granted, *each.refused)]
        places += [*self.restrictions.values(), *(each.at for each in self.recipients.values())]
        places += [each.at for each in self.withheld.values()]
        unknown = {at.split()[0] for at in places} - set(rights.rights().laws)
        if unknown or set(self.answers) != set(KINDS):
            raise ValueError(f"privacy.toml names laws that are not there ({unknown}), or not every kind of demand")
        return self


@cache
def privacy() -> Privacy:
    """What is in force; read once."""
    return Privacy.model_validate(read("office/privacy.toml"))


def privacy_rules_on(day: dt.date) -> PrivacyRules:
    """The terms in force on the day something was taken in; RuleViolation before the first."""
    return in_force(
        oldest_first(privacy().rules),
        day,
        rule="privacy",
        field="taken_on",
        too_early="Terms of data protection are known from %(start)s. Check the clock of this computer.",
    )


def notice_version() -> str:
    """Of the whole notice: the day of its newest text."""
    return max(text.version for text in privacy().texts).isoformat()


def of_section(section: Section) -> tuple[NoticeText, ...]:
    """The texts of one part of the notice."""
    return tuple(text for text in privacy().texts if text.kind == section)


def article(at: str, language: str) -> str:
    """A place of a law as it is written in the language: `Regulation (EU) 2016/679, Art 15(4)`."""
    return rights.places([at], language)
