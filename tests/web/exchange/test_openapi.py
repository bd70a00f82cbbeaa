"""The OpenAPI document by programs that others wrote: a client generated from it tells events, and a fuzzer finds
nothing that answers otherwise than it says.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from issuance.services.exchange import openapi, schema
from tests.exchange import SAID, body
from tests.web.conftest import Browser
from tests.web.exchange.test_case_events import Sender

KEPT = Path(__file__).parents[3] / "docs" / "openapi.json"
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def server(sqlite: Any) -> Any:
    """Which database is beneath makes no difference to what is answered."""
    return sqlite


@pytest.fixture
def sender(client: Browser, app: Flask) -> Sender:
    """Case handling, which may call as often as the fuzzer does."""
    return Sender(client, app.extensions["office"], per_minute=60_000)


def test_what_is_kept_in_the_docs_is_what_is_served(client: Browser) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.mimetype == "application/json"
    assert answer.text == openapi.text() == KEPT.read_text(encoding="utf-8"), (
        "make docs/openapi.json anew (CONTRIBUTING)"
    )


def test_every_kind_of_event_is_in_it_with_its_type() -> None:
    event = openapi.document()["paths"]["/api/case-events"]["post"]["requestBody"]["content"]["application/json"]
    assert (
        set(event["schema"]["discriminator"]["mapping"]) == set(SAID) == {schema.kind_of(each) for each in schema.KINDS}
    )


# A client that we did not write


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python client, generated from the document in docs/."""
    folder = tmp_path_factory.mktemp("client")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--path", str(KEPT)]
    quiet = folder / "config.yml"
    quiet.write_text("post_hooks: []\n")
    said = subprocess.run(
        [*command, "--config", str(quiet), "--output-path", str(folder / "told_client"), "--fail-on-warning"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return folder


def test_a_generated_client_tells_events(
    generated: Path, sender: Sender, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(generated))
    models, tell = _part("models"), _part("api.default.tell_case_event")
    client = _part("client").AuthenticatedClient(base_url="http://liman", token=sender.token)
    client.set_httpx_client(
        httpx.Client(
            base_url="http://liman",
            transport=httpx.WSGITransport(app=app.wsgi_app),
            headers={"Authorization": f"Bearer {sender.token}"},
        )
    )
    for number, kind in enumerate(("application_registered", "decision", "appeal_lodged", "flags"), start=1):
        model = getattr(models, "".join(part.title() for part in kind.split("_")))
        answer = tell.sync_detailed(client=client, body=model.from_dict(body(kind, number)))
        assert answer.status_code == 200
        assert isinstance(answer.parsed, models.Answer)
        assert (str(answer.parsed.state), answer.parsed.next_number) == ("applied", number + 1)
    wrong = tell.sync_detailed(client=client, body=models.Flags.from_dict(body("flags", 2)))
    assert isinstance(wrong.parsed, models.Problem)
    assert wrong.parsed.error == "number_taken"


def _part(name: str) -> ModuleType:
    return importlib.import_module(f"told_client.{name}")


# A fuzzer


@pytest.fixture
def described(app: Flask) -> Any:
    """What can be told, as the fuzzer reads it from the office."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app.wsgi_app)["/api/case-events"]["POST"]


seeded = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_whatever_is_sent_is_answered_as_the_document_says(
    described: Any, sender: Sender, mode: GenerationMode
) -> None:
    checks = CHECKS if mode.is_positive else [*CHECKS, negative_data_rejection]

    @seeded
    @given(described.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        response = case.call(headers={"Authorization": f"Bearer {sender.token}"})
        case.validate_response(response, checks=checks)

    run()


def test_events_that_reach_the_register_are_answered_as_it_says(described: Any, sender: Sender) -> None:
    """The same from the inside: of a person that is known, in their order, so that every service is reached."""
    sender.tell("application_registered", key="CH-1")
    reached = set[tuple[str, str]]()

    @seeded
    @given(described.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Case) -> None:
        wanted = {"number": sender.wanted(), "occurred_on": "2026-10-20", "person": {"key": "CH-1"}}
        case.body = case.body | wanted | ({"centre": "timisoara"} if "centre" in case.body else {})
        response = case.call(headers={"Authorization": f"Bearer {sender.token}"})
        case.validate_response(response, checks=CHECKS)
        reached.add((case.body["type"], sender.clear()))

    run()
    assert {kind for kind, _ in reached} == set(SAID)
    assert {state for _, state in reached} >= {"applied", "set_aside"}
