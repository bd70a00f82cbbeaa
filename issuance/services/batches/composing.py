"""A file of sheets: composed anew each time it is given, to the same bytes, and nowhere kept.

So an interrupted download goes on at any host, and no file of personal data lies on a disk: the one that is written
here loses its name before the first byte is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import BinaryIO
from uuid import UUID

from issuance.services.production import orders
from issuance.services.production.orders import Recipe
from printing.batches import writing
from printing.batches.items import Left, Making, Source
from printing.errors import PrintingError

TITLE = "Liman"
_ONE = Lock()
"""A file takes one core for seconds: a host composes one at a time."""


@dataclass(frozen=True)
class Composed:
    """The file, open at its beginning and without a name; its length, its SHA-256 (hex), and what is not in it."""

    file: BinaryIO
    length: int
    digest: str
    left: Sequence[Left]


def unlike(recipes: Iterable[Recipe]) -> list[UUID]:
    """The jobs whose orders do not compose as they were prepared."""
    return [each.order_id for each in recipes if not _is_alike(each)]


def _is_alike(made_of: Recipe) -> bool:
    try:
        return orders.compose_order(made_of).digests() == made_of.digests
    except PrintingError:
        return False


def compose(sheets: Source) -> Composed:
    """Every sheet that can be composed, page after page, in constant memory. The caller closes the file.

    Its pages are not packed, so that any host makes the same bytes. BatchError when it cannot be written.
    """
    with ExitStack() as kept:
        kept.enter_context(_ONE)
        out = Path(kept.enter_context(TemporaryDirectory(prefix="liman-"))) / "sheets.pdf"
        summary = writing.write(sheets, out, Making(packed=False), title=TITLE, processes=1)
        file = out.open("rb")
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    length = file.tell()
    file.seek(0)
    return Composed(file, length, digest, summary.left)
