"""What events of case handling do here (docs/law.md, R1, E7, E15): `exchange.toml`. Codes, so without a date."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from issuance.document_types.values import Value
from issuance.law.blocks import Sourced, read


class Application(Sourced):
    """By the first request of which document an application that this event tells is registered or lodged."""

    event: str
    document: str


class CaseEnding(Sourced):
    """By which outcomes of an event the case is closed, and on which ground its documents end then."""

    event: str
    closing: tuple[str, ...]
    ground: str


class Unknown(Sourced):
    """For how many days what was told of somebody unknown is kept, from the last event of them on."""

    days: int = Field(ge=1)


class ExchangeRules(Value):
    """Everything of `exchange.toml`."""

    ahead: int = Field(ge=1, le=1_000)
    applications: tuple[Application, ...]
    endings: tuple[CaseEnding, ...]
    unknown: Unknown

    def document_of(self, event: str) -> str:
        """The document type of an application event."""
        return next(each.document for each in self.applications if each.event == event)

    def ground_of(self, event: str, outcome: str) -> str:
        """The ground on which documents end by this outcome; empty when nothing ends by it."""
        return next((each.ground for each in self.endings if each.event == event and outcome in each.closing), "")


@cache
def exchange_rules() -> ExchangeRules:
    """What is in force; read once."""
    return ExchangeRules.model_validate(read("office/exchange.toml"))
