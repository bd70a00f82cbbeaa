"""What the server's start refuses, by the real gunicorn: its exit code, and one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app import create_app
from issuance.settings import Settings
from tests.production import ENVIRONMENT, PRODUCTION

ROOT = Path(__file__).parents[2]


def test_file_keys_stop_the_start_of_a_production_server(tmp_path: Path) -> None:
    var = tmp_path / "var"
    options = ["--workers", "1", "--bind", "127.0.0.1:0", "--no-control-socket"]
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", *options, "app:serve()"],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT | {"LIMAN_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 4
    sentences = [line for line in done.stderr.splitlines() if "LIMAN_SIGNER=pkcs11" in line]
    assert sentences == [
        "In production no file key signs: set LIMAN_SIGNER=pkcs11, and the module, label and PIN file of the token."
    ]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "keys" / "seal-signer.key").exists()


def test_the_public_pages_alone_need_no_signer(tmp_path: Path) -> None:
    app = create_app(
        Settings(var=tmp_path / "var", **PRODUCTION),
        surfaces={"public"},
    )
    assert app.test_client().get("/healthz").status_code == 200
