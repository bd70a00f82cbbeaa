"""The logs of the audit on the command line: written now, shown, and the proof of one event."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from issuance.commands.command_line import REFUSED, end, says
from issuance.errors import Conflict
from issuance.services.log import proofs, writing
from issuance.settings import draft
from issuance.web.frame.current import current_office


@click.command("write-log")
@says
def write_log() -> None:
    """Write and sign the logs of the audit now, not only every hour; exit 1 when one does not continue itself."""
    office, refused = current_office(), False
    with office.reading() as look:
        logs = writing.logs(look)
    for log in logs:
        try:
            more = True
            while more:
                with office.reading() as look:
                    more = writing.grow(look, log)
            with office.reading() as look:
                writing.publish(look, log)
        except Conflict as error:
            click.echo(str(error))
            refused = True
    if refused:
        end("A log was not signed.", REFUSED)
    show()


@click.command("show-log")
@says
def show_log() -> None:
    """Print the key and the newest checkpoint of every log; note the keys down where nobody of the office can go."""
    show()


def show() -> None:
    """Print every log."""
    with current_office().reading() as look:
        for log in writing.logs(look):
            click.echo(f"{log.folder}\nkey {log.verifier}\n{log.note or 'not signed yet'}")


@click.command("prove-event")
@click.argument("event_id", type=click.UUID)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--whole", is_flag=True, help="With all that was recorded: who, about which records, why.")
@says
def prove_event(event_id: UUID, file: Path, *, whole: bool) -> None:
    """Write the proof of an event into FILE: liman_audit.py verifies it without this office."""
    with current_office().reading() as look:
        text = proofs.proof(look, event_id, whole=whole)
    draft(file, text.encode()).replace(file)
    click.echo(f"{len(text.encode())} bytes written.")
