"""Which kinds of request exclude each other, and which document each follows (docs/law.md, E20, E24): `kinds.toml`."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import Self

from pydantic import model_validator

from issuance.document_types.values import Localised, Refusal, Value
from issuance.law.blocks import read
from issuance.values.codes import KINDS, Kind


class Beside(Value):
    """While one of the `open` kinds is open, none of the `lodged` is lodged; `is_asked`: unless somebody says why."""

    open: tuple[Kind, ...]
    lodged: tuple[Kind, ...]
    is_asked: bool = False
    refusal: Refusal


class FirstOne(Value):
    """A first request is refused while the person has a document of the type that stands so (`validity.Standing`)."""

    unless: tuple[str, ...]
    refusal: Refusal


class Follows(Value):
    """A request of these kinds follows a document that stands so (`validity.Standing`)."""

    kinds: tuple[Kind, ...]
    standings: tuple[str, ...]
    refusal: Refusal
    assumptions: tuple[Localised, ...] = ()


class RequestKinds(Value):
    """Everything of `kinds.toml`: one word about every two different kinds, and about every kind that follows."""

    beside: tuple[Beside, ...]
    first: FirstOne
    follows: tuple[Follows, ...]

    @model_validator(mode="after")
    def _says_everything_once(self) -> Self:
        for pair in permutations(KINDS, 2):
            if (found := len(self._about(*pair))) != 1:
                raise ValueError(f"{found} entries of `beside` are about {pair[1]} beside an open {pair[0]}")
        said = sorted(kind for each in self.follows for kind in each.kinds)
        if said != sorted(set(KINDS) - {Kind.FIRST}):
            raise ValueError("`follows` says once of every kind but a first which document it follows")
        return self

    def _about(self, open_kind: Kind, lodged: Kind) -> list[Beside]:
        return [
            each for each in self.beside if open_kind in each.open and lodged in each.lodged and open_kind != lodged
        ]

    def about(self, open_kind: Kind, lodged: Kind) -> Beside:
        """What is said of a request of the kind `lodged` beside an open one of another kind."""
        (found,) = self._about(open_kind, lodged)
        return found

    def followed_by(self, kind: Kind) -> Follows:
        """Which document a request of this kind follows."""
        (found,) = (each for each in self.follows if kind in each.kinds)
        return found


@cache
def request_kinds() -> RequestKinds:
    """What is in force; read once."""
    return RequestKinds.model_validate(read("documents/kinds.toml"))
