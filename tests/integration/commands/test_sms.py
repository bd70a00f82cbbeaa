"""The command that sends a test SMS: what it says, and that nobody's number is written anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

import app as composition
from app import create_app
from issuance.commands.command_line import NOT_LOADED
from issuance.sending.gateway import reports_address
from issuance.settings import Settings
from tests.counterparts import free_port
from tests.gateways import gateway, says

Run = Callable[..., Result]
NUMBER = "0722 123 456"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A command in an office whose settings have these changes."""
    apps = []

    def invoke(*args: str, **changes: object) -> Result:
        app = create_app(Settings(var=tmp_path / "var", demo=True, **changes))  # type: ignore[arg-type]
        apps.append(app)
        with app.app_context():
            return app.test_cli_runner().invoke(args=args, catch_exceptions=False)

    yield invoke
    for app in apps:
        app.extensions["office"].database.engine.dispose()


def test_it_says_where_delivery_reports_are_taken_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    given = {"sms_gateway": "json", "sms_url": f"http://127.0.0.1:{free_port()}"}
    done = run("test-sms", **given)
    assert done.exit_code == 0
    assert reports_address(Settings(var=tmp_path / "var")) in done.output


def test_it_sends_a_test_to_ones_own_telephone(run: Run) -> None:
    with gateway(says(202, '{"status": "queued", "id": "1"}')) as theirs:
        done = run("test-sms", NUMBER, sms_gateway="json", sms_url=f"http://127.0.0.1:{theirs.port}")
    assert done.exit_code == 0, done.output
    assert "The gateway has the message." in done.output
    (request,) = theirs.requests
    assert b'"+40722123456"' in request


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (422, "The gateway refused the number or the text: nothing was sent. Its answer was 422."),
        (401, "does not let the office in: nothing was sent. Its answer was 401."),
        (500, "Nobody knows whether it was sent"),
    ],
)
def test_it_says_what_became_of_the_test(run: Run, status: int, said: str) -> None:
    with gateway(says(status)) as theirs:
        done = run("test-sms", NUMBER, sms_gateway="json", sms_url=f"http://127.0.0.1:{theirs.port}")
    assert done.exit_code == 1
    assert said in done.output


@pytest.mark.parametrize(
    ("number", "changes", "code", "said"),
    [
        (NUMBER, {}, 1, "This office has no gateway: set LIMAN_SMS_GATEWAY"),
        (NUMBER, {"sms_gateway": "smoke"}, 1, "there is no gateway smoke"),
        (NUMBER, {"sms_gateway": "json", "sms_url": "http://192.0.2.1"}, 1, "no https:// address"),
        ("call me", {"sms_gateway": "json", "sms_url": "http://127.0.0.1:1"}, 2, "NUMBER: This is no telephone number"),
    ],
)
def test_it_refuses_in_a_sentence(run: Run, number: str, changes: dict[str, object], code: int, said: str) -> None:
    done = run("test-sms", number, **changes)
    assert done.exit_code == code
    assert said in done.output


def test_a_server_does_not_start_with_a_gateway_that_would_not_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"VAR": str(tmp_path / "var"), "SMS_GATEWAY": "smoke", "LISTEN": "127.0.0.1:0"}.items():
        monkeypatch.setenv(f"LIMAN_{name}", value)
    monkeypatch.setattr(composition.logs, "configure", lambda: None)  # of this process, which has other tests
    assert composition.serve(()) == NOT_LOADED
    assert "there is no gateway smoke" in capsys.readouterr().err
