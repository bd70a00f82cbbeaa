"""Cosignatures of checkpoints (C2SP tlog-cosignature): another centre, on its own machine, signs that a log only grew.

Each is asked by tlog-witness: the size that it signed last, the proof, the checkpoint. What it answered last is kept
beside the log. Whoever would tell two stories needs all cosigners with them.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.sending.wire import Call, Reply
from issuance.services.log import notes, writing
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import Tiles
from issuance.services.log.writing import OFFICE, Log
from issuance.settings import Settings, draft
from issuance.witness import canonical

FOLDER, DOOR = "cosigners", "/add-checkpoint"
SIZE = b"text/x.tlog.size"
OK, FORBIDDEN, NOT_FOUND, OTHER_SIZE, NO_PROOF = 200, 403, 404, 409, 422
PATIENCE = dt.timedelta(days=1)
"""For how long a cosigner may be silent before the closing of a day names it: a machine is off by night."""


class Answer(StrEnum):
    """What a cosigner did when it was asked last."""

    SIGNED = "signed"
    SILENT = "silent"
    UNKNOWN = "unknown"
    """It does not know this log or its key."""

    REFUSED = "refused"
    """It signed another story, or a longer one."""


@dataclass(frozen=True)
class Cosigner:
    """Who elsewhere signs the logs too: its name, its key, and where it is asked, "" for by hand."""

    name: str
    key: Ed25519PublicKey
    url: str

    @property
    def file(self) -> str:
        """The name of the files about it."""
        return f"{notes.key_id(self.name, self.key, notes.COSIGNATURE).hex()}.json"


@dataclass(frozen=True)
class Standing:
    """How it stands with a cosigner: what it answered last and when, and what it signed last."""

    answer: Answer | None = None
    asked_at: dt.datetime | None = None
    size: int = 0
    signed_at: dt.datetime | None = None
    line: str = ""


def cosigners(settings: Settings) -> list[Cosigner]:
    """Who signs the logs too, as the settings say."""
    found = []
    for line, url in settings.cosigners.items():
        name, _, rest = line.partition("+")
        data = base64.b64decode(rest.partition("+")[2])
        found.append(Cosigner(name, Ed25519PublicKey.from_public_bytes(data[1:]), url))
    return found


def standing(log: Log, cosigner: Cosigner) -> Standing:
    """How it stands with a cosigner of a log; what cannot be read is as if it was never asked."""
    try:
        said = json.loads((log.folder / FOLDER / cosigner.file).read_bytes())
        asked, signed = (dt.datetime.fromisoformat(said[name]) if said[name] else None for name in ("asked", "signed"))
        return Standing(Answer(said["answer"]), asked, said["size"], signed, said["line"])
    except (OSError, ValueError, KeyError, TypeError):
        return Standing()


def wanted(log: Log, known: Standing) -> Checkpoint | None:
    """The newest checkpoint of a log, unless this cosigner has signed it; Conflict when the log does not open."""
    newest = log.newest()
    return None if newest and known.answer == Answer.SIGNED and known.size == newest.size else newest


def question(log: Log, newest: Checkpoint, signed: int) -> str:
    """What a cosigner is asked that has signed so many entries: the proof that the log only grew, its checkpoint.

    Conflict when the tiles are not what the office signed.
    """
    tiles = Tiles(log.folder, newest.size)
    writing.check_consistent(tiles, newest)
    path = [base64.b64encode(each).decode() for each in tiles.growth(signed)]
    return "\n".join([f"old {signed}", *path, "", log.signed(newest)])


def call(cosigner: Cosigner, asked: str) -> Call:
    """A question on its way."""
    url = cosigner.url.removesuffix("/") + DOOR
    return Call("POST", url, {"Content-Type": "text/plain; charset=utf-8"}, asked.encode())


def by_hand(log: Log, cosigner: Cosigner) -> str:
    """The question for a cosigner that no network reaches, from what it signed last; Conflict before the first
    checkpoint.
    """
    newest = log.newest()
    if newest is None:
        raise Conflict("The log %(name)s was not signed yet: run write-log first.", name=log.origin)
    return question(log, newest, min(standing(log, cosigner).size, newest.size))


def told_size(reply: Reply, newest: Checkpoint) -> int | None:
    """How many entries a cosigner says that it has signed, when that is another beginning of the log to ask from."""
    said = reply.body.strip()
    if reply.status != OTHER_SIZE or not said.isdigit() or len(said) > len(str(newest.size)):
        return None
    return int(said) if int(said) <= newest.size else None


def take(log: Log, cosigner: Cosigner, newest: Checkpoint, answer: str) -> dt.datetime | None:
    """Keep a cosignature of the newest checkpoint, if it is in this answer: when it was made, else None."""
    for line in answer.splitlines():
        moment = _signed_at(line, newest, cosigner)
        if moment is not None:
            at = dt.datetime.fromtimestamp(moment, dt.UTC)
            keep(log, cosigner, Standing(Answer.SIGNED, at, newest.size, at, f"{line}\n"))
            return at
    return None


def note_answer(log: Log, cosigner: Cosigner, answer: Answer, asked_at: dt.datetime) -> None:
    """Keep that it did not sign, beside what it signed before."""
    known = standing(log, cosigner)
    keep(log, cosigner, replace(known, answer=answer, asked_at=asked_at))


def keep(log: Log, cosigner: Cosigner, known: Standing) -> None:
    """Write down how it stands with a cosigner."""
    said = {"answer": known.answer, "asked": known.asked_at, "size": known.size, "signed": known.signed_at}
    path = log.folder / FOLDER / cosigner.file
    draft(path, canonical(said | {"line": known.line})).replace(path)


def judged(reply: Reply) -> Answer:
    """What an answer without a right signature means."""
    if reply.status in (OTHER_SIZE, NO_PROOF):
        return Answer.REFUSED
    return Answer.UNKNOWN if reply.status in (FORBIDDEN, NOT_FOUND) else Answer.SILENT


def attach(log: Log, everybody: Sequence[Cosigner]) -> None:
    """Put the cosignatures of the newest checkpoint under it."""
    newest = log.newest()
    if newest:
        lines = [(each, standing(log, each).line) for each in everybody]
        right = [line for each, line in lines if _signed_at(line, newest, each)]
        writing.cosign(log, newest, "".join(right))


def _signed_at(line: str, checkpoint: Checkpoint, cosigner: Cosigner) -> int | None:
    return notes.cosigned_at(line.removesuffix("\n"), checkpoint.text(), cosigner.name, cosigner.key)


def behind(look: Look) -> list[tuple[str, Answer, int]]:
    """The cosigners that refused a log of the actor's centre or of the office, or signed none of it for a day.

    Each with how many entries it has not signed.
    """
    everybody = cosigners(look.settings)
    found: dict[tuple[str, Answer], int] = {}
    for chain in (OFFICE, str(look.actor.centre_id)) if everybody else ():
        log = Log(look, chain)
        for each in everybody if log.is_begun else ():
            known = standing(log, each)
            answer, count = _behind(look, log, known)
            if count:
                found[each.name, answer] = found.get((each.name, answer), 0) + count
    return [(name, answer, count) for (name, answer), count in sorted(found.items())]


def _behind(look: Look, log: Log, known: Standing) -> tuple[Answer, int]:
    try:
        newest = log.newest()
    except Conflict:  # which verify-audit names
        newest = None
    answer = known.answer or Answer.SILENT
    if newest is None or (answer == Answer.SIGNED and known.size == newest.size):
        return answer, 0
    waits = answer != Answer.REFUSED and known.signed_at and look.clock.now() - known.signed_at < PATIENCE
    answer = Answer.SILENT if answer == Answer.SIGNED else answer
    return answer, 0 if waits else max(1, newest.size - known.size)
