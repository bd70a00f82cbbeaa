"""The seal profiles we write and decode, from `seal_profiles.toml`: what each seal contains and how large it is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from printing.seals.encoding import c40_size

MRZ = "mrz"
"""The feature that holds a machine readable zone; every other one is a text."""


@dataclass(frozen=True)
class Feature:
    """One document feature: its tag, our name for it, and its length in characters of C40."""

    tag: int
    name: str
    characters: int

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return c40_size(self.characters)


@dataclass(frozen=True)
class Profile:
    """What the seal of one kind of document is made of, and the DataMatrix that carries it.

    `name` is "FD/02" and so on: feature definition and document type category in hex. The symbol has `modules` x
    `modules` modules of at least `module_mm` millimetres and holds `capacity` bytes.
    """

    name: str
    title: str
    source: str
    header_version: int
    modules: int
    capacity: int
    module_mm: float
    features: tuple[Feature, ...]

    @property
    def reference(self) -> tuple[int, int]:
        """Feature definition reference and document type category, the last two bytes of the header."""
        definition, category = bytes.fromhex(self.name.replace("/", ""))
        return definition, category


def _profile(name: str, data: dict[str, Any]) -> Profile:
    features = tuple(Feature(**feature) for feature in data.pop("features"))
    return Profile(name=name, features=features, **data)


def _load() -> Mapping[str, Profile]:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return MappingProxyType({name: _profile(name, values) for name, values in data.items()})


PROFILES = _load()
"""Every profile, by name."""
