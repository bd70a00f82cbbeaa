"""Logs of the tests: small ones without a register, and Go's own packages that read them."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from issuance.services.log import notes
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import Tiles
from issuance.witness import canonical
from tests.counterparts import missing
from verify import liman_audit, liman_cosign

ORIGIN = "log.office.example/office"
KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
VKEY = notes.verifier(ORIGIN, KEY.public_key())
UNPACKED = Path(__file__).parents[1] / ".venv" / "golang-1.19-go"
PROGRAM, COSIGNATURES = (Path(__file__).with_name(f"{name}_in_go.go") for name in ("log", "cosignatures"))


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
    return _go(PROGRAM, cache, folder, key, *old)


def cosigned_by_go(checkpoint: Path, cache: Path, key: str, *cosigners: str) -> list[str]:
    """What Go says of the cosignatures of a checkpoint."""
    return _go(COSIGNATURES, cache, checkpoint, key, *cosigners)


def _go(program: Path, cache: Path, *arguments: object) -> list[str]:
    """What a program of Go's prints."""
    root = UNPACKED / "usr" / "lib" / "go-1.19"
    if not (root / "bin" / "go").exists():
        missing("Go is not unpacked: the test reads our log by the packages of its own. `make test` unpacks it.")
    places = {"GOROOT": root, "GOPATH": UNPACKED / "usr/share/gocode", "GOCACHE": cache / "go", "HOME": cache}
    environment = {**os.environ, **{name: str(path) for name, path in places.items()}}
    environment |= {"GO111MODULE": "off", "CGO_ENABLED": "0", "GOFLAGS": ""}
    command = [root / "bin" / "go", "run", program, *arguments]
    done = subprocess.run(command, env=environment, cwd=cache, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() or [done.stderr]


@contextmanager
def cosigning(folder: Path, name: str, *logs: str) -> Iterator[str]:
    """Another centre's cosigner on loopback that knows these logs, as the settings name it: its key and its address."""
    key = (folder / "key").read_text().strip() if folder.exists() else liman_cosign.make(folder, name)
    (folder / "logs").write_text("".join(f"{each}\n" for each in logs))
    with liman_cosign.server(folder, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{key}=http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


TSA = """
[tsa]
default_tsa = office
[office]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa-key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@contextmanager
def stamping(folder: Path, openssl: str) -> Iterator[str]:
    """The address of an authority of time stamps on loopback, which is openssl; its certificate is tsa.pem."""
    _certified(folder)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(TSA.format(folder=folder))

    class Authority(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query, reply = folder / "query", folder / "reply"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = [openssl, "ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", query, "-out", reply]
            subprocess.run(command, check=True, capture_output=True)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(reply.read_bytes())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Authority) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _certified(folder: Path) -> None:
    """The key and the certificate of an authority of time stamps that signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TSA")])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, *(dt.datetime(at, 1, 1) for at in (2020, 2100)))
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate = built.add_extension(purpose, critical=True).sign(key, hashes.SHA256())
    (folder / "tsa.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa-key.pem").write_bytes(secret)
