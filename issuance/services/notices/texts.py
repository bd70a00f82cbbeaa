"""The words of notices, by kind and language: pure, from `texts.toml` beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from issuance.models.notices import ChannelName, NoticeKind
from printing.papers.wording import LANGUAGES

OFFICE_LANGUAGE = "ro"
"""In which those who act for somebody are written to."""

INSTEAD = "en"
"""What is written to those in whose language there are no words yet."""

SAY_WHERE = (NoticeKind.MISSING, NoticeKind.READY, NoticeKind.REMINDER)
"""What asks the holder to come."""

Sentences = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice says beside its words. `place` is empty for whom nobody may seek; `days` is of what expires.

    `code` lets an address count, `reference` was lost; each stands in the one notice about it. `acts_for` is the
    reference of the request where the reader acts for its holder.
    """

    status: str
    stop: str
    place: str = ""
    days: str = ""
    code: str = ""
    reference: str = ""
    acts_for: str = ""

    @property
    def said(self) -> Mapping[str, str]:
        """What stands in the sentences of a kind."""
        return {"days": self.days, "code": self.code, "reference": self.reference}


@cache
def words() -> Mapping[str, Sentences]:
    """Every sentence, by kind (and `around` for what stands around each), name and language."""
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


def language_for(wanted: str) -> str:
    """The language in which somebody is written to whose language this is."""
    return wanted if wanted in LANGUAGES else INSTEAD


def subject(kind: str, language: str) -> str:
    """What stands over an e-mail."""
    return words()[kind]["subject"][language]


def text(kind: str, channel: str, language: str, facts: Facts) -> str:
    """What is sent."""
    return _short(kind, language, facts) if channel == ChannelName.SMS else _long(kind, language, facts)


def _short(kind: str, language: str, facts: Facts) -> str:
    """One part, and one for the address that stops."""
    return f"{words()[kind]['sms'][language] % facts.said}\n{facts.stop}"


def _long(kind: str, language: str, facts: Facts) -> str:
    around = {name: said[language] for name, said in words()["around"].items()}
    parts = [words()[kind]["text"][language] % facts.said]
    if facts.acts_for:
        parts.insert(0, around["mandate"] % {"reference": facts.acts_for})
    if facts.place and kind in SAY_WHERE:
        parts.append(around["place"] % {"place": facts.place})
    parts += [f"{around['look']}\n{facts.status}", f"{around['stop']}\n{facts.stop}", around["no_answer"]]
    return "\n\n".join(parts) + "\n"
