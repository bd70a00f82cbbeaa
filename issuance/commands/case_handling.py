"""What case handling tells: a file of requests, the final event of a case; the tokens with which it tells events."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import UUID

import click

from issuance.actors import SYSTEM, Actor
from issuance.chores import files as chores
from issuance.commands.command_line import REFUSED, end, say_lines, says
from issuance.models.files import ImportedFile, LineOutcome
from issuance.office import Office
from issuance.services.exchange import callers
from issuance.services.imports import files, kept
from issuance.services.imports.files import BroughtBefore
from issuance.services.imports.reading import ImportRefused, LineError
from issuance.services.persons import people
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust import accounts
from issuance.states import FileState
from issuance.web.frame.current import current_office

AT_ONCE = 500
WAITING = (LineOutcome.REFUSED, LineOutcome.ALIKE)


@click.command("import-requests")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "email", default=CASE_HANDLING, help="account that answers for the file: its lodger")
@click.option(
    "--all-or-nothing/--good-lines", default=True, help="whether one wrong line refuses the file, or only itself"
)
@says
def import_requests(file: Path, email: str, all_or_nothing: bool) -> None:
    """Lodge the requests of case handling's CSV FILE, in short batches. Importing twice changes nothing.

    The file is checked first, without holding anybody up. Interrupted, the same command goes on where it was.
    """
    office, data = current_office(), file.read_bytes()
    with office.reading() as look:
        actor = accounts.lodger(look, email)
    file_id, is_new = _bring(office, actor, data)
    while chores.check_next(office, file_id):
        pass
    found, wrong = _state_of(office, file_id)
    if found.state == FileState.REFUSED or (found.state == FileState.CHECKED and all_or_nothing and wrong):
        _refuse(office, actor, found, wrong)
    _lodge(office, actor, found)
    found, wrong = _state_of(office, file_id)
    say_lines(wrong)
    lodged = found.lodged if is_new else 0
    click.echo(f"{lodged} requests lodged, {found.known + found.lodged - lodged} were already in the register.")
    if wrong:
        end(f"{len(wrong)} lines were not lodged. Correct them and import the file again.", REFUSED)


def _bring(office: Office, actor: Actor, data: bytes) -> tuple[UUID, bool]:
    """The file's record, and whether anything of it is still to be lodged."""
    brought = files.prepare(office.vault, data, everywhere=True)
    try:
        with office.act(actor) as act:
            return files.bring(act, brought).id, True
    except BroughtBefore as error:
        found, _ = _state_of(office, error.file_id)
        return found.id, found.state != FileState.DONE


def _state_of(office: Office, file_id: UUID) -> tuple[ImportedFile, list[LineError]]:
    """How far the file is, and what is wrong with its lines."""
    wrong: list[LineError] = []
    with office.reading() as look:
        found = look.session.get_one(ImportedFile, file_id)
        while rows := kept.waiting(look, file_id, WAITING, after=wrong[-1].line if wrong else 0, most=AT_ONCE):
            waits = [kept.read(look.vault, row) for row in rows]
            wrong += [LineError(each.line, each.reference, each.error) for each in waits]
    return found, wrong


def _refuse(office: Office, actor: Actor, found: ImportedFile, wrong: list[LineError]) -> None:
    if found.state == FileState.CHECKED:
        with office.act(actor) as act:
            files.stop(act, found.id)
        chores.drop_file(office, str(found.id))
    raise ImportRefused(wrong)


def _lodge(office: Office, actor: Actor, found: ImportedFile) -> None:
    """Lodge what is left, in this process."""
    if found.state in (FileState.CHECKED, FileState.PAUSED):
        with office.act(actor) as act:
            files.begin_lodging(act, found.id)
    while chores.lodge_next(office, found.id):
        pass


@click.command("close-case")
@click.argument("case_reference")
@click.option("--event", required=True, help="case handling's final event, for example withdrawn or rejected-final")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@says
def close_case(case_reference: str, event: str, day: dt.datetime) -> None:
    """Record case handling's final event on a person's case (E15). Nothing else ends a TID's extensions."""
    office = current_office()
    with office.act(SYSTEM) as act:
        people.close_case(act, case_reference, event, day.date())
    click.echo("The case is closed.")


@click.command("add-exchange-token")
@click.argument("name")
@click.option(
    "--per-minute", default=callers.PER_MINUTE, type=click.IntRange(1, 60_000), help="calls in a minute, at most"
)
@click.option("--opens", default=callers.EVENTS, help="the address of events, or the code of a body that fetches")
@says
def add_token(name: str, per_minute: int, opens: str) -> None:
    """Make a token with which a system outside tells events, or fetches its files; it is printed once."""
    with current_office().act(SYSTEM) as act:
        token = callers.add(act, name, per_minute, opens)
    click.echo(token)


@click.command("revoke-exchange-token")
@click.argument("name")
@says
def revoke_token(name: str) -> None:
    """Revoke a token: it opens nothing any more. What came with it stays."""
    with current_office().act(SYSTEM) as act:
        callers.revoke(act, callers.named(act, name))
    click.echo("The token is revoked.")


@click.command("exchange-tokens")
@says
def list_tokens() -> None:
    """List the tokens of systems outside, and what each opens."""
    with current_office().reading() as look:
        for row in callers.listed(look):
            ended = f"revoked on {row.revoked_at:%Y-%m-%d}" if row.revoked_at else f"{row.per_minute} calls a minute"
            waits = "waits for an administrator" if row.waits else ended
            click.echo(f"{row.name}\t{row.opens}\t{row.made_at:%Y-%m-%d}\t{waits}")
