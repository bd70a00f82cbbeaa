"""Which module of the product imports which, read from the source: imports for types only count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("issuance", "printing", "card_drivers")

Graph = Mapping[str, frozenset[str]]


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {_name(path): path for path in paths}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """What a module imports: (`issuance.states`, `advance`); the second is empty for `import issuance.states`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def graph() -> Graph:
    """The modules of the product that each module imports."""
    known = modules()

    def named(module: str, name: str) -> str:
        return f"{module}.{name}" if f"{module}.{name}" in known else module

    found = {each: {named(*pair) for pair in imported(path)} for each, path in known.items()}
    return {each: frozenset(targets & known.keys() - {each}) for each, targets in found.items()}


def circles(edges: Graph) -> list[list[str]]:
    """The sets of modules that import each other round about: Tarjan's strongly connected components."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for target in edges[module]:
            if target not in order:
                visit(target)
                lowest[module] = min(lowest[module], lowest[target])
            elif target in path:
                lowest[module] = min(lowest[module], order[target])
        if lowest[module] == order[module]:
            at = path.index(module)
            component = path[at:]
            del path[at:]
            if len(component) > 1:
                found.append(sorted(component))

    for module in edges:
        if module not in order:
            visit(module)
    return found
