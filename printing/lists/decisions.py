"""The list of decisions that let a class of documents hold longer than is printed: signed as the status lists are.

A status list says that a document holds; why it does so after the day that is printed on it stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from printing.lists import envelope
from printing.lists.envelope import Claims, Signed
from printing.lists.status_list import DIGITS
from printing.pki.signing import Signer

NAME = "decisions"
"""What the list is called, where the status lists are."""

KIND = "liman-decisions"
DAYS = ("printed_from", "printed_to", "from", "until")
CWT_TYPE, JWT_TYPE = f"application/{KIND}+cwt", f"application/{KIND}+jwt"


@dataclass(frozen=True)
class Decision:
    """Documents whose printed last day lies from `printed_from` to `printed_to` hold on the days `from_day` to `until`.

    Their numbers begin with one of `prefixes`. Types that share their letters are told apart by the status lists alone,
    which may not know of it before the moment `since`. `documents` says by language which ones they are.
    """

    reference: str
    documents: Mapping[str, str]
    prefixes: tuple[str, ...]
    printed_from: dt.date
    printed_to: dt.date
    from_day: dt.date
    until: dt.date
    since: dt.datetime

    def is_about(self, number: str, day: dt.date) -> bool:
        """Whether a document of this number may hold by it on a day."""
        return letters(number) in self.prefixes and self.from_day <= day <= self.until

    def covers(self, number: str, printed: dt.date, day: dt.date) -> bool:
        """The same of one whose printed last day is known; never of one that holds as long by itself."""
        in_class = self.printed_from <= printed <= self.printed_to and printed < self.until
        return in_class and self.is_about(number, day)


@dataclass(frozen=True)
class Decisions:
    """The list and what is signed with it, as `tokens.Token`."""

    subject: str
    issued_at: dt.datetime
    expires_at: dt.datetime
    ttl: int
    decisions: tuple[Decision, ...]

    @property
    def name(self) -> str:
        """The list's name: the end of its address."""
        return self.subject.rpartition("/")[2]


def letters(number: str) -> str:
    """What a document's number begins with, before its digits."""
    return number[:-DIGITS].rstrip("0123456789")


def cwt(token: Decisions, signer: Signer, certificate: bytes) -> bytes:
    """The list as a tagged COSE_Sign1."""
    return envelope.cwt(KIND, _claims(token), signer, certificate)


def jwt(token: Decisions, signer: Signer, certificate: bytes) -> bytes:
    """The list as a compact JWS."""
    return envelope.jwt(KIND, _claims(token), signer, certificate)


def read(data: bytes) -> Signed[Decisions]:
    """A list signed either way. TokenError says what it is not."""
    return envelope.read(KIND, data, _token)


def _claims(token: Decisions) -> Claims:
    return {
        "sub": token.subject,
        "iat": envelope.seconds(token.issued_at),
        "exp": envelope.seconds(token.expires_at),
        "ttl": token.ttl,
        "decisions": [_written(each) for each in token.decisions],
    }


def _written(decision: Decision) -> dict[str, Any]:
    return {
        "reference": decision.reference,
        "documents": dict(decision.documents),
        "numbers": list(decision.prefixes),
        "printed_from": decision.printed_from.isoformat(),
        "printed_to": decision.printed_to.isoformat(),
        "from": decision.from_day.isoformat(),
        "until": decision.until.isoformat(),
        "since": envelope.seconds(decision.since),
    }


def _token(claims: Claims) -> Decisions:
    return Decisions(*envelope.moments(claims), tuple(map(_decision, claims["decisions"])))


def _decision(read_: Mapping[str, Any]) -> Decision:
    prefixes, documents, reference = read_["numbers"], dict(read_["documents"]), read_["reference"]
    texts = (reference, *prefixes, *documents, *documents.values())
    envelope.require(all(isinstance(each, str) for each in texts) and isinstance(prefixes, list))
    first, last, begins, until = (dt.date.fromisoformat(read_[name]) for name in DAYS)
    since = dt.datetime.fromtimestamp(read_["since"], dt.UTC)
    return Decision(reference, documents, tuple(prefixes), first, last, begins, until, since)
