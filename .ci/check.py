"""`make check`: the rules of the house, and the tests that the changed files touch; everything else is `make test`.

A test is touched when its imports lead to a changed module. The roads end at HUBS, which know everything and would
touch everything; what lies behind one of them is found by its name: the pages of a wing by the tests of that wing.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREES = ("app.py", "issuance", "printing", "card_drivers", "verify", "tests")
HUBS = {"app", "issuance.web.surfaces", "issuance.commands", "issuance.tasks", "tests.people"}
MOST = 40
"""Test modules; who touches more has changed a ground of everything."""

Graph = dict[str, set[str]]


def changed_files() -> set[str]:
    """What differs from where this branch left main, committed or not, and what is new."""
    base = git("merge-base", "HEAD", "origin/main") or ["HEAD"]
    return {*git("diff", "--name-only", base[0]), *git("ls-files", "--others", "--exclude-standard")}


def git(*command: str) -> list[str]:
    """The lines that git answers; none when it refuses."""
    answer = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout.splitlines()


def module_of(path: str) -> str:
    """The dotted name of a Python file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def sources() -> dict[str, Path]:
    """Every Python file by the dotted name of its module."""
    files = (path for tree in TREES for path in [ROOT / tree, *(ROOT / tree).rglob("*.py")] if path.is_file())
    return {module_of(path.relative_to(ROOT).as_posix()): path for path in files}


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, each as far as it is written."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def importers(files: dict[str, Path]) -> Graph:
    """Who imports each module. A name that is no module is one of the module it is written after."""
    graph: Graph = {name: set() for name in files}
    for importer, path in files.items():
        for name in imports(path):
            known = name if name in graph else name.rpartition(".")[0]
            graph.get(known, set()).add(importer)
    return graph


def is_hub(module: str) -> bool:
    """Whether the roads end here."""
    return module in HUBS or module.startswith("tests.fixtures.") or module.endswith(".conftest")


def reached(changed: Iterable[str], graph: Graph) -> set[str]:
    """The changed modules and all that import them, directly or not; a hub is reached and leads nowhere."""
    seen: set[str] = set()
    waiting = [name for name in changed if name in graph]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [] if is_hub(name) else graph[name]
    return seen


def beside(path: str, files: dict[str, Path]) -> set[str]:
    """The modules that a file touches which is no module: those of its own folder, or the tests that name it."""
    folder = str(Path(path).parent).replace("/", ".") + "."
    own = {name for name in files if name.startswith(folder) and "." not in name.removeprefix(folder)}
    named = {name for name, file in files.items() if is_test(name) and Path(path).name in file.read_text("utf-8")}
    seen_in = "tests.e2e." if path.startswith("static/") else f"tests.web.{Path(path).parent.name}."
    drawn = path.startswith(("static/", "templates/"))
    return own | named | {name for name in files if drawn and name.startswith(seen_in)}


def is_test(module: str) -> bool:
    """Whether pytest collects it."""
    return module.startswith("tests.") and module.rpartition(".")[2].startswith("test_")


def pages(module: str, files: dict[str, Path]) -> set[str]:
    """The tests of a page, which know it by its address: those of its name, or of its whole wing."""
    if not module.startswith("issuance.web."):
        return set()
    wing, _, page = module.removeprefix("issuance.web.").partition(".")
    own = f"tests.web.{wing}.test_{page}"
    return {own} if own in files else {name for name in files if name.startswith(f"tests.web.{wing}.test_")}


def touched(changed: set[str], files: dict[str, Path]) -> list[str]:
    """The test modules that the changed files touch, as paths."""
    modules = {module_of(path) for path in changed if path.endswith(".py")}
    modules |= {name for path in changed if not path.endswith(".py") for name in beside(path, files)}
    found = reached(modules, importers(files))
    found |= {test for module in found for test in pages(module, files)}
    return sorted(str(files[name].relative_to(ROOT)) for name in found if is_test(name))


def main() -> int:
    """Run what is touched; 1 when something fails, or when so much is touched that only `make test` can tell."""
    changed = changed_files()
    tests = touched(changed, sources())
    everything = len(tests) > MOST or any(is_hub(module_of(path)) for path in changed)
    chosen = [] if everything else [test for test in tests if test != "tests/test_house.py"]
    print(f"{len(changed)} changed files touch {len(tests)} test modules.", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses", "2", "--dist", "worksteal"]
    result = subprocess.run([*command, "tests/test_house.py", *chosen], cwd=ROOT, check=False).returncode
    if everything:
        print("That is too much for a check, and only the rules of the house were looked at. Run: make test")
    return 1 if everything else result


if __name__ == "__main__":
    sys.exit(main())
