"""Whom a beneficiary may bring to Romania (docs/law.md, E13): `reunification.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from issuance.document_types.values import Localised, Refusal, Value
from issuance.law.blocks import Sourced, read


class AskedTie(Value):
    """What the law says of one tie for reunification. `refused`: it is no family by the law.

    A spouse is `married_before_entry`; a child below `minor_below`, `unmarried` and `dependent`; a parent or adult is
    that of an unmarried beneficiary below `of_minor_below`.
    """

    code: str
    refused: bool = False
    married_before_entry: bool = False
    minor_below: int | None = None
    unmarried: bool = False
    dependent: bool = False
    of_minor_below: int | None = None
    refusal: Refusal


class Reunification(Sourced):
    """Everything of `reunification.toml`: who asks, for whom, and by which document type an approved member comes."""

    statuses: tuple[str, ...]
    title: str
    asking: Refusal
    ex_officio: Refusal
    ties: tuple[AskedTie, ...]
    assumptions: tuple[Localised, ...]


@cache
def reunification() -> Reunification:
    """What is in force; read once."""
    return Reunification.model_validate(read("persons/reunification.toml"))


@cache
def asked_ties() -> Mapping[str, AskedTie]:
    """The ties that somebody may ask for, by code."""
    return {tie.code: tie for tie in reunification().ties}
