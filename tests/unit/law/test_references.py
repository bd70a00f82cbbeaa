"""What the code says of the law stands in docs/law.md, and what docs/law.md says of the code is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LAW = (ROOT / "docs" / "law.md").read_text("utf-8")
RULE = re.compile(r"\b(?:E[1-9]\d?|R[12])\b")
ENTRY = re.compile(r"^### (\w+)\. (.+?)(?=^##)", re.M | re.S)
ENTRIES = dict(ENTRY.findall(LAW))
SPEAKING_OF_LAW = (
    "issuance/**/*.py",
    "issuance/**/*.toml",
    "printing/**/*.py",
    "printing/papers/*.toml",
    "templates/**/*.html",
)
PAPERS = re.compile(r"domain(\.md)?,? (section|rule|paper)|design,? (idea|section)|(domain|design|house)\.md")


def test_there_are_the_twenty_eight_rules() -> None:
    assert list(ENTRIES) == [f"E{number}" for number in range(1, 27)] + ["R1", "R2"]


def test_every_rule_that_is_named_has_its_entry() -> None:
    named = {
        (rule, str(path.relative_to(ROOT)))
        for pattern in SPEAKING_OF_LAW
        for path in ROOT.glob(pattern)
        for rule in RULE.findall(path.read_text("utf-8"))
    }
    assert {rule for rule, _ in named} >= {"E3", "E14", "E22"}
    assert {(rule, path) for rule, path in named if rule not in ENTRIES} == set()


@pytest.mark.parametrize("rule", ENTRIES)
def test_a_rule_has_its_source_and_an_act_with_a_test_or_an_issue(rule: str) -> None:
    entry = ENTRIES[rule]
    assert re.search(r"\n\*.+\*", entry), "the article"
    assert ("Act: " in entry and "Test: " in entry) or re.search(r"waits for issue \d+", entry, re.I)


@pytest.mark.parametrize("rule", ENTRIES)
def test_the_acts_and_tests_of_a_rule_are_there(rule: str) -> None:
    acts = re.search(r"^Act: (.+?)\.(?: Test:|$)", ENTRIES[rule], re.M)
    tests = re.search(r"Test: (.+)$", ENTRIES[rule], re.M)
    for name in re.findall(r"`(.+?)`", acts[1]) if acts else []:
        assert is_there(name), name
    for name in re.findall(r"`(.+?)`", tests[1]) if tests else []:
        path, _, function = name.partition("::")
        assert function in names_in(ROOT / path), name


def is_there(name: str) -> bool:
    """Whether `casework.requests.lodge` is a name of a module, under services, issuance or the root."""
    parts = name.split(".")
    for folder in (ROOT / "issuance" / "services", ROOT / "issuance", ROOT):
        for end in range(len(parts), 0, -1):
            path = folder.joinpath(*parts[:end]).with_suffix(".py")
            if path.is_file():
                return set(parts[end:]) <= names_in(path)
    return False


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions and classes of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))


@pytest.mark.parametrize(
    "tree",
    [
        "card_drivers",
        "docs",
        "printing",
        "issuance/commands",
        "issuance/document_types",
        "issuance/keys",
        "issuance/law",
        "issuance/models",
        "issuance/values",
        "issuance/services",
        "issuance/web",
    ],
)
def test_no_reference_leaves_the_repository(tree: str) -> None:
    assert outside(ROOT / tree, "**/*") == []


def test_no_reference_of_the_register_s_own_files_leaves_the_repository() -> None:
    assert outside(ROOT / "issuance", "*") + outside(ROOT / "templates", "**/*") == []


def outside(folder: Path, pattern: str) -> list[str]:
    """The references to papers that are not in the repository."""
    files = (path for path in folder.glob(pattern) if path.suffix in {".py", ".toml", ".html", ".md"})
    return [f"{path}: {found[0]}" for path in files if (found := PAPERS.search(path.read_text("utf-8")))]


def test_every_file_of_law_is_read_or_waits() -> None:
    rows = dict(re.findall(r"^\| `(\w+)\.toml` \| .+ \| (.+) \|$", LAW, re.M))
    assert set(rows) == {path.stem for path in (ROOT / "issuance" / "law").glob("*.toml")}
    for name, readers in rows.items():
        for reader in re.findall(r"`(.+?)`", readers):
            path = ROOT / "issuance" / "services" / Path(*reader.split(".")).with_suffix(".py")
            assert f"issuance.law.{name}" in path.read_text("utf-8"), reader
