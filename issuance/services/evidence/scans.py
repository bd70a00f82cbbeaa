"""Scans as somebody sends them: told by their content, and drawn anew by a process that may crash but not hang."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from issuance.errors import Conflict, InvalidInput
from issuance.services.evidence.scan_process import MOST_PAGES, MOST_PIXELS, REFUSED

PROCESS = Path(__file__).with_name("scan_process.py")
MOST_BYTES = 20_000_000
SECONDS = 120
"""Of the process, on a machine that has much else to do; its own work ends much earlier."""
AT_ONCE = 2

KINDS = (
    (b"%PDF-", "pdf", ("pdf",)),
    (b"\xff\xd8\xff", "jpeg", ("jpg", "jpeg", "jpe", "jfif")),
    (b"\x89PNG\r\n\x1a\n", "png", ("png",)),
)
"""How each kind begins, its name, and the endings that its files have."""

REFUSALS = {
    "active": "The PDF holds a script, a command or another file. Scan the paper itself, and send that.",
    "password": "The PDF is protected by a password. Scan the paper itself, or save it without one.",
    "pages": "The PDF has more than %(pages)s pages. Send it in parts.",
    "pixels": "The picture has more than %(megapixels)s megapixels. Scan the paper at 300 dots per inch.",
    "damaged": "The file is damaged or cut off and cannot be read. Scan the paper again.",
    "limits": "The file takes too much time or memory to be read. Scan the paper again, and send that.",
}

_turns = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Scan:
    """A clean scan: `kind` is `pdf` or `jpeg`."""

    data: bytes
    kind: str
    pages: int


def clean(data: bytes, name: str, field: str = "scan") -> Scan:
    """The pixels of a scan, without anything else that was in the file, outside any transaction.

    InvalidInput names `field` and says what to do about a file that is not taken; Conflict while too many are read.
    """
    kind = _kind_of(data, name, field)
    if not _turns.acquire(timeout=SECONDS / 2):
        raise Conflict("Other scans are being read. Send this one again in a minute.")
    try:
        pages, made = _cleaned(data, kind, field)
    finally:
        _turns.release()
    return Scan(made, "pdf" if kind == "pdf" else "jpeg", pages)


def _kind_of(data: bytes, name: str, field: str) -> str:
    if len(data) > MOST_BYTES:
        raise InvalidInput(field, "The file is larger than 20 MB. Scan the paper at 300 dots per inch, or in parts.")
    for start, kind, endings in KINDS:
        if data.startswith(start):
            _check_ending(name, kind, endings, field)
            return kind
    raise InvalidInput(field, "This is no PDF, JPEG or PNG. Scan the paper as one of these, and send that.")


def _check_ending(name: str, kind: str, endings: tuple[str, ...], field: str) -> None:
    """InvalidInput for a file that is not what its name says: somebody meant to send another, or hides what it is."""
    ending = re.search(r"\.([A-Za-z0-9]{1,5})$", name.strip())
    if ending and ending[1].lower() not in endings:
        raise InvalidInput(
            field,
            "The file's name ends in .%(ending)s, but it holds a %(kind)s. Send the scan under its own name.",
            ending=ending[1].lower(),
            kind=kind.upper(),
        )


def _cleaned(data: bytes, kind: str, field: str) -> tuple[int, bytes]:
    """How many pages, and the clean scan; InvalidInput for what the process refuses, and when it had to end."""
    command = [sys.executable, "-I", str(PROCESS), kind]
    try:
        ended = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS)  # noqa: S603 - our own file
    except subprocess.TimeoutExpired:
        raise _refusal("limits", field) from None
    if ended.returncode:
        raise _refusal(ended.stdout.decode("ascii") if ended.returncode == REFUSED else "limits", field)
    pages, _, made = ended.stdout.partition(b"\n")
    return int(pages), made


def _refusal(code: str, field: str) -> InvalidInput:
    return InvalidInput(field, REFUSALS[code], pages=MOST_PAGES, megapixels=MOST_PIXELS // 1_000_000)
