"""What the public pages can say, found in their templates and modules: the sentences of every folder of translations.

Pages whose texts are in a TOML file beside them (`web/public/parts/spoken.py`) say those; of the rest every sentence is
found by following what is rendered, included and called. What the law says of a document is found in document types.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from jinja2 import Environment, nodes
from jinja2.ext import babel_extract
from jinja2.meta import find_referenced_templates

from issuance import document_types
from issuance.document_types import DocumentType
from issuance.web.words.status import MISSING

ROOT = Path(__file__).parents[4]
TEMPLATES = ROOT / "templates"
WEB = ROOT / "issuance" / "web"
PAGES = WEB / "public"
WORDS = "issuance.web.words."
FROM_TOML = "issuance.web.public.parts.spoken"
ERRORS = {
    WEB / "frame" / "errors.py": {"plain_words", "error_page"},
    ROOT / "issuance" / "services" / "life" / "loss.py": {"check_noticed"},
}
"""Where failures and refusals get their words, and the functions that speak to everybody."""

OPTIONS = {"extensions": "jinja2.ext.do"}
FORM = ("form", "Form", "self")
FORMS = WEB / "frame" / "forms.py"
MACROS = "macros.html"
REFUSAL = "InvalidInput"
"""It names a field before its sentence."""

KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), REFUSAL: (2,)}
Key = str | tuple[str, ...]
"""A sentence, or its singular and plural."""


def sentences() -> Mapping[Key, str]:
    """Every sentence, with the file that says it."""
    modules = [path for path in sorted(PAGES.glob("*.py")) if FROM_TOML not in path.read_text("utf-8")]
    shown = _templates([*modules, *ERRORS])
    found = dict(_of_laws())
    for path in shown:
        found |= _named(path, _of_template(path))
    found |= _named(TEMPLATES / MACROS, _of_macros(shown))
    for path, names in {**dict.fromkeys(modules), **_behind(modules), **ERRORS}.items():
        found |= _named(path, _of_module(path, names))
    return found


def _named(path: Path, said: Iterable[tuple[int, Key]]) -> dict[Key, str]:
    return {each: path.relative_to(ROOT).as_posix() for _line, each in said}


# Templates


def _templates(modules: Iterable[Path]) -> list[Path]:
    """The templates of the public pages: those that the modules name, and what these extend and include."""
    named = {
        node.value
        for path in modules
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".html")
    }
    waiting, found = [name for name in sorted(named) if name.startswith("public/")], dict[str, None]()
    while waiting:
        name = waiting.pop()
        found[name] = None
        used = find_referenced_templates(parsed(TEMPLATES / name))
        waiting += [each for each in used if each and each not in found]
    return [TEMPLATES / name for name in found]


def parsed(path: Path) -> nodes.Template:
    """A template as a tree."""
    return Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse(path.read_text("utf-8"))  # noqa: S701


def _of_template(path: Path) -> Iterator[tuple[int, Key]]:
    with path.open("rb") as file:
        for line, _function, message, _comments in babel_extract(file, list(KEYWORDS), [], OPTIONS):
            yield line, _key(message)


def _of_macros(templates: Iterable[Path]) -> Iterator[tuple[int, Key]]:
    """What the macros say that these templates call, or that those call."""
    macros = list(parsed(TEMPLATES / MACROS).find_all(nodes.Macro))
    inside = {each.name: {call.node.name for call in _calls(each)} for each in macros}
    called = {name.attr for path in templates for name in parsed(path).find_all(nodes.Getattr) if _is_of_ui(name)}
    used = _closed(called, inside)
    starts = sorted(each.lineno for each in macros)
    spoken = {each.lineno for each in macros if each.name in used}
    for line, message in _of_template(TEMPLATES / MACROS):
        if max(start for start in starts if start <= line) in spoken:
            yield line, message


def _is_of_ui(name: nodes.Getattr) -> bool:
    return isinstance(name.node, nodes.Name) and name.node.name == "ui"


def _calls(macro: nodes.Macro) -> Iterator[Any]:
    """The calls of another macro, which has a bare name."""
    return (call for call in macro.find_all(nodes.Call) if isinstance(call.node, nodes.Name))


# Code


def _behind(modules: Iterable[Path]) -> dict[Path, set[str] | None]:
    """The words that the modules import, whole, and of the forms what they use."""
    found: dict[Path, set[str] | None] = {}
    for path in modules:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(WORDS):
                found[ROOT / f"{(node.module or '').replace('.', '/')}.py"] = None
            if isinstance(node, ast.ImportFrom) and node.module == "issuance.web.frame.forms":
                found[FORMS] = (found.get(FORMS) or set()) | _names(tree)
    return found


def _names(tree: ast.AST) -> set[str]:
    """The functions that are called by their names, and those of a form."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in FORM:
            found.add(node.attr)
    return found


def _of_module(path: Path, names: set[str] | None) -> Iterator[tuple[int, Key]]:
    """What a module says; with names, only what these functions say, and those that they call."""
    source = path.read_text("utf-8")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    used = _closed(names or set(), {node.name: _names(node) for node in functions})
    ranges = [(node.lineno, node.end_lineno or 0) for node in functions if node.name in used]
    for line, function, message, _comments in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {}):
        if names is None or any(start <= line <= end for start, end in ranges):
            yield line, _key(message[1] if function == REFUSAL else message)


def _closed(names: set[str], inside: Mapping[str, set[str]]) -> set[str]:
    """Those of `inside` that the names lead to, by what each of them names."""
    waiting, found = names & set(inside), set[str]()
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= (inside[name] & set(inside)) - found
    return found


def _key(message: object) -> Key:
    parts = tuple(str(each) for each in message if each) if isinstance(message, tuple | list) else (str(message),)
    return parts if len(parts) > 1 else parts[0]


# The law


def _of_laws() -> Iterator[tuple[Key, str]]:
    """What the page shows of a document type; the key is the English."""
    for kind in document_types.load().values():
        for text in _of_type(kind):
            yield text, f"issuance/document_types/{kind.code}.toml"


def _of_type(kind: DocumentType) -> Iterator[str]:
    yield kind.title.en
    for rules in kind.rules:
        yield from (rules.deadline.legal_basis.en, rules.loss.text.en, rules.loss.legal_basis.en)
        yield from (paper.text.en for paper in rules.evidence if paper.code not in MISSING)
