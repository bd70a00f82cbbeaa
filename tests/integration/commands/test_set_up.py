"""`flask set-up`: from a file, at a terminal, stopped anywhere and run again; what is wrong is named."""

from __future__ import annotations

import os
import pty
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from flask_security.utils import verify_password
from sqlalchemy import func, text
from sqlalchemy import select as query

import app as composition
from app import create_app
from issuance import migrate
from issuance.actors import SYSTEM, Actor
from issuance.commands import set_up
from issuance.commands.office import prepare
from issuance.db import Database
from issuance.errors import Unfit
from issuance.keys import fingerprints
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre, RoleName, Staff
from issuance.office import Office
from issuance.services import founding, office_file
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust import accounts
from issuance.settings import KEY_NAMES, Settings
from tests.fixtures.databases import on_sqlite
from tests.install import page
from tests.production import ENVIRONMENT, PRODUCTION

ROOT = Path(__file__).parents[3]
(EXAMPLE,) = [block.text for block in page.blocks(page.PAGE.read_text("utf-8")) if block.path.endswith(".toml")]
ANA, ION = "ana.pop@liman.example.ro", "ion.rusu@liman.example.ro"
FLASK = [sys.executable, "-m", "flask", "--app", "app", "set-up"]
Run = Callable[..., Result]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def office_toml(tmp_path: Path) -> Path:
    """The example of docs/install.md."""
    path = tmp_path / "office.toml"
    path.write_text(EXAMPLE, "utf-8")
    return path


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Settings(var=tmp_path / "var", database_url=database_url))
    with made.app_context():
        yield made
    made.extensions["office"].database.engine.dispose()


@pytest.fixture
def office(app: Flask) -> Office:
    found = app.extensions["office"]
    assert isinstance(found, Office)
    return found


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=["set-up", *map(str, args)], catch_exceptions=False)


def register(office: Office) -> dict[str, Any]:
    """What a set-up decides of a register: centres, accounts with roles, events, files; not ids and secrets."""
    with office.reading() as look:
        people = look.session.scalars(query(Staff).where(Staff.email != CASE_HANDLING)).unique()
        events = look.session.execute(query(AuditEvent.act, func.count()).group_by(AuditEvent.act)).all()
        return {
            "centres": sorted(look.session.scalars(query(Centre.code))),
            "people": sorted((one.email, one.centre.code, *one.roles_on(look.clock.today())) for one in people),
            "events": sorted((act, count) for act, count in events),
            "passwords": sorted(path.name for path in (office.settings.var / set_up.PASSWORDS).glob("*")),
            "keys": sorted(path.name for path in (office.settings.var / "keys").iterdir()),
        }


def first_password_opens(office: Office, email: str) -> bool:
    """Whether what lies in the file is the password of the account."""
    password = (office.settings.var / set_up.PASSWORDS / email).read_text().strip()
    with office.reading() as look:
        return bool(verify_password(password, accounts.named(look, email).password))


def test_a_file_founds_an_office(run: Run, office: Office, office_toml: Path) -> None:
    done = run("--from", office_toml)
    assert done.exit_code == 0, done.output
    found = register(office)
    assert found["centres"] == ["timisoara"]
    assert found["people"] == [(ANA, "timisoara", RoleName.ADMINISTRATOR), (ION, "timisoara", RoleName.ADMINISTRATOR)]
    assert first_password_opens(office, ANA)
    assert first_password_opens(office, ION)
    files = list((office.settings.var / set_up.PASSWORDS).iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (*files, files[0].parent)} == {0o600, 0o700}
    assert not any(path.read_text().strip() in done.output for path in files)


def test_running_again_changes_nothing_and_says_what_is_there(run: Run, office: Office, office_toml: Path) -> None:
    run("--from", office_toml)
    before = register(office)
    again, plain = run("--from", office_toml), run()
    assert (again.exit_code, plain.exit_code, register(office)) == (0, 0, before)
    assert f"{ANA}: is there, and did not log in yet." in again.output
    assert "Centres: timisoara." in plain.output
    assert first_password_opens(office, ANA)


@pytest.mark.parametrize("step", range(7))
def test_stopped_at_any_step_and_run_again_it_is_the_same_register(
    step: int, run: Run, office: Office, office_toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of the set-up is the last one once: before the tables, after them, around each password and account."""
    left = [step]

    def mortal(does: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            kept = does(*args) if after else None
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return kept if after else does(*args)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(set_up, "prepare", mortal(mortal(prepare, after=False), after=True))
        patch.setattr(set_up, "write_once", mortal(set_up.write_once, after=True))
        patch.setattr(founding, "add_administrator", mortal(founding.add_administrator, after=True))
        patch.setattr(set_up, "_keys", mortal(set_up._keys, after=False))
        with pytest.raises(Killed):
            run("--from", office_toml)
    assert run("--from", office_toml).exit_code == 0
    found = register(office)
    assert [name for name, *_ in found["people"]] == found["passwords"] == [ANA, ION]
    assert dict(found["events"]) | {"office.founded": 1, "account.added": 2} == dict(found["events"])
    assert "seal-signer.crt" in found["keys"]
    assert first_password_opens(office, ANA)
    assert first_password_opens(office, ION)


def test_killed_and_run_again(tmp_path: Path, office_toml: Path) -> None:
    """A real process, killed as soon as the first password is on the disk."""
    var = tmp_path / "var"
    environment = os.environ | {"LIMAN_VAR": str(var)}
    with subprocess.Popen([*FLASK, "--from", office_toml], cwd=ROOT, env=environment) as process:
        while not list((var / set_up.PASSWORDS).glob("*@*")) and process.poll() is None:
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    done = subprocess.run([*FLASK, "--from", office_toml], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = create_app(Settings(var=var))
    with made.app_context():
        office = made.extensions["office"]
        assert first_password_opens(office, ANA)
        assert [name for name, *_ in register(office)["people"]] == [ANA, ION]
    office.database.engine.dispose()


def test_a_password_that_was_changed_leaves_no_file(run: Run, office: Office, office_toml: Path) -> None:
    run("--from", office_toml)
    with office.reading() as look:
        ana = accounts.named(look, ANA)
        owner = Actor(ana.id, ana.centre_id)
    with office.act(owner) as act:
        accounts.change_own_password(act, "hash", uuid4())
    assert f"{ANA}: is there.\n" in run("--from", office_toml).output
    assert register(office)["passwords"] == [ION]


def test_an_account_that_is_there_is_not_made_an_administrator(run: Run, office: Office, office_toml: Path) -> None:
    run("--from", office_toml)
    with office.act(SYSTEM) as act:
        accounts.close_account(act, accounts.named(act, ANA))
    done = run("--from", office_toml)
    assert f"{ANA}: has an account that administers nothing. See flask reopen-account" in done.output
    assert "No centre has two administrators" in done.output
    assert done.exit_code == 1


@on_sqlite
def test_a_later_set_up_brings_no_centre_of_the_law(run: Run, office: Office, office_toml: Path) -> None:
    run("--from", office_toml)
    office_toml.write_text(EXAMPLE.replace("timisoara", "arad").replace(ANA, "x@y.example").replace(ION, "z@y.example"))
    assert (run().exit_code, run("--from", office_toml).exit_code) == (0, 0)
    assert register(office)["centres"] == ["arad", "timisoara"]


WRONG = [
    ('code = "timisoara"', 'code = "Timișoara"', "line 2, centres[1].code: A short name"),
    ("09:00-12:00", "9-12", "line 5, centres[1].opening_hours: Write the hours"),
    (f'email = "{ANA}"', 'email = "ana"', "line 9, administrators[1].email: This is no e-mail address"),
    (f'email = "{ION}"', f'email = "{ANA}"', "line 14, administrators[2].email: This address stands twice"),
    ('name = "Ion Rusu"', 'name = " "', "line 13, administrators[2].name: This is missing"),
    ('name = "Ion Rusu"\n', "", "line 12, administrators[2].name: This is missing"),
    ('name = "Ion Rusu"', "name = 7", "line 13, administrators[2].name: Write it as text"),
    ("seal_signer", "seal_signed", "line 19, keys.seal_signed: There is no such key"),
    ("[keys]", "[passwords]", "line 17, passwords: There is no such key"),
    ("[[centres]]", "[[centres]", "This is no TOML: "),
    ("Pop", "Po\udcffp", "line 8: This is not UTF-8"),
    ("Ana Pop", "Ana \u202ePop", "line 8, administrators[1].name: "),
]


@on_sqlite
@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=[said[:40] for *_, said in WRONG])
def test_what_is_wrong_in_a_file_is_named_and_nothing_changed(
    old: str, new: str, said: str, run: Run, office: Office, office_toml: Path
) -> None:
    office_toml.write_bytes(EXAMPLE.replace(old, new, 1).encode(errors="surrogateescape"))
    done = run("--from", office_toml)
    assert f"{office_toml}, {said}" in done.output
    assert "Nothing was changed." in done.output
    assert (done.exit_code, register(office)["centres"]) == (2, [])


def test_everything_wrong_is_told_at_once() -> None:
    wrong = EXAMPLE.replace(ION, "ion").replace('"timisoara"', '"T"', 1)
    with pytest.raises(office_file.Refused) as refused:
        office_file.read(wrong.encode(), [])
    assert [fault.split(":")[0].split(" ")[-1] for fault in refused.value.faults] == [
        "centres[1].code",
        "administrators[1].centre",
        "administrators[2].email",
        "administrators[2].centre",
    ]


def test_a_centre_has_two_administrators() -> None:
    alone = EXAMPLE[: EXAMPLE.rindex("[[administrators]]")]
    with pytest.raises(office_file.Refused) as refused:
        office_file.read(alone.encode(), [])
    assert refused.value.faults == [
        "line 10, administrators[1].centre: The centre timisoara has one administrator, and what one gives another"
        " agrees to: name a second."
    ]


@pytest.mark.parametrize("data", [b"[" * 50_000, b"x" * 200_000, b"\0"], ids=["deep", "large", "zero"])
def test_what_is_no_office_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(office_file.Refused):
        office_file.read(data, [])


def at_a_terminal(var: Path, answers: list[str]) -> tuple[int, str]:
    """The exit code and what a person saw who gave these answers."""
    process, terminal = pty.fork()
    if not process:
        os.chdir(ROOT)
        os.execve(FLASK[0], FLASK, os.environ | {"LIMAN_VAR": str(var), "LANG": "C.UTF-8"})
    said = ""
    while select.select([terminal], [], [], 120)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other side ended
            break
        said += part.decode(errors="replace")
        if said.rstrip("\n").endswith(": ") and answers:
            os.write(terminal, f"{answers.pop(0)}\n".encode())
            said += "\n"
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), said


def test_at_a_terminal_it_asks_for_what_is_missing(tmp_path: Path) -> None:
    var = tmp_path / "var"
    centre = ["n", "Arad", "arad", "Arad", "Str. 1, Arad", "always", ""]
    people = ["", "ana", "ana@arad.example", "Ana Pop", "ana@arad.example", "ion@arad.example", "Ion Rusu"]
    code, said = at_a_terminal(var, [*centre, "n", *people, "y"])
    assert code == 0, said
    for again in ("A short name is", "Write the hours", "no e-mail address", "You gave this already"):
        assert again in said
    assert "ion@arad.example: added." in said
    code, said = at_a_terminal(var, [])
    assert (code, "?" in said) == (0, False), said
    assert "Centres: arad." in said


def test_at_a_terminal_a_register_of_an_earlier_release_is_upgraded_first(tmp_path: Path) -> None:
    """Who administers stood in other tables then."""
    var = tmp_path / "var"
    settings = Settings(var=var)
    fingerprints.make(settings, KEY_NAMES)
    database = Database(settings.database)
    with database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        migrate.upgrade_on(connection, to="0020")
        columns = "id, code, name, address, opening_hours"
        connection.execute(text(f"INSERT INTO centre ({columns}) VALUES ('{uuid4().hex}', 'arad', 'A', 'S', '')"))
    database.engine.dispose()
    people = ["", "ana@arad.example", "Ana Pop", "ion@arad.example", "Ion Rusu", "n"]
    code, said = at_a_terminal(var, people)
    assert code == 0, said
    assert "ion@arad.example: added." in said


@on_sqlite
def test_with_neither_it_says_who_is_missing(run: Run, office: Office) -> None:
    done = run()
    assert done.exit_code == 0
    assert "Nobody administers this office: name two people by flask set-up --from FILE" in done.output
    assert len(register(office)["centres"]) == 6


# The server of an office that was not set up to the end


def started(var: Path) -> subprocess.CompletedProcess[str]:
    """A production server; it ends by itself when it refuses."""
    environment = os.environ | ENVIRONMENT | {"LIMAN_VAR": str(var), "LIMAN_SIGNER": "pkcs11"}
    return subprocess.run([sys.executable, "-m", "app"], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_production_server_does_not_start_before_set_up(tmp_path: Path) -> None:
    done = started(tmp_path / "var")
    assert done.returncode == composition.NOT_LOADED
    assert done.stderr.startswith("This office was not set up yet: run flask set-up --from FILE")


def production(var: Path) -> Office:
    office = create_app(Settings(var=var, **PRODUCTION)).extensions["office"]
    assert isinstance(office, Office)
    prepare(office)
    return office


def test_it_does_not_start_while_nobody_administers(tmp_path: Path) -> None:
    office = production(tmp_path / "var")
    done = started(office.settings.var)
    assert (done.returncode, "Nobody administers this office" in done.stderr) == (composition.NOT_LOADED, True)
    with pytest.raises(Unfit):
        composition._check_administrators(office)
    office.database.engine.dispose()


def test_with_one_administrator_it_starts_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = production(tmp_path / "var")
    for email, warned in ((ANA, True), (ION, False)):
        with office.act(SYSTEM) as act:
            founding.add_administrator(act, email, "A", "timisoara", "hash")
        composition._check_administrators(office)
        assert ("too_few_administrators" in "".join(capsys.readouterr())) is warned
    office.database.engine.dispose()
