"""Who reads what of the document types: mypy tells whose attribute an expression is, Jinja what a page asks for.

A key is read when product code outside `document_types` reads it, or calls there what reads it, directly or not.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, nodes
from mypy.build import build
from mypy.modulefinder import BuildSource
from mypy.options import Options
from mypy.plugin import AttributeContext, FunctionContext, MethodContext, Plugin
from mypy.types import Type
from pydantic import BaseModel

from issuance.document_types import values
from issuance.document_types.registry import DocumentType
from issuance.document_types.rules import Bulk, HandOverCondition
from issuance.document_types.values import Localised, Permission, Refusal

ROOT = Path(__file__).parent.parent
OWN = "issuance.document_types."
SHARED: tuple[type[BaseModel], ...] = (Localised, Refusal, Permission)
FROM_THE_FILE_NAME = {"code", "rules.document_type"}
GIVEN: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "centre/quality/check.html": {"kind": DocumentType},
    "desk/hand_over.html": {"texts": HandOverCondition},
    "desk/portrait.html": {"rule": Localised},
    "officer/together.html": {"rules": Bulk},
}
"""The values of document types that views give to templates, by their names there."""


def keys() -> dict[str, str]:
    """Every key a type's TOML may have, with the attribute that holds it; values used in many places once."""
    shared = (pair for model in SHARED for pair in _keys(model, f"{model.__name__.lower()}."))
    found = {**dict(_keys(DocumentType)), **dict(shared)}
    return {key: attribute for key, attribute in found.items() if key not in FROM_THE_FILE_NAME}


def _keys(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        key, part = path + (field.alias or name), _model_in(field.annotation)
        if part is None or part.__module__ == values.__name__:
            yield key, _attribute(model, name)
        else:
            yield from _keys(part, f"{key}.")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model in `Chip`, `Chip | None`, `tuple[Rules, ...]` or `dict[Kind, Refusal]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _attribute(model: type[BaseModel], name: str) -> str:
    return f"{model.__module__}.{model.__qualname__}.{name}"


def product() -> list[BuildSource]:
    """Every module that may read document types."""
    paths = [ROOT / "app.py", *sorted((ROOT / "issuance").rglob("*.py"))]
    return [BuildSource(str(path), _module(path.relative_to(ROOT))) for path in paths]


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def readers(sources: Iterable[BuildSource]) -> dict[str, set[str]]:
    """Attribute or function of the document types -> the functions outside and the templates that reach it.

    Functions are named without `issuance.` and `services.`: `casework.requests.lodge`.
    """
    inside, outside = _named_in(list(sources))
    found: dict[str, set[str]] = defaultdict(set)
    for reader, named in [*outside.items(), *_named_in_templates()]:
        for name in _reached(named, inside):
            found[name].add(reader.removeprefix("issuance.").removeprefix("services."))
    return found


def _reached(named: set[str], inside: Mapping[str, set[str]]) -> set[str]:
    """What is named, and whatever the functions among it name in turn."""
    reached: set[str] = set()
    waiting = set(named)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= inside.get(name, set()) - reached
    return reached


def _named_in(sources: list[BuildSource]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Function -> what of the document types it names: those of the document types, and all others."""
    options = Options()
    options.incremental, options.follow_imports = False, "skip"
    seen = _Seen(options)
    build(sources, options, extra_plugins=[seen])
    inside: dict[str, set[str]] = {}
    outside: dict[str, set[str]] = {}
    for source in sources:
        assert source.path
        lines = _functions(source.module, Path(source.path))
        side = inside if f"{source.module}.".startswith(OWN) else outside
        for line, name in seen.names[source.path]:
            side.setdefault(lines.get(line, source.module), set()).add(name)
    return inside, outside


def _functions(module: str, path: Path) -> dict[int, str]:
    """Line -> the full name of the function it is part of, the outermost where they are nested."""
    lines: dict[int, str] = {}
    waiting: list[tuple[str, ast.AST]] = [(module, ast.parse(path.read_text("utf-8")))]
    while waiting:
        inside, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                last = child.end_lineno or child.lineno
                lines |= dict.fromkeys(range(child.lineno, last + 1), f"{inside}.{child.name}")
            elif isinstance(child, ast.ClassDef):
                waiting.append((f"{inside}.{child.name}", child))
    return lines


class _Seen(Plugin):
    """Writes down, file by file, the line and the full name of whatever of the document types is read or called."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.names: dict[str, set[tuple[int, str]]] = defaultdict(set)

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return self._noting(fullname, lambda found: found.default_attr_type)

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        return self._noting(fullname, lambda found: found.default_return_type)

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return self._noting(fullname, lambda found: found.default_return_type)

    def _noting(self, fullname: str, as_it_is: Callable[[Any], Type]) -> Callable[[Any], Type] | None:
        """Notes the place and leaves the type as it is."""

        def note(found: Any) -> Type:
            self.names[found.api.path].add((found.context.line, fullname))
            return as_it_is(found)

        return note if fullname.startswith(OWN) else None


def _named_in_templates() -> list[tuple[str, set[str]]]:
    environment = Environment(extensions=["jinja2.ext.do", "jinja2.ext.i18n"], autoescape=True)
    named = []
    for name, given in GIVEN.items():
        page = environment.parse((ROOT / "templates" / name).read_text("utf-8"))
        asked = ((_model_of(node.node, given), node.attr) for node in page.find_all(nodes.Getattr))
        named.append((f"templates/{name}", {_attribute(model, attr) for model, attr in asked if model}))
    return named


def _model_of(node: nodes.Node, given: Mapping[str, type[BaseModel]]) -> type[BaseModel] | None:
    """The model of what a template names: given to it, an item of that, or a part of that."""
    if isinstance(node, nodes.Name):
        return given.get(node.name)
    if isinstance(node, nodes.Getitem):
        return _model_of(node.node, given)
    model = _model_of(node.node, given) if isinstance(node, nodes.Getattr) else None
    field = model.model_fields.get(node.attr) if model and isinstance(node, nodes.Getattr) else None
    return _model_in(field.annotation) if field else None
