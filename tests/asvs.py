"""How we stand to OWASP ASVS 5.0.0: docs/asvs/*.toml, one file a chapter, and the page that is made of them.

`python -m tests.asvs` writes docs/asvs.md anew. What a requirement asks is said in words of ours: its own are the
standard's (CC BY-SA), of which `docs/asvs/ids.txt` has every number with its level and nothing else.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "asvs"
PAGE = ROOT / "docs" / "asvs.md"
LEVEL = 2
"""Every requirement up to this level is answered."""

ALL_LEVELS = frozenset({6, 7, 8, 11, 14, 16})
"""Chapters of which level 3 is answered too: authentication, sessions, access, cryptography, data, logging."""

ANSWERS = ("met", "deviation", "not_applicable")
WORDS = {"met": "met", "deviation": "deviation", "not_applicable": "not applicable"}


@dataclass(frozen=True)
class Requirement:
    """One requirement: what it asks, and either what shows it (`path::test`, `path:name`) or why not."""

    id: str
    level: int
    asks: str
    answer: str
    said: str | tuple[str, ...]

    @property
    def proofs(self) -> tuple[str, ...]:
        """Tests, and places of the source, that show it; none for what is not met."""
        return self.said if isinstance(self.said, tuple) else ()


@dataclass(frozen=True)
class Chapter:
    """One chapter of the standard, and why all of it does not apply, where it does not."""

    number: int
    title: str
    requirements: tuple[Requirement, ...]


def known() -> dict[str, int]:
    """Every id of the standard with its level, as `ids.txt` has them."""
    lines = (FOLDER / "ids.txt").read_text("utf-8").splitlines()
    return {each.split()[0]: int(each.split()[1]) for each in lines}


def wanted() -> dict[str, int]:
    """The ids that are answered, with their levels."""
    return {
        each: level for each, level in known().items() if level <= LEVEL or int(each.partition(".")[0]) in ALL_LEVELS
    }


def chapters(folder: Path = FOLDER) -> list[Chapter]:
    """What the files say, in the order of the standard. KeyError or ValueError names what one lacks."""
    return [_chapter(tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))]


def _chapter(data: dict[str, object]) -> Chapter:
    number, title, why = int(str(data.pop("number"))), str(data.pop("title")), data.pop("not_applicable", None)
    given = {f"{number}.{id_}": dict(each) for id_, each in data.items()}  # type: ignore[call-overload]
    if why is not None:
        for id_ in wanted():
            if id_.startswith(f"{number}."):
                given.setdefault(id_, {"asks": "", "not_applicable": why})
    found = [_requirement(id_, each) for id_, each in given.items()]
    return Chapter(number, title, tuple(sorted(found, key=lambda each: [int(part) for part in each.id.split(".")])))


def _requirement(id_: str, given: dict[str, object]) -> Requirement:
    asks = str(given.pop("asks"))
    ((answer, said),) = given.items()
    if answer not in ANSWERS:
        raise ValueError(f"{id_}: {answer} is no answer")
    return Requirement(id_, known()[id_], asks, answer, tuple(said) if isinstance(said, list) else str(said))


def page(found: list[Chapter]) -> str:
    """The page as it is kept."""
    return "\n".join([HEAD, *_counts(found), "", *(line for each in found for line in _section(each))])


HEAD = """\
# How we stand to OWASP ASVS 5.0.0

Made by `python -m tests.asvs` from `docs/asvs/`; `tests/test_asvs.py` fails when a test or a place that is named here
is gone, when a requirement is missing, or when this page is another. Answered are levels 1 and 2, and level 3 for
authentication, sessions, access, cryptography, data and logging. What is asked is in words of ours; the
[standard](https://github.com/OWASP/ASVS/tree/v5.0.0_release/5.0/en) has its own. Written decisions are in
[security.md](security.md). A deviation says why, and what would mend it. Nobody outside has looked at this yet.
"""


def _counts(found: list[Chapter]) -> list[str]:
    levels = sorted({each.level for chapter in found for each in chapter.requirements})
    head = [f"L{level} {WORDS[answer]}" for level in levels for answer in ANSWERS]
    lines = [f"| chapter | {' | '.join(head)} |", f"|---|{'---|' * len(head)}"]
    total = Counter[tuple[int, str]]()
    for chapter in found:
        counted = Counter((each.level, each.answer) for each in chapter.requirements)
        total += counted
        lines.append(_row(f"V{chapter.number} {chapter.title}", counted, levels))
    return [*lines, _row("all", total, levels)]


def _row(name: str, counted: Counter[tuple[int, str]], levels: list[int]) -> str:
    cells = [str(counted[level, answer] or "") for level in levels for answer in ANSWERS]
    return f"| {name} | {' | '.join(cells)} |"


def _section(chapter: Chapter) -> list[str]:
    lines = [f"## V{chapter.number} {chapter.title}", ""]
    asked = [each for each in chapter.requirements if each.asks]
    rest = [each for each in chapter.requirements if not each.asks]
    if asked:
        lines += ["| id | L | asks | answer |", "|---|---|---|---|"]
        lines += [f"| {each.id} | {each.level} | {each.asks} | {_answer(each)} |" for each in asked]
        lines.append("")
    if rest:
        lines += [f"Not applicable, {rest[0].said}: {', '.join(each.id for each in rest)}.", ""]
    return lines


def _answer(each: Requirement) -> str:
    if each.proofs:
        return ", ".join(f"`{proof}`" for proof in each.proofs)
    return f"**{WORDS[each.answer]}**: {each.said}"


if __name__ == "__main__":
    PAGE.write_text(page(chapters()), "utf-8")
