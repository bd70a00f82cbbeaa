"""What the server's start refuses, by the real server: its exit code, and one sentence."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from app import NOT_LOADED, create_app
from issuance.settings import Settings
from tests.production import ENVIRONMENT, PRODUCTION

ROOT = Path(__file__).parents[2]


def started(*surfaces: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The server that should not start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    return subprocess.run(
        [sys.executable, "-m", "app", *surfaces],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_file_keys_stop_the_start_of_a_production_server(tmp_path: Path) -> None:
    done = started(**ENVIRONMENT, LIMAN_VAR=str(tmp_path / "var"), LIMAN_LISTEN="127.0.0.1:0")
    assert done.returncode == NOT_LOADED
    sentences = [line for line in done.stderr.splitlines() if "LIMAN_SIGNER=pkcs11" in line]
    assert sentences == [
        "In production no file key signs: set LIMAN_SIGNER=pkcs11, and the module, label and PIN file of the token."
    ]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "keys" / "seal-signer.key").exists()


def test_an_address_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = started("public", LIMAN_VAR=str(tmp_path / "var"), LIMAN_LISTEN=listen)
    assert done.returncode == NOT_LOADED
    assert done.stderr.startswith(f"No server can be started at LIMAN_LISTEN={listen}: ")
    assert "Traceback" not in done.stderr


def test_surfaces_that_there_are_not_stop_the_start(tmp_path: Path) -> None:
    done = started("staff", "kiosk", LIMAN_VAR=str(tmp_path / "var"))
    assert (done.returncode, done.stderr) == (
        NOT_LOADED,
        "There is no kiosk: the surfaces are staff, public, phones, stations, exchange, outside.\n",
    )


def test_the_public_pages_alone_need_no_signer(tmp_path: Path) -> None:
    app = create_app(
        Settings(var=tmp_path / "var", **PRODUCTION),
        surfaces={"public"},
    )
    assert app.test_client().get("/healthz").status_code == 200
