"""The commands of the office: what they print, their exit codes, and that bad input never ends in a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select

from app import create_app
from issuance.demo import APPLICANTS
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.settings import Settings
from tests.production import PRODUCTION

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "example-content.json"
Run = Callable[..., Result]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    app = create_app(Settings(var=tmp_path / "var", demo=True))
    with app.app_context():
        yield app.extensions["office"]
    app.extensions["office"].database.engine.dispose()


@pytest.fixture
def run(office: Office) -> Run:
    from flask import current_app

    runner = current_app.test_cli_runner()
    return lambda *args: runner.invoke(args=[str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture
def ready(run: Run) -> Run:
    assert run("set-up").exit_code == 0
    added = run("add-account", "a@test.example", "--name", "A", "--centre", "timisoara", "--role", "clerk")
    assert added.exit_code == 0
    return run


def lodged(office: Office) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(IssuanceRequest)) or 0


def test_importing_twice_changes_nothing(ready: Run, office: Office) -> None:
    first = ready("import-requests", APPLICANTS, "--as", "a@test.example")
    assert (first.exit_code, lodged(office)) == (0, 34), first.output
    second = ready("import-requests", APPLICANTS)
    assert second.exit_code == 0
    assert "0 requests lodged, 34 were already" in second.output
    assert lodged(office) == 34


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("TD-C,first", "TD-C,extension", 12, "Art 20(8)"),
        ("1992-01-01,Halab", "1992-13-01,Halab", 2, "YYYY-MM-DD"),
        ("Layla", "Lay\u202ela", 2, "given_names"),
        ("RO1100234568", "RO1100234567", 18, "Line 17 names somebody alike"),
        ("7000229170011", "7000229170012", 7, "cnp"),
        ("2026/TM/0002", "2026/TM/0001", 3, "line 2"),
        ("Rahman", "রহমান", 4, "Latin spelling"),
    ],
    ids=["law", "date", "direction", "eurodac", "cnp", "twice", "script"],
)
def test_one_wrong_line_refuses_the_whole_file(
    ready: Run, office: Office, tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    text = APPLICANTS.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "cases.csv"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = ready("import-requests", file, "--as", "a@test.example")
    assert result.exit_code == 1
    assert f"line {line} " in result.output
    assert said in result.output
    assert lodged(office) == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"case_reference,family_name\n1,2\n", b'"unclosed\n', b"a" * 200_000, b"%PDF-1.7\n"],
    ids=["empty", "utf-16", "missing-columns", "unclosed-quote", "one-huge-field", "a-pdf"],
)
def test_a_file_that_is_no_import_is_refused(ready: Run, office: Office, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(data)
    result = ready("import-requests", file, "--as", "a@test.example")
    assert (result.exit_code, lodged(office)) == (2, 0), result.output


def test_a_field_of_ten_megabytes_is_refused(ready: Run, office: Office, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(APPLICANTS.read_text(encoding="utf-8").replace("Halab", "x" * 10_000_000, 1), encoding="utf-8")
    result = ready("import-requests", file, "--as", "a@test.example")
    assert (result.exit_code, lodged(office)) == (2, 0), result.output[:500]


def test_compose_writes_the_faces_of_a_specimen(run: Run, tmp_path: Path) -> None:
    result = run("compose", "--type", "RP-R", "--content", EXAMPLE, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["back.png", "document.pdf", "front.png"]
    assert (tmp_path / "out" / "document.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"birth_date": "1992-02-30"}, "birth_date"),
        ({"shoe_size": 42}, "shoe_size"),
        ({"family_name": None}, "family_name"),
    ],
    ids=["wrong", "unknown", "missing"],
)
def test_compose_names_the_field_at_fault(run: Run, tmp_path: Path, change: dict[str, object], said: str) -> None:
    content = json.loads(EXAMPLE.read_text(encoding="utf-8")) | change
    file = tmp_path / "content.json"
    file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))
    result = run("compose", "--type", "RP-R", "--content", file, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("code", "content"), [("XX", EXAMPLE), ("RP-R", ROOT / "nowhere.json")])
def test_compose_refuses_what_it_cannot_compose(run: Run, tmp_path: Path, code: str, content: Path) -> None:
    result = run("compose", "--type", code, "--content", content, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_document_types_are_a_table_of_eight(run: Run) -> None:
    lines = run("document-types").output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["RC", "RP-R", "RP-S", "RT", "TD-C", "TD-S", "TID", "TPP"]


def test_a_closed_case_gets_no_extension(ready: Run, office: Office, tmp_path: Path) -> None:
    rows = APPLICANTS.read_text(encoding="utf-8").splitlines()
    first = [rows[0], *(row for row in rows if row.startswith("2026/TM/0101"))]
    extension = [rows[0], *(row for row in rows if row.startswith("2026/TM/0411"))]
    for name, lines in (("first", first), ("extension", extension)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert ready("import-requests", tmp_path / "first.csv", "--as", "a@test.example").exit_code == 0
    closed = ready("close-case", "2026/TM/0101", "--event", "rejected-final", "--on", "2026-10-01")
    assert closed.exit_code == 0, closed.output
    refused = ready("import-requests", tmp_path / "extension.csv", "--as", "a@test.example")
    assert (refused.exit_code, lodged(office)) == (1, 1), refused.output


def test_accounts_stations_and_blanks(ready: Run) -> None:
    assert ready("add-station", "s1", "--centre", "timisoara").exit_code == 0
    assert ready("add-station", "s1", "--centre", "timisoara").exit_code == 2
    assert ready("add-account", "b@test.example", "--name", "B", "--centre", "x", "--role", "clerk").exit_code == 2
    assert ready("reset-second-factor", "a@test.example").exit_code == 0
    assert ready("reset-second-factor", "nobody@test.example").exit_code == 2


def test_without_a_register_the_next_step_is_named(run: Run) -> None:
    result = run("close-case", "1", "--event", "x", "--on", "2026-10-01")
    assert result.exit_code == 1
    assert "set-up" in result.output


def test_production_has_no_demonstration_data(tmp_path: Path) -> None:
    app = create_app(Settings(var=tmp_path / "var", **PRODUCTION))
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["set-up-demo"], catch_exceptions=False)
    assert result.exit_code == 2
