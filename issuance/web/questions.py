"""One question at a time about what a person sees: a tree whose answers are addresses and whose leaves are ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that one looks at, and where its answers lead."""

    words: Any
    hint: Any
    answers: tuple[tuple[Any, str], ...]


@dataclass(frozen=True, slots=True)
class End(Generic[Said]):
    """What was seen at the end of the questions: what it means, None while that cannot be said; and what follows."""

    seen: Any
    outcome: Said | None
    follows: Any


@dataclass(frozen=True)
class Asked(Generic[Said]):
    """Where one is among the questions, as a page shows it: a question or an end, and what was answered before."""

    at: str
    before: str
    answers: list[tuple[Any, Any]]
    question: Question | None
    end: End[Said] | None


@dataclass(frozen=True)
class Tree(Generic[Said]):
    """The questions by the name of the answer that leads there, the first one by ""; and the ends."""

    questions: Mapping[str, Question]
    ends: Mapping[str, End[Said]]

    @cached_property
    def outcomes(self) -> dict[str, Said]:
        """What can be said, by the name of its end."""
        return {name: end.outcome for name, end in self.ends.items() if end.outcome is not None}

    @cached_property
    def _came_from(self) -> dict[str, tuple[str, Any]]:
        return {then: (asked, said) for asked, each in self.questions.items() for said, then in each.answers}

    def asked(self, at: str) -> Asked[Said]:
        """Where the address says that one is; at the first question when nothing leads there."""
        at = at if at in self._came_from else ""
        before = self._came_from[at][0] if at else ""
        return Asked(at, before, self._answers(at), self.questions.get(at), self.ends.get(at))

    def _answers(self, at: str) -> list[tuple[Any, Any]]:
        """The questions that lead to `at`, each with what was said."""
        given = list[tuple[Any, Any]]()
        while at:
            at, said = self._came_from[at]
            given.insert(0, (self.questions[at].words, said))
        return given
