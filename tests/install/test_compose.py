"""The compose file is one, and its containers run what the units run. No image is built here: that takes a registry."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.counterparts import require
from tests.install import sandbox

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text("utf-8")
FILES = ("/etc/liman/environment", "/etc/liman/database", "/etc/liman-public/environment")
OURS = {"server": "liman", "public": "liman-public", "metrics": "liman-metrics"}


@pytest.fixture
def told(tmp_path: Path) -> str:
    """What docker-compose makes of the file, with settings of its own."""
    program = require("docker-compose", "it judges the compose file")
    text = COMPOSE
    for path in FILES:
        (tmp_path / path.strip("/").replace("/", "-")).write_text("LIMAN_ENV=production\n")
        text = text.replace(f"env_file: {path}", f"env_file: {tmp_path / path.strip('/').replace('/', '-')}")
    (tmp_path / "compose.yaml").write_text(text)
    done = subprocess.run(
        [program, "--file", tmp_path / "compose.yaml", "config"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def service(told: str, name: str) -> str:
    """What is said of one service."""
    (found,) = re.findall(rf"^  {name}:\n((?:    .*\n|      .*\n)+)", told.partition("services:\n")[2], re.M)
    return str(found)


def test_docker_compose_takes_it(told: str) -> None:
    assert set(re.findall(r"^  (\w+):$", told.partition("services:\n")[2].partition("\nversion")[0], re.M)) >= {
        *OURS,
        "database",
        "front",
    }


@pytest.mark.parametrize(("name", "unit"), OURS.items())
def test_a_container_runs_what_the_unit_runs(told: str, name: str, unit: str) -> None:
    started = sandbox.said(DEPLOY / f"{unit}.service")["ExecStart"]
    said = service(told, name)
    if "command:" in said:
        inside = re.findall(r"^    - (.+)$", said.partition("command:\n")[2].partition("\n    d")[0], re.M)
    else:
        (command,) = re.findall(r"^CMD (.+)$", CONTAINERFILE, re.M)
        inside = json.loads(command)
    assert inside == started


@pytest.mark.parametrize("name", OURS)
def test_a_container_is_shut_in(told: str, name: str) -> None:
    said = service(told, name)
    for wall in ("read_only: true", "cap_drop:\n    - ALL", "no-new-privileges:true"):
        assert wall in said


def test_only_the_front_is_seen_from_outside(told: str) -> None:
    assert re.findall(r"^    ports:\n((?:    - .*\n)+)", told, re.M) == ["    - published: 443\n"]
    for name in ("public", "metrics", "front"):
        assert "network_mode: service:server" in service(told, name)


def test_what_the_image_copies_and_runs_is_there() -> None:
    """And that the code is not the account's that serves."""
    runs = [line for line in CONTAINERFILE.splitlines() if line.startswith("RUN deploy/")]
    assert [(ROOT / shlex.split(line)[1]).exists() for line in runs] == [True]
    assert CONTAINERFILE.index("COPY .") < CONTAINERFILE.index("USER liman")
    assert {".git", ".venv", "var"} <= set((ROOT / ".dockerignore").read_text("utf-8").split())
