"""Back-up and restore by their commands: what is refused, in one sentence, before anything is touched."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from issuance import background, tasks
from issuance.models.recovery import RegisterEpoch
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.settings import Settings
from tests.fixtures.databases import on_sqlite
from tests.people import EVENT_KEY, LAYLA, VAULT_KEY, SmallOffice, changed

Run = Callable[..., Result]
AS = ("--as", "administrator@test.example")


@pytest.fixture
def database_url(office: SmallOffice) -> str:
    """The register of the small office."""
    return office.database.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def settings(office: SmallOffice, database_url: str, tmp_path: Path) -> Settings:
    """The settings of the small office, with keys of its own."""
    keys = tmp_path / "var" / "keys"
    keys.mkdir(parents=True)
    for name, key in (("vault", VAULT_KEY), ("audit-events", EVENT_KEY)):
        (keys / name).write_bytes(key)
    return Settings(var=tmp_path / "var", database_url=database_url, demo=True)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    tasks.link_audit(made.extensions["office"])
    yield made
    made.extensions["office"].database.engine.dispose()


@pytest.fixture
def run(app: Flask, office: SmallOffice) -> Run:
    """A command on the register that nobody else works on."""

    def run(*words: object) -> Result:
        for each in (office, app.extensions["office"]):
            each.database.engine.dispose()
        with app.app_context():
            return app.test_cli_runner().invoke(args=[str(word) for word in words], catch_exceptions=False)

    return run


@pytest.fixture
def copy(run: Run, tmp_path: Path) -> Path:
    """A back-up."""
    assert run("backup", tmp_path / "copy").exit_code == 0
    return tmp_path / "copy"


@pytest.fixture
def over(database_url: str) -> tuple[str, str]:
    return "--over", database_url.rpartition("/")[2]


def requests(office: Office) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).select_from(IssuanceRequest)) or 0


def test_a_restored_register_is_the_one_of_the_back_up(
    office: SmallOffice, run: Run, tmp_path: Path, over: tuple[str, str]
) -> None:
    office.carry("queued")
    assert run("backup", tmp_path / "copy").exit_code == 0
    office.lodge(changed(LAYLA, given_names="Noor", case_reference="2026/TM/0002"))
    done = run("restore", tmp_path / "copy", *AS, *over)
    assert (done.exit_code, "epoch 2" in done.output) == (0, True), done.output
    assert requests(office) == 1
    assert run("verify-audit").exit_code == 0
    assert run("reconciliation").exit_code == 1


def test_what_waited_in_the_background_waits_again_and_more_can_be_queued(
    office: SmallOffice, run: Run, tmp_path: Path, over: tuple[str, str]
) -> None:
    def queue(number: int) -> None:
        with office.database.transaction() as session:
            background.enqueue(session, "note", clock=office.clock, number=number)

    for number in (1, 2):
        queue(number)
    assert run("backup", tmp_path / "copy").exit_code == 0
    queue(3)
    assert run("restore", tmp_path / "copy", *AS, *over).exit_code == 0
    queue(4)
    ran: list[int] = []
    runs = background.worker(
        office.database, {"note": lambda _office, number: ran.append(number)}, office.clock, office
    )
    assert runs.run_due() == 3
    assert sorted(ran) == [1, 2, 4]


def test_a_back_up_is_for_its_owner_and_has_no_keys(copy: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}
    assert not (copy / "keys").exists()
    assert VAULT_KEY not in b"".join(path.read_bytes() for path in copy.iterdir())


@on_sqlite
def test_keys_are_in_it_when_asked_for(run: Run, tmp_path: Path) -> None:
    done = run("backup", tmp_path / "all", "--with-keys")
    assert "in the safe and nowhere else" in done.output
    assert (tmp_path / "all" / "keys" / "vault").read_bytes() == VAULT_KEY


@on_sqlite
def test_each_back_up_has_a_folder_of_its_own(run: Run, copy: Path) -> None:
    again = run("backup", copy)
    assert (again.exit_code, "not empty" in again.output) == (2, True)


@pytest.mark.parametrize("name", ["manifest.json", "heads.jsonl", "content"])
def test_what_is_not_whole_is_refused(
    run: Run, copy: Path, over: tuple[str, str], office: SmallOffice, name: str
) -> None:
    office.carry("lodged")
    content = next(path for path in sorted(copy.iterdir()) if re.search(r"audit_event|sqlite", path.name))
    file = content if name == "content" else copy / name
    file.write_bytes(file.read_bytes()[:-2])
    refused = run("restore", copy, *AS, *over)
    assert refused.exit_code == 2
    assert "Take another back-up." in refused.output
    assert requests(office) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("migration", "9999", "newer release"),
        ("database", "postgresql", "back-up of postgresql"),
        ("format", 2, "manifest of this back-up is damaged"),
    ],
)
def test_a_back_up_of_something_else_is_refused(
    run: Run, copy: Path, over: tuple[str, str], key: str, value: object, said: str
) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {key: value}))
    refused = run("restore", copy, *AS, *over)
    assert (refused.exit_code, said in refused.output) == (2, True), refused.output


@pytest.mark.parametrize("name", ["vault", "audit"])
def test_keys_that_do_not_fit_are_refused(
    run: Run, copy: Path, over: tuple[str, str], settings: Settings, name: str
) -> None:
    (settings.var / "keys" / name).write_bytes(b"z" * 32)
    assert "is not the one of this back-up" in run("restore", copy, *AS, *over).output
    (settings.var / "keys" / name).unlink()
    assert f"The key file {name} is missing" in run("restore", copy, *AS, *over).output


def test_a_register_is_overwritten_only_by_its_name(run: Run, copy: Path, office: SmallOffice) -> None:
    office.carry("lodged")
    for words in ((), ("--over", "another")):
        refused = run("restore", copy, *AS, *words)
        assert (refused.exit_code, "There is a register." in refused.output) == (2, True)
    assert requests(office) == 1


def test_a_register_that_somebody_works_on_is_left_alone(
    app: Flask, office: SmallOffice, run: Run, copy: Path, over: tuple[str, str]
) -> None:
    with office.database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        with app.app_context():
            refused = app.test_cli_runner().invoke(args=["restore", str(copy), *AS, *over], catch_exceptions=False)
    assert (refused.exit_code, "Stop its servers" in refused.output) == (1, True), refused.output


def test_who_is_no_administrator_answers_for_no_restore(
    run: Run, copy: Path, over: tuple[str, str], office: SmallOffice
) -> None:
    office.carry("lodged")
    refused = run("restore", copy, "--as", "supervisor@test.example", *over)
    assert (refused.exit_code, "no administrator" in refused.output) == (2, True)
    assert requests(office) == 1


def test_a_second_restore_of_the_same_back_up_goes_beyond_the_first(
    run: Run, copy: Path, over: tuple[str, str], office: SmallOffice, settings: Settings
) -> None:
    for _ in range(2):
        assert run("restore", copy, *AS, *over).exit_code == 0
    with office.reading() as look:
        (epoch,) = look.session.scalars(select(RegisterEpoch))
    assert (epoch.number, epoch.first_value) == (3, 1_200_000)
    assert run("verify-audit").output.count("Restored on") == 2


@on_sqlite
def test_a_lost_machine_takes_the_heads_of_the_back_up_or_of_another_machine(
    run: Run, app: Flask, office: SmallOffice, copy: Path, settings: Settings, database_url: str, tmp_path: Path
) -> None:
    office.carry("lodged")
    tasks.link_audit(app.extensions["office"])
    tasks.sign_heads(app.extensions["office"])
    heads = settings.var / "audit" / "heads.jsonl"
    shutil.copy(heads, tmp_path / "elsewhere")
    heads.unlink()
    Path(database_url.removeprefix("sqlite:///")).unlink()
    done = run("restore", copy, *AS, "--heads", tmp_path / "elsewhere")
    assert done.exit_code == 0, done.output
    assert "was cut from link" in run("verify-audit").output
    (tmp_path / "strange").write_text('{"another": "file"}\n')
    strange = run("restore", copy, *AS, "--over", "register", "--heads", tmp_path / "strange")
    assert strange.exit_code == 2


@on_sqlite
def test_a_copy_that_is_put_back_by_hand_is_named(
    run: Run, app: Flask, copy: Path, over: tuple[str, str], database_url: str
) -> None:
    assert run("restore", copy, *AS, *over).exit_code == 0
    shutil.copy(copy / "register.sqlite", database_url.removeprefix("sqlite:///"))
    verdict = run("verify-audit")
    assert verdict.exit_code == 1
    assert "a copy was put back by hand" in verdict.output


def test_a_restore_that_fails_changes_nothing(
    run: Run,
    copy: Path,
    over: tuple[str, str],
    office: SmallOffice,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office.carry("lodged")
    heads = (settings.var / "audit" / "heads.jsonl").read_bytes()

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("issuance.services.trust.audit_heads.sign_break", fails)
    assert "No space left" in run("restore", copy, *AS, *over).output
    assert requests(office) == 1
    assert (settings.var / "audit" / "heads.jsonl").read_bytes() == heads
