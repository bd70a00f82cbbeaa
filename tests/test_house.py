"""The rules of the house, run as tests: lint, format, types, import contracts, and the figures of the code."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("app.py", "issuance", "printing", "card_drivers")
TREES = (*PRODUCT, "migrations", "tests", ".ci")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 10
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
    assert statistics.median(lengths) <= MEDIAN_FUNCTION
    assert statistics.quantiles(lengths, n=10)[-1] <= TENTH_LONGEST_FUNCTION


def test_every_module_of_the_product_is_found() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in python_files(*PRODUCT)}
    assert {"app.py", "printing/content.py", "card_drivers/order.py"} <= found
