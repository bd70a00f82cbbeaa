"""The catalogue of sentences and the code that raises them: each code is known, used, and gets its parameters."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import card_drivers
from card_drivers.device import ChipError
from card_drivers.sentences import SENTENCES
from card_drivers.station import equipment
from card_drivers.station.equipment import Role
from card_drivers.station.register import Refused
from card_drivers.troubles import Trouble, Troubled
from issuance.web.frame.catalogues import SENTENCE

FOLDER = Path(card_drivers.__path__[0])
FILES = sorted(FOLDER.rglob("*.py"))
DRIVERS: list[tuple[Role, str]] = [(role, name) for role in equipment.PACKAGES for name in equipment.names(role)]


@cache
def raising() -> frozenset[str]:
    """The names of all errors that take a code; those of the register's own words take none."""
    for module in pkgutil.walk_packages(card_drivers.__path__, "card_drivers."):
        importlib.import_module(module.name)
    return frozenset(kind.__name__ for kind in subclasses(Troubled) if not issubclass(kind, Refused))


def subclasses(kind: type[Troubled]) -> Iterator[type[Troubled]]:
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call that gives a code: an error that is made, or `Trouble.of(...)`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and takes_code(node.func):
            yield node


def takes_code(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in raising()
    return ast.unparse(function) in ("Trouble.of", "cls.of") or (
        isinstance(function, ast.IfExp) and takes_code(function.body) and takes_code(function.orelse)
    )


def codes(argument: ast.expr) -> list[ast.expr]:
    """What the first argument may be: either side of a choice counts."""
    if isinstance(argument, ast.IfExp):
        return [argument.body, argument.orelse]
    return argument.values if isinstance(argument, ast.BoolOp) else [argument]


def literal_codes() -> Iterator[tuple[str, str, set[str]]]:
    """Where a code stands, the code, and the names of the parameters it is given."""
    for path in FILES:
        for call in calls(path):
            given = {str(keyword.arg) for keyword in call.keywords}
            for code in codes(call.args[0]):
                if isinstance(code, ast.Constant):
                    yield f"{path.relative_to(FOLDER)}:{call.lineno}", str(code.value), given


def places(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", sentence))


def test_the_errors_are_found() -> None:
    assert {"ChipError", "LinkLost", "TlvError", "FileRefused", "Unreachable", "ChannelBroken"} <= raising()
    assert len(list(literal_codes())) >= len(SENTENCES)


def test_every_code_is_in_the_catalogue_and_gets_its_parameters() -> None:
    wrong = [
        (where, code, sorted(given))
        for where, code, given in literal_codes()
        if code not in SENTENCES or places(SENTENCES[code]) != given
    ]
    assert wrong == []


def test_every_sentence_is_used() -> None:
    used = {code for _, code, _ in literal_codes()}
    assert SENTENCES.keys() - used == {"register-says"}, "`Refused` gives that to its own base"


def test_no_error_is_raised_with_a_sentence() -> None:
    made = [
        f"{path.relative_to(FOLDER)}:{call.lineno}"
        for path in FILES
        for call in calls(path)
        for code in codes(call.args[0])
        if isinstance(code, ast.JoinedStr | ast.BinOp) or ast.unparse(code).startswith("str(")
    ]
    assert made == []


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_can_be_translated_and_sent(code: str) -> None:
    sentence = SENTENCES[code]
    params = dict.fromkeys(places(sentence), "x")
    assert Trouble.of(code, **params).sentence() == re.sub(r"%\(\w+\)s", "x", sentence)
    assert code == "as-said" or SENTENCE.fullmatch(sentence), "the extractor of translations finds it"
    assert sentence.replace("%(", "").count("%") == 0


def test_no_sentence_is_there_twice() -> None:
    assert len(set(SENTENCES.values())) == len(SENTENCES)


@pytest.mark.parametrize(("role", "name"), DRIVERS)
def test_a_settings_words_are_literals(role: Role, name: str) -> None:
    """So that the extractor of translations can find them: `title=` and `description=` of every field."""
    model = equipment.driver(role, name).settings
    files = [inspect.getsourcefile(each) for each in model.__mro__ if issubclass(each, equipment.DriverSettings)]
    source = [node for file in files for node in ast.walk(ast.parse(Path(str(file)).read_text("utf-8")))]
    literal = {
        each.value.value for each in source if isinstance(each, ast.keyword) and isinstance(each.value, ast.Constant)
    }
    for field in model.model_fields.values():
        assert field.title in literal
        assert field.description is None or field.description in literal


def test_a_chip_error_names_its_step_first() -> None:
    assert str(ChipError("chip-differs", "verify DG1", 0x6A82)).startswith("Chip, verify DG1: status word 6A82. It is")
    assert ChipError("chip-differs", "verify DG1", None).trouble.codes == ("chip-silent", "chip-differs")
