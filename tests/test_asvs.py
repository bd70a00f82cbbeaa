"""docs/asvs.md says of every requirement what shows it, and all that it names is there."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests import asvs
from tests.asvs import ROOT, Requirement

CRYPTOGRAPHY = frozenset(
    {"cryptography", "hashlib", "hmac", "itsdangerous", "passlib", "pkcs11", "secrets", "ssl", "webauthn"}
)
PRODUCT = ("app.py", "issuance", "printing", "card_drivers", "verify")
NAME = re.compile(r":?[A-Za-z_][\w.]*")
LEVELS = {1: 70, 2: 183, 3: 92}
"""As the standard counts itself."""


def requirements() -> list[Requirement]:
    """All that are answered."""
    return [each for chapter in asvs.chapters() for each in chapter.requirements]


def is_there(proof: str) -> bool:
    """Whether a test (`path::name`), a thing of a module (`path:name`) or words of another file (`path:words`) are."""
    path, _, name = proof.partition(":")
    file = ROOT / path
    if not file.is_file() or not name.strip(":"):
        return False
    if file.suffix != ".py" or not NAME.fullmatch(name):
        return name in file.read_text("utf-8")
    defined = set(names(ast.parse(file.read_text("utf-8")).body))
    return name.removeprefix(":") in defined and (not name.startswith(":") or name.startswith(":test_"))


def names(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """What statements define."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from names(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign):
            yield from (
                prefix + each.id for one in node.targets for each in ast.walk(one) if isinstance(each, ast.Name)
            )
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield prefix + node.target.id


def test_the_standard_is_whole() -> None:
    """The list of ids has as many of each level as the standard, and every chapter is counted through."""
    found = asvs.known()
    assert {level: list(found.values()).count(level) for level in LEVELS} == LEVELS
    numbers = [tuple(int(part) for part in each.split(".")) for each in found]
    for before, after in pairwise(numbers):
        steps = {(*before[:2], before[2] + 1), (before[0], before[1] + 1, 1), (before[0] + 1, 1, 1)}
        assert after in steps, after


def test_every_requirement_is_answered_once() -> None:
    answered = [each.id for each in requirements()]
    assert len(answered) == len(set(answered))
    assert set(asvs.wanted()) - set(answered) == set()


@pytest.mark.parametrize("path", sorted(asvs.FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_what_shows_it_is_there(path: Path) -> None:
    found = asvs._chapter(tomllib.loads(path.read_text("utf-8")))
    assert [f"{each.id}: {proof}" for each in found.requirements for proof in each.proofs if not is_there(proof)] == []
    for each in found.requirements:
        assert bool(each.proofs) == (each.answer == "met"), each.id
        assert "|" not in f"{each.asks}{each.said}", each.id


def test_what_is_gone_is_noticed() -> None:
    here = "tests/test_asvs.py"
    right = [f"{here}::test_what_is_gone_is_noticed", "tests/asvs.py:Requirement.proofs", "docs/asvs/ids.txt:1.1.1"]
    wrong = [f"{here}::test_nothing", f"{here}::is_there", "tests/asvs.py:nothing", "docs/asvs/ids.txt:99", "gone.py:x"]
    assert [each for each in right + wrong if is_there(each)] == right


def test_the_page_is_the_one_that_is_made() -> None:
    assert asvs.PAGE.read_text("utf-8") == asvs.page(asvs.chapters()), "python -m tests.asvs"


def test_every_place_of_cryptography_is_in_the_inventory() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    section = re.search(r"^## Keys and algorithms$(.*?)^## ", page, re.M | re.S)
    assert section is not None
    told = tuple(each.rstrip("*") for each in re.findall(r"`([\w./-]+/[\w./*-]*)`", section[1]))
    places = [path.relative_to(ROOT).as_posix() for path in modules() if CRYPTOGRAPHY & set(imported(path))]
    assert len(places) > 50
    assert [each for each in places if not each.startswith(told)] == []


def modules() -> Iterator[Path]:
    """The files of the product."""
    for name in PRODUCT:
        yield from sorted((ROOT / name).rglob("*.py")) or [ROOT / name]


def imported(path: Path) -> Iterator[str]:
    """The packages that a module imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
