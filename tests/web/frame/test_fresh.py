"""Which acts ask again who is there, and that none of the grave ones is reached by a form that does not ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from issuance import web
from issuance.law.office.roles import Deed, role_rules
from issuance.models.staff import RoleName

WEB = Path(web.__file__).parent

GRAVE: Mapping[Deed, frozenset[str]] = {
    Deed.APPROVAL: frozenset({"decisions.approve", "approving.release"}),
    Deed.VOIDING: frozenset({"endings.end", "loss.confirm", "ending.withdraw", "decisions.cancel"}),
    Deed.DESTRUCTION: frozenset(
        {
            *("destruction.begin", "destruction.witness", "collection.discard"),
            *("retention.draw_up", "retention.agree"),
        }
    ),
    Deed.ROLES: frozenset(
        {
            *("roles.give", "roles.agree", "accounts.take_role", "accounts.add_account", "accounts.close_account"),
            *("accounts.reopen_account", "accounts.move_account", "accounts.set_last_day", "accounts.reset_password"),
            *("bodies.let_see", "bodies.take_away"),
        }
    ),
    Deed.KEYS: frozenset(
        {
            *(
                "recovery.ask",
                "recovery.agree",
                "tokens.add_station",
                "tokens.add_office_printer",
                "tokens.renew",
                "tokens.reopen_station",
            ),
            *("callers.add", "keys.add", "accounts.remove_passkey", "accounts.disconnect_provider"),
        }
    ),
}
"""What the pages call of the services, as they write it, by what is asked for before."""


def calls(function: ast.AST) -> set[str]:
    """What a function names of modules (`roles.give`), and of its own module (`_do`)."""
    found = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    return found


def reached(name: str, functions: Mapping[str, ast.FunctionDef]) -> set[str]:
    """What a function names, and what the functions of its module name that it names."""
    found, seen, todo = set[str](), set[str](), [name]
    while todo:
        here = todo.pop()
        if here in functions and here not in seen:
            seen.add(here)
            found |= calls(functions[here])
            todo += calls(functions[here])
    return found


def fresh_of(function: ast.FunctionDef) -> str | None:
    """What its `@allow` asks for: `APPROVAL`, empty for nothing; None when it is no page of the staff."""
    for each in function.decorator_list:
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "allow":
            asked = [word.value.attr for word in each.keywords if word.arg == "fresh" and _is_named(word.value)]
            return asked[0] if asked else ""
    return None


def _is_named(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute)


def pages() -> Iterator[tuple[str, str, set[str]]]:
    """Every page of the staff that takes forms: where it is, what it asks for, what it reaches."""
    for path in sorted(WEB.rglob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        functions = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
        for name, function in functions.items():
            asked = fresh_of(function)
            if asked is not None and "post" in ast.unparse(function).lower().split("def ")[0]:
                yield f"{path.relative_to(WEB)}: {name}", asked, reached(name, functions)


def test_no_form_reaches_a_grave_act_without_asking() -> None:
    wrong = [
        f"{where} reaches {', '.join(sorted(found & acts))} and asks for {asked or 'nothing'}, not for {deed.name}"
        for where, asked, found in pages()
        for deed, acts in GRAVE.items()
        if found & acts and asked != deed.name
    ]
    assert wrong == []


def test_every_grave_act_is_one_that_a_form_does() -> None:
    """A service that is called otherwise today is found under its new name, not forgotten."""
    found = set[str]().union(*(names for _, _, names in pages()))
    assert set[str]().union(*GRAVE.values()) - found == set()
    assert {asked for _, asked, _ in pages()} - {""} == {deed.name for deed in Deed}


def test_the_law_says_for_each_how_old_a_proof_may_be() -> None:
    for rules in role_rules():
        assert sorted(one.act for one in rules.fresh) == sorted(Deed)
        assert all(1 <= one.minutes <= 60 and one.reason.ro for one in rules.fresh)


@pytest.mark.parametrize("role", RoleName)
def test_every_role_has_limits_and_none_is_wider_than_a_shift(role: RoleName) -> None:
    for rules in role_rules():
        assert sum(role in one.roles for one in rules.sessions) == 1
        idle, longest, at_once = rules.session_limits([role])
        assert idle.total_seconds() <= 30 * 60
        assert longest.total_seconds() <= 12 * 3600
        assert 1 <= at_once <= 3
