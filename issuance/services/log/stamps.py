"""Time stamps of checkpoints (RFC 3161): an authority outside says that a checkpoint was there at that moment.

Whether to trust its certificate is the stranger's to decide (`openssl ts -verify`); refused here is only what is no
answer to what was asked.
"""

from __future__ import annotations

import hashlib

from asn1crypto import cms, tsp

from issuance.sending.wire import Call
from issuance.services.log.writing import Log
from issuance.settings import draft

FOLDER, MEDIA_TYPE = "stamps", "application/timestamp-query"
NONCE_BYTES = 8
GRANTED = {"granted", "granted_with_mods"}


def wanted(log: Log) -> str:
    """The newest checkpoint, when it has no time stamp yet; nothing otherwise. Conflict when it is not the log's."""
    newest = log.newest()
    has_one = newest is not None and (log.folder / FOLDER / f"{newest.size}.tsr").exists()
    return "" if newest is None or has_one else log.note


def call(url: str, note: str, nonce: int) -> Call:
    """What the authority is asked: only the hash of the checkpoint goes out."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(note.encode()).digest()}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return Call("POST", url, {"Content-Type": MEDIA_TYPE}, asked.dump())


def answers(answer: bytes, note: str, nonce: int) -> bool:
    """Whether this is a time stamp of this checkpoint, given to this question."""
    try:
        reply = tsp.TimeStampResp.load(answer, strict=True)
        if reply["status"]["status"].native not in GRANTED:
            return False
        signed = reply["time_stamp_token"]["content"]
        assert isinstance(signed, cms.SignedData)
        said = signed["encap_content_info"]["content"].parsed
        imprint = said["message_imprint"]["hashed_message"].native
        return bool(imprint == hashlib.sha256(note.encode()).digest() and said["nonce"].native == nonce)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError):
        return False


def keep(log: Log, note: str, answer: bytes) -> None:
    """Keep a time stamp beside the checkpoint that it is of, here and at the second place."""
    size = log.opened(note, log.folder).size
    for place in (log.folder, log.copy):
        if place is not None:
            for end, data in (("checkpoint", note.encode()), ("tsr", answer)):
                path = place / FOLDER / f"{size}.{end}"
                draft(path, data).replace(path)
