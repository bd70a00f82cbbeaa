"""What a stranger is handed to believe: logs, proofs and keys, their signed heads, time stamps, answers of passkeys."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from uuid import UUID

from asn1crypto import cms, tsp
from hypothesis import strategies as st

from issuance.errors import Conflict, LimanError
from issuance.models.staff import Passkey
from issuance.services.capture.scanner import Simulator
from issuance.services.log import notes, stamps
from issuance.services.log.tiles import Tiles
from issuance.services.passkeys import ceremony
from issuance.services.trust import audit_heads
from issuance.witness import canonical
from tests import logs
from tests.fingers import finger
from tests.fuzz import drawn
from tests.fuzz.engine import Input
from verify import liman_audit

SIZE = 5
NONCE = 7


@cache
def log() -> dict[str, bytes]:
    """A small log, by the names of its files, with a history."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "log"
        logs.written(folder, logs.stories(0, SIZE))
        line = canonical({"at": "2026-03-02T10:00:00+00:00", "checkpoint": (folder / "checkpoint").read_text()})
        (folder / "history.jsonl").write_bytes(line + b"\n")
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@cache
def scratch() -> Path:
    """Where a case is laid; one folder, written again by each case."""
    return Path(tempfile.mkdtemp())


def audited(*arguments: object, key: str = logs.VKEY) -> None:
    """Run the stranger's program, which ends with a code and a sentence that a terminal can show."""
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as said:
        assert liman_audit.main([*map(str, arguments), "--key", key]) in (0, 1, 2)
        said.flush()


def read_folder(case: tuple[str, bytes]) -> None:
    """A log of which one file is another, as the stranger reads it and as the office does."""
    name, data = case
    folder = scratch() / "log"
    shutil.rmtree(folder, ignore_errors=True)
    for each, whole in (log() | {name: data}).items():
        path = folder / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole)
    audited("export", folder)
    tiles = Tiles(folder, SIZE)
    for read in (tiles.root, lambda: tiles.path(2), lambda: tiles.bundle(0)):
        with contextlib.suppress(Conflict):
            read()


def files_of_a_log() -> st.SearchStrategy[tuple[str, bytes]]:
    """One file of a log, damaged; entries and lines of the history are whole but odd as well."""
    name = next(each for each in log() if "entries" in each)
    entry = json.loads(logs.entry(1))
    bundle = drawn.messages([entry]).map(lambda odd: b"".join(map(_long, [logs.entry(0), odd, *logs.stories(2, SIZE)])))
    line = drawn.messages([{"at": "x", "checkpoint": log()["checkpoint"].decode()}]).map(lambda odd: odd + b"\n")
    damaged = [st.tuples(st.just(each), drawn.damaged([data])) for each, data in log().items()]
    return st.one_of(*damaged, st.tuples(st.just(name), bundle), st.tuples(st.just("history.jsonl"), line))


def _long(entry: bytes) -> bytes:
    return len(entry[:0xFFFF]).to_bytes(2, "big") + entry[:0xFFFF]


def signed(text: str) -> str:
    """A note that the office itself signed, whatever it says."""
    data = text.encode("utf-8", "surrogatepass")
    signature = notes.key_id(logs.ORIGIN, logs.KEY.public_key()) + logs.KEY.sign(data)
    return f"{text}\n{notes.DASH} {logs.ORIGIN} {base64.b64encode(signature).decode()}\n"


def read_note(text: str) -> None:
    """A note as both sides open it."""
    notes.opened(text, logs.ORIGIN, logs.KEY.public_key())
    with contextlib.suppress(liman_audit.Wrong):
        liman_audit.opened(text, liman_audit.read_key(logs.VKEY), "the note")


def odd_notes() -> st.SearchStrategy[str]:
    """Notes that were signed as they are, odd, and notes that were damaged since."""
    note = log()["checkpoint"].decode()
    return drawn.garbled([note.partition("\n\n")[0] + "\n"]).map(signed) | drawn.garbled([note])


def proof(extra: bytes, index: str = "1", path: Sequence[bytes] | None = None) -> bytes:
    """A proof of the second entry, as far as what is given is that of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each, data in log().items():
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            (folder / each).write_bytes(data)
        path = Tiles(folder, SIZE).path(1) if path is None else path
    packed = base64.b64encode(zlib.compress(extra)).decode()
    lines = [
        liman_audit.HEADER,
        f"extra {packed}",
        f"index {index}",
        *(base64.b64encode(each).decode() for each in path),
    ]
    return "\n".join([*lines, "", log()["checkpoint"].decode()]).encode("utf-8", "surrogatepass")


@cache
def _proof() -> bytes:
    return proof(b"%EXTRA%", "%INDEX%")


def proofs() -> st.SearchStrategy[bytes]:
    """Proofs that are damaged, or packed whole of odd things."""
    event = {"id": str(UUID(int=1)), "at": "2026-03-02T09:30:00.000000+00:00", "act": "case.opened"}
    extra = {"event": event, "link": "ab" * 32, "chain": "office", "salt": "00" * 16}
    whole = {"event": event, "previous": "ab" * 32, "mac": "00", "chain": "office", "salt": "00" * 16}
    samples = [extra, whole]

    def built(said: bytes, index: str) -> bytes:
        packed = base64.b64encode(zlib.compress(said))
        marked = base64.b64encode(zlib.compress(b"%EXTRA%"))
        return _proof().replace(marked, packed).replace(b"%INDEX%", index.encode("utf-8", "surrogatepass"))

    return drawn.damaged([built(canonical(extra), "1")]) | st.builds(
        built, drawn.messages(samples), drawn.garbled(["1"])
    )


def read_proof(data: bytes) -> None:
    """A proof of an event."""
    path = scratch() / "proof"
    path.write_bytes(data)
    audited("proof", path)


def read_key(given: str) -> None:
    """A key as it is typed, and as a file."""
    typed = "".join(each for each in given.encode("utf-8", "replace").decode() if each != "\0")
    with contextlib.suppress(liman_audit.Unchecked):
        liman_audit.read_key(typed)
    path = scratch() / "key"
    path.write_bytes(given.encode("latin-1", "replace"))
    with contextlib.suppress(liman_audit.Unchecked):
        liman_audit.read_key(str(path))


def heads() -> st.SearchStrategy[bytes]:
    """Lines of the file of heads."""
    said = {"at": "2026-03-02T10:00:00+00:00", "heads": {"office": {"position": 3, "digest": "ab"}}}
    signature = logs.KEY.sign(audit_heads.SIGNED_AS + canonical(said)).hex()
    return drawn.messages([said | {"signature": signature}])


@cache
def stamp() -> bytes:
    """A time stamp that answers NONCE, with a signature of nobody."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    said = tsp.TSTInfo(
        {
            "version": "v1", "policy": "1.2.3.4.1", "message_imprint": imprint, "serial_number": 1, "nonce": NONCE,
            "gen_time": dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
        }
    )  # fmt: skip
    content = {"content_type": "tst_info", "content": said}
    signed_data = cms.SignedData(
        {"version": "v3", "digest_algorithms": [], "encap_content_info": content, "signer_infos": []}
    )
    token = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
    return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


SITE = ceremony.Site("localhost", "https://localhost")
ASKED = b"c" * 32


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


_client = canonical({"type": "webauthn.get", "challenge": _encoded(ASKED), "origin": SITE.origin})
_answer = {"clientDataJSON": _encoded(_client), "authenticatorData": _encoded(b"\1" * 37), "signature": _encoded(b"s")}
PASSKEY_ANSWERS = [
    {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": _answer | {"userHandle": _encoded(bytes(16))}},
    {
        "id": "AAAA",
        "rawId": "AAAA",
        "type": "public-key",
        "response": _answer | {"attestationObject": _encoded(b"\xa0")},
    },
]


def read_passkey(data: bytes) -> None:
    """What a browser says a passkey signed."""
    text = data.decode("utf-8", "replace")
    key = Passkey(staff_id=UUID(int=0), public_key=b"\xa0", sign_count=0, credential_id=b"\0\0\0")
    ceremony.credential_of(text)
    ceremony.proved(SITE, text, ASKED, key)
    ceremony.added(SITE, text, ASKED)


INPUTS = [
    Input("log-folders", 15_000, 60, cases=st.deferred(files_of_a_log), read=read_folder),
    Input("log-notes", 15_000, 60, cases=st.deferred(odd_notes), read=read_note),
    Input("log-proofs", 20_000, 60, cases=st.deferred(proofs), read=read_proof),
    Input("log-keys", 10_000, 60, cases=drawn.garbled([logs.VKEY]), read=read_key),
    Input(
        "signed-heads", 10_000, 60, cases=st.deferred(heads),
        read=lambda line: audit_heads._opened(line, logs.KEY.public_key()),
    ),
    Input(
        "time-stamps", 15_000, 60, cases=st.deferred(lambda: drawn.damaged([stamp()])),
        read=lambda data: stamps.answers(data, "a checkpoint", NONCE),
    ),
    Input("passkeys", 15_000, 40, cases=drawn.messages(PASSKEY_ANSWERS), read=read_passkey, refusals=(LimanError,)),
    Input(
        "fingers", 1_000, 10, 500, cases=st.deferred(lambda: drawn.damaged([finger()])),
        read=lambda data: Simulator().capture(data), refusals=(LimanError,),
    ),
]  # fmt: skip
