"""`python3 -m verify.liman_cosign`: another centre signs what the log of an office says, and never two stories of it.

For the standard library, openssl and liman_audit.py beside it, on a machine that is not the office's. Formats: C2SP
tlog-cosignature (`cosignature/v1`) and tlog-witness: a question is the size that was signed last, the proof that the
log only grew since, and its checkpoint. Exit codes: 0 signed; 1 refused, as the first word says; 2 could not be done.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import hashlib
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from verify.liman_audit import (
    DASH,
    EMPTY,
    HASH,
    Checkpoint,
    Key,
    Unchecked,
    Wrong,
    node,
    opened,
    read_key,
    signed_by,
    text_of,
)

SIGNED, REFUSED, UNDONE = 0, 1, 2
SECRET, PUBLIC, LOGS, SEEN, LOCK = "key.pem", "key", "logs", "seen", "lock"
OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")
COSIGNATURE = b"\x04"
MOST_HASHES = 63
LENGTH, MOST_BYTES = re.compile("[0-9]{1,9}"), 1 << 16
PATIENCE = 10.0
"""Seconds for which a line may be silent."""

TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


class Refused(Exception):
    """Why nothing is signed, with the status that the protocol has for it, and what is answered."""

    def __init__(self, status: int, sentence: str, size: int | None = None) -> None:
        super().__init__(sentence)
        self.status, self.size = status, size


# Cosignatures


def key_of(name: str, public: bytes) -> str:
    """The key by which others know a cosigner, in one line (a vkey)."""
    data = COSIGNATURE + public
    return f"{name}+{_id(name, data).hex()}+{base64.b64encode(data).decode()}"


def read_cosigner(text: str) -> Key:
    """A cosigner's key from its line. Unchecked when it is none."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        data = b""
    if len(data) != 1 + HASH or data[:1] != COSIGNATURE or _id(name, data).hex() != key_id:
        raise Unchecked("The key of the cosigner is none, or mistyped: give the line that `key` printed.")
    return Key(name, _id(name, data), data[1:])


def _id(name: str, data: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]


def message(text: str, moment: int) -> bytes:
    """What a cosigner signs: when, and the text of the checkpoint."""
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


def cosigned_at(note: str, cosigner: Key) -> int | None:
    """When a cosigner signed a checkpoint, in seconds since 1970; None without a right signature of it."""
    text, _, lines = note.rpartition("\n\n")
    for line in lines.split("\n"):
        name, _, encoded = line.removeprefix(DASH).rpartition(" ")
        try:
            data = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        moment = int.from_bytes(data[4:12], "big")
        if (name, data[:4]) == (cosigner.name, cosigner.id) and line.startswith(DASH):
            return moment if signed_by(cosigner.public, message(f"{text}\n", moment), data[12:]) else None
    return None


def grew(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> bool:
    """Whether a path proves that the old log is the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if old.size in (0, new.size):
        return not path and (old.size == 0 or old.root == new.root)
    way = list(path) if old.size & (old.size - 1) else [old.root, *path]
    at, last = old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = way[0] if way else b""
    for each in way[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node(each, first), node(each, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node(second, each)
        at, last = at >> 1, last >> 1
    return last == 0 and (first, second) == (old.root, new.root)


# The cosigner: its folder holds its key, the logs that it knows, and what it signed last of each


def make(folder: Path, name: str) -> str:
    """Make the key of a cosigner; its line. Unchecked when there is one already."""
    if not re.fullmatch(r"[^\s+]{1,80}", name):
        raise Unchecked("A name has no space and no +: write it like an address without https://.")
    if (folder / SECRET).exists():
        raise Unchecked(f"{folder / SECRET} is there already: another key would be another cosigner.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _openssl("genpkey", "-algorithm", "ed25519", "-out", str(folder / SECRET))
    (folder / SECRET).chmod(0o600)
    public = _openssl("pkey", "-in", str(folder / SECRET), "-pubout", "-outform", "DER")[-HASH:]
    _write(folder / PUBLIC, f"{key_of(name, public)}\n")
    return key_of(name, public)


def cosign(folder: Path, question: str, moment: int) -> str:
    """The cosignature for a question, as a line. Refused unless the log continues what was signed of it before.

    What is signed now is on the disk before it is signed: after a crash no older or other story gets a signature.
    """
    head, _, note = question.partition("\n\n")
    old, path = _asked(head)
    key = _known(folder, note)
    try:
        new = opened(note, key, "the checkpoint")
    except Wrong as error:
        raise Refused(403, str(error)) from None
    with _alone(folder):
        place = folder / SEEN / hashlib.sha256(key.name.encode()).hexdigest()
        before = opened(text_of(place), key, str(place)) if place.exists() else Checkpoint(key.name, 0, EMPTY)
        _check(old, path, before, new)
        _write(place, note)
        return _line(folder, f"{note.rpartition(chr(10) * 2)[0]}\n", moment)


def _asked(head: str) -> tuple[int, list[bytes]]:
    """The size and the proof of a question."""
    first, *lines = head.split("\n")
    size = OLD.fullmatch(first)
    try:
        path = [base64.b64decode(line, validate=True) for line in lines]
    except ValueError:
        path = [b""]
    if size is None or len(path) > MOST_HASHES or any(len(each) != HASH for each in path):
        raise Refused(400, "This is no question: it begins with `old` and a size, and the lines of a proof.")
    return int(size[1]), path


def _known(folder: Path, note: str) -> Key:
    """The key of the log that a note is of."""
    name, path = note.partition("\n")[0], folder / LOGS
    for line in text_of(path).split("\n") if path.exists() else ():
        if line.strip() and not line.startswith("#") and (key := read_key(line)).name == name:
            return key
    raise Refused(404, f"This cosigner does not know the log {name}: its key is not in {path}.")


def _check(old: int, path: Sequence[bytes], before: Checkpoint, new: Checkpoint) -> None:
    if old > new.size:
        raise Refused(400, f"cut: the log had {old} entries and has {new.size}.")
    if old != before.size:
        raise Refused(409, f"{before.size} entries were signed last, not {old}.", before.size)
    if old == new.size and before.root != new.root:
        raise Refused(409, f"forked: {old} other entries were signed before: there are two stories.", before.size)
    if not grew(before, new, path):
        raise Refused(422, f"forked: the proof does not lead from {old} entries to {new.size}: there are two stories.")


def _line(folder: Path, text: str, moment: int) -> str:
    """The signature over a checkpoint at this moment; Unchecked when what openssl made is not right."""
    key, signed = read_cosigner(text_of(folder / PUBLIC)), message(text, moment)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(signed)
        file.flush()
        made = _openssl("pkeyutl", "-sign", "-inkey", str(folder / SECRET), "-rawin", "-in", file.name)
    if not signed_by(key.public, signed, made):
        raise Unchecked(f"{folder / SECRET} is not the key that {folder / PUBLIC} says: nothing is signed.")
    return f"{DASH}{key.name} {base64.b64encode(key.id + moment.to_bytes(8, 'big') + made).decode()}\n"


def _openssl(*arguments: str) -> bytes:
    try:
        return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        raise Unchecked(f"openssl {arguments[0]} failed: install openssl 3, and look at the key.") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time compares and signs."""
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, on the disk when this returns."""
    path.parent.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    for folder in (path.parent, path.parent.parent):
        place = os.open(folder, os.O_RDONLY)
        os.fsync(place)
        os.close(place)


# By the network


def server(folder: Path, host: str, port: int, certificate: Path | None = None) -> ThreadingHTTPServer:
    """The cosigner as a server of tlog-witness; over TLS with a certificate and its key in one file."""

    class Asked(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or not LENGTH.fullmatch(length) or int(length) > MOST_BYTES:
                self._say(404, TEXT, "POST a question to /add-checkpoint.\n")
                return
            self._say(*answer(folder, self.rfile.read(int(length)).decode("utf-8", "replace")))

        def _say(self, status: int, kind: str, said: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

    made = ThreadingHTTPServer((host, port), Asked)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        made.socket = context.wrap_socket(made.socket, server_side=True, do_handshake_on_connect=False)
    return made


def answer(folder: Path, question: str) -> tuple[int, str, str]:
    """The status, the kind and the text of an answer to a question."""
    try:
        return 200, TEXT, cosign(folder, question, int(time.time()))
    except Refused as error:
        return (error.status, *((TEXT, f"{error}\n") if error.size is None else (SIZE, f"{error.size}\n")))
    except (Unchecked, Wrong, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        return 500, TEXT, "The cosigner cannot work: who runs it has to look.\n"


# The command line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="liman_cosign", description=(__doc__ or "").partition("\n")[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    key, sign = jobs.add_parser("key", help="make the key"), jobs.add_parser("sign", help="one question, by hand")
    serve, check = (
        jobs.add_parser("serve", help="by the network"),
        jobs.add_parser("check", help="who signed, and when"),
    )
    key.add_argument("name", help="what this cosigner is called")
    sign.add_argument("question", type=Path)
    serve.add_argument("--listen", default="127.0.0.1:8417", help="HOST:PORT")
    serve.add_argument("--certificate", type=Path, help="certificate and key in one PEM file")
    for each in (key, sign, serve):
        each.add_argument("--folder", type=Path, required=True, help="where this cosigner keeps what it knows")
    check.add_argument("checkpoint", type=Path)
    check.add_argument("--key", required=True, help="the line `name+id+key` of the log, or a file with it")
    check.add_argument("--cosigner", required=True, action="append", help="the line of a cosigner")
    return parser


def _done(chosen: argparse.Namespace) -> str:
    if chosen.job == "key":
        return make(chosen.folder, chosen.name)
    if chosen.job == "sign":
        return cosign(chosen.folder, text_of(chosen.question), int(time.time())).rstrip("\n")
    if chosen.job == "check":
        return "\n".join(_checked(text_of(chosen.checkpoint), read_key(chosen.key), chosen.cosigner))
    host, _, port = chosen.listen.rpartition(":")
    with server(chosen.folder, host, int(port), chosen.certificate) as serving:
        serving.serve_forever()
    return ""


def _checked(note: str, key: Key, cosigners: Sequence[str]) -> Iterator[str]:
    """What each cosigner signed. Wrong when one did not."""
    signed = opened(note, key, "the checkpoint")
    yield f"{signed.size} entries of {signed.origin}"
    for cosigner in map(read_cosigner, cosigners):
        moment = cosigned_at(note, cosigner)
        if moment is None:
            raise Wrong("forged", f"the checkpoint does not carry the signature of {cosigner.name}.")
        yield f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(moment))} {cosigner.name}"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line names."""
    try:
        print(_done(_parser().parse_args(arguments)))
    except (Refused, Wrong) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except (Unchecked, OSError) as error:
        print(f"could not be done: {error}", file=sys.stderr)
        return UNDONE
    return SIGNED


if __name__ == "__main__":
    sys.exit(main())
