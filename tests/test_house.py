"""The rules of the house, run as tests: lint, format, types, import contracts, and the figures of the code."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports import circles, graph, imported, modules

ROOT = Path(__file__).parent.parent
PRODUCT = ("app.py", "issuance", "printing", "card_drivers", "verify")
TREES = (*PRODUCT, "migrations", "tests", ".ci")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8
MOST_MODULES = 14
TENTH_LONGEST_FUNCTION = 30


def python_files(*trees: str) -> list[Path]:
    """Every Python file of `trees`."""
    return [path for tree in trees for path in sorted((ROOT / tree).rglob("*.py") or []) or [ROOT / tree]]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of the file as "path:line name" with its length in lines, signature and docstring included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache"],
        ["ruff", "format", "--check", "--no-cache"],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=["lint", "format", "types", "import-contracts"],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    tool = Path(sys.executable).parent / command[0]
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_too_long() -> None:
    lengths = {
        path: sum(bool(line.strip()) for line in path.read_text("utf-8").splitlines()) for path in python_files(*TREES)
    }
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    lengths = dict(function for path in python_files(*TREES) for function in functions(path))
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_functions_of_the_product_are_short() -> None:
    lengths = [length for path in python_files(*PRODUCT) for _, length in functions(path)]
    assert statistics.quantiles(lengths, n=10)[-1] <= TENTH_LONGEST_FUNCTION


def test_no_folder_of_the_product_is_too_full() -> None:
    folders = Counter(path.parent for path in modules().values() if path.name != "__init__.py")
    full = {str(folder.relative_to(ROOT)): count for folder, count in folders.items() if count > MOST_MODULES}
    assert full == {}, "divide the folder, or join modules that belong together"


def test_no_module_imports_itself_round_about() -> None:
    assert circles(graph()) == []


def test_a_circle_is_found() -> None:
    edges = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a", "d"}), "d": frozenset[str]()}
    assert circles(edges) == [["a", "b", "c"]]


def test_no_module_takes_anothers_private_names() -> None:
    taken = {
        module: sorted(f"{source}.{name}" for source, name in imported(path) if _is_private(source, name))
        for module, path in modules().items()
    }
    assert {module: names for module, names in taken.items() if names} == {}


def _is_private(source: str, name: str) -> bool:
    ours = source.partition(".")[0] in PRODUCT
    return ours and any(part.startswith("_") and not part.startswith("__") for part in (*source.split("."), name))


def test_pages_import_no_pages() -> None:
    """A page is a module with routes; what pages share is in `case`, `words` and `frame`."""
    pages = {module for module, path in modules().items() if "@blueprint." in path.read_text("utf-8")}
    shared = {"issuance.web.case.access"}
    edges = graph()
    found = {page: sorted(edges[page] & pages - shared) for page in pages}
    assert {page: others for page, others in found.items() if others} == {}


def test_the_median_function_of_the_product_is_eight_lines() -> None:
    lengths = [length for path in python_files(*PRODUCT) for _, length in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def test_every_module_of_the_product_is_found() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in python_files(*PRODUCT)}
    assert {"app.py", "printing/content.py", "card_drivers/order.py"} <= found
