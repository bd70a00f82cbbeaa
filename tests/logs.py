"""Logs of the tests: small ones without a register, and Go's own packages that read them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuance.services.log import notes
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import Tiles
from issuance.witness import canonical
from tests.counterparts import missing
from verify import liman_audit

ORIGIN = "log.office.example/office"
KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
VKEY = notes.verifier(ORIGIN, KEY.public_key())
UNPACKED = Path(__file__).parents[1] / ".venv" / "golang-1.19-go"
PROGRAM = Path(__file__).with_name("log_in_go.go")


def entry(place: int, story: str = "") -> bytes:
    """An entry of the office's chain, at this place from 0 on; another `story` is another event there."""
    sealed = hashlib.sha256(f"{story}{place}".encode()).hexdigest()
    said = {"event": UUID(int=place), "act": "case.opened", "at": "2026-03-02T09:30:00.000000+00:00"}
    return canonical({"chain": "office", "position": place + 1, "sealed": sealed, **said})


def stories(first: int, last: int, story: str = "") -> list[bytes]:
    """The entries from one place up to another."""
    return [entry(at, story) for at in range(first, last)]


def written(folder: Path, *parts: Sequence[bytes]) -> Tiles:
    """A log that grew by these parts and was signed after each; its checkpoints lie beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    tiles = Tiles(folder, 0)
    for part in parts:
        tiles = tiles.grown(part)
        note = notes.signed(Checkpoint(ORIGIN, tiles.size, tiles.root()), KEY)
        (folder / "checkpoint").write_text(note)
        folder.with_name(f"{folder.name}-{tiles.size}.checkpoint").write_text(note)
    return tiles


def audited(*arguments: object, key: str = VKEY) -> int:
    """The exit code of the stranger's program."""
    return liman_audit.main([*map(str, arguments), "--key", key])


def read_by_go(folder: Path, cache: Path, key: str, *old: Path) -> list[str]:
    """What Go's own packages say of a log."""
    root = UNPACKED / "usr" / "lib" / "go-1.19"
    if not (root / "bin" / "go").exists():
        missing("Go is not unpacked: the test reads our log by the packages of its own. `make test` unpacks it.")
    places = {"GOROOT": root, "GOPATH": UNPACKED / "usr/share/gocode", "GOCACHE": cache / "go", "HOME": cache}
    environment = {**os.environ, **{name: str(path) for name, path in places.items()}}
    environment |= {"GO111MODULE": "off", "CGO_ENABLED": "0", "GOFLAGS": ""}
    command = [root / "bin" / "go", "run", PROGRAM, folder, key, *old]
    done = subprocess.run(command, env=environment, cwd=cache, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() or [done.stderr]
