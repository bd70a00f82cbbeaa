"""What the code says of the law stands in docs/law.md, and what docs/law.md says of the code is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from issuance.commands import COMMANDS

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


def test_there_are_the_twenty_nine_rules() -> None:
    assert list(ENTRIES) == [f"E{number}" for number in range(1, 28)] + ["R1", "R2"]


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
def test_a_rule_has_its_source_and_act_page_and_test_or_an_issue(rule: str) -> None:
    entry = ENTRIES[rule]
    assert re.search(r"\n\*.+\*", entry), "the article"
    whole = all(named(entry, kind) for kind in ("Act", "Page", "Test"))
    assert whole or re.search(r"waits for issue \d+", entry, re.I)
    assert bool(named(entry, "Act")) == bool(named(entry, "Page")), "an act without a page or command is unfinished"


@pytest.mark.parametrize("rule", ENTRIES)
def test_the_acts_pages_and_tests_of_a_rule_are_there(rule: str) -> None:
    entry = ENTRIES[rule]
    assert [name for name in named(entry, "Act") if not is_there(name)] == []
    assert [name for name in named(entry, "Page") if name not in pages()] == []
    assert [name for name in named(entry, "Test") if not is_test(name)] == []
    assert entry.count("::") == len(named(entry, "Test")), "a test outside the list is not looked for"


def test_a_row_that_names_nothing_is_noticed() -> None:
    entry = (
        "Act: `casework.lodging.lodged`,\n`life.loss.report`. Page: `/losses`,\n`/lost`. Test: `tests/a.py::test_b`."
    )
    assert named(entry, "Act") == ["casework.lodging.lodged", "life.loss.report"]
    assert [is_there(name) for name in named(entry, "Act")] == [False, True]
    assert [name in pages() for name in named(entry, "Page")] == [True, False]
    assert [is_test(name) for name in named(entry, "Test")] == [False]


def named(entry: str, kind: str) -> list[str]:
    """The names of an entry after `Act:`, `Page:` or `Test:`."""
    found = re.search(rf"\b{kind}: ((?:`[^`]+`(?:, )?)+)", " ".join(entry.split()))
    return re.findall(r"`([^`]+)`", found[1]) if found else []


@cache
def pages() -> frozenset[str]:
    """The addresses of the pages, as `/cases/<request_id>`, and the names of the commands."""
    routes = (ROOT / "tests" / "web" / "routes.txt").read_text("utf-8").splitlines()
    addresses = {re.sub(r"<\w+:", "<", line.split()[1]) for line in routes}
    return frozenset(addresses | {str(command.name) for command in COMMANDS})


def is_test(name: str) -> bool:
    """Whether `tests/web/test_x.py::test_y` is a test of that file."""
    path, _, function = name.partition("::")
    return function.startswith("test_") and (ROOT / path).is_file() and function in names_in(ROOT / path)


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
    wings = {path.stem: path.parent.name for path in (ROOT / "issuance" / "law").rglob("*.toml")}
    assert set(rows) == set(wings)
    for name, readers in rows.items():
        imported = re.compile(rf"issuance\.law\.{wings[name]}(\.{name}\b| import .*\b{name}\b)")
        for reader in re.findall(r"`(.+?)`", readers):
            path = ROOT / "issuance" / "services" / Path(*reader.split(".")).with_suffix(".py")
            assert imported.search(path.read_text("utf-8")), reader
