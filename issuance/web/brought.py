"""What the pages share of files that somebody brings, whatever their lines become: bringing one, its refused lines."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, request

from issuance.acts import Act, Look
from issuance.models.files import ImportedFile, LineOutcome
from issuance.services.imports import kept
from issuance.services.imports.files import BroughtBefore
from issuance.services.imports.kept import Waiting
from issuance.states import FileState
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import sentence

MOVING = (FileState.UPLOADED, FileState.CHECKING, FileState.LODGING)
"""A file that changes by itself, while one looks."""

SHOWN = 50
"""Refused lines of one page."""


def bring(keep: Callable[[Act], ImportedFile]) -> UUID:
    """Keep a file; the one that was brought before, when it is the same."""
    try:
        with current_office().act(current_actor()) as act:
            return keep(act).id
    except BroughtBefore as error:
        flash(sentence(error), "soon")
        return error.file_id


def refused(look: Look, file_id: UUID) -> tuple[list[Waiting], int]:
    """The refused lines of the page that is asked for, and the last one's number when more follow, else 0."""
    after = min(max(request.args.get("after", 0, type=int), 0), 10**9)
    rows = kept.waiting(look, file_id, [LineOutcome.REFUSED], after=after, most=SHOWN + 1)
    lines = [kept.read(look.vault, row) for row in rows[:SHOWN]]
    return lines, lines[-1].line if len(rows) > SHOWN else 0
