"""`make check`: which tests a change touches, on a small tree of invented modules."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
TREE = {
    "app.py": "from issuance.web.desk import lodging",
    "issuance/services/act.py": "",
    "issuance/services/words.toml": "",
    "issuance/services/other.py": "",
    "issuance/web/desk/__init__.py": "",
    "issuance/web/desk/lodging.py": "from issuance.services.act import lodge",
    "issuance/web/desk/queues.py": "from issuance.services import other",
    "tests/people.py": "from issuance.services import act, other",
    "tests/integration/test_act.py": "from issuance.services import act\nimport tests.people",
    "tests/integration/test_other.py": "import tests.people",
    "tests/unit/test_law.py": "LAW = 'law.md'",
    "tests/unit/test_app.py": "import app",
    "tests/web/desk/test_lodging.py": "",
    "tests/web/desk/test_case.py": "",
}


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The check as a module, before the tree."""
    spec = importlib.util.spec_from_file_location("liman_check", ROOT / ".ci" / "check.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("issuance/services/act.py", ["tests/integration/test_act.py", "tests/web/desk/test_lodging.py"]),
        ("issuance/web/desk/lodging.py", ["tests/web/desk/test_lodging.py"]),
        ("issuance/web/desk/queues.py", ["tests/web/desk/test_case.py", "tests/web/desk/test_lodging.py"]),
        ("templates/desk/case.html", ["tests/web/desk/test_case.py", "tests/web/desk/test_lodging.py"]),
        ("tests/integration/test_other.py", ["tests/integration/test_other.py"]),
        ("docs/law.md", ["tests/unit/test_law.py"]),
        ("docs/drivers.md", []),
    ],
)
def test_what_a_change_touches_is_found_and_no_more(check: ModuleType, changed: str, tests: list[str]) -> None:
    assert check.touched({changed}, check.sources()) == tests


def test_a_file_of_data_touches_whom_the_modules_beside_it_touch(check: ModuleType) -> None:
    assert "tests/integration/test_act.py" in check.touched({"issuance/services/words.toml"}, check.sources())


def test_what_everything_stands_on_is_no_matter_for_a_check(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(check, "changed_files", lambda: {"tests/people.py"})
    monkeypatch.setattr(check.subprocess, "run", lambda command, **_: commands.append(command) or Done())
    assert check.main() == 1
    assert [command[-1] for command in commands] == ["tests/test_house.py"]
    assert "make test" in capsys.readouterr().out


class Done:
    """A process that ended well."""

    returncode = 0
