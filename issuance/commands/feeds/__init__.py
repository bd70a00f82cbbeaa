"""Files for bodies outside, written to a folder from which they are carried; and the receipts that come back."""

from __future__ import annotations

from pathlib import Path

import click

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.errors import InvalidInput
from issuance.law.office.feeds import Recipient, recipients
from issuance.office import Office
from issuance.services.feeds import files, receipts
from issuance.settings import draft
from issuance.web.frame.current import current_office


@click.command("write-feeds")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@says
def write_feeds(folder: Path) -> None:
    """Write the signed files that are carried to bodies outside and not answered yet into FOLDER, with signatures.

    What is there already is left alone, so that a timer may run it.
    """
    office, written = current_office(), 0
    for recipient in recipients().values():
        if recipient.way == "files":
            written += _write(office, recipient, folder)
    click.echo(f"{written} files written.")


def _write(office: Office, recipient: Recipient, folder: Path) -> int:
    number, written = 0, 0
    while True:
        with office.reading() as look:
            file = files.following(look, recipient.code, number)
        if file is None:
            return written
        number, path = file.number, folder / f"{recipient.code}-{file.number:06d}.jsonl"
        if file.resent_at is None and not path.exists():
            with office.act(SYSTEM) as act:
                body, signature = files.fetch(act, files.taken(act, recipient.code, number))
            draft(path, signature).replace(path.with_suffix(".jsonl.sig"))
            draft(path, body).replace(path)  # last: who sees it has both
            written += 1


@click.command("take-receipt")
@click.argument("recipient")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@says
def take_receipt(recipient: str, file: Path) -> None:
    """Take a receipt FILE of RECIPIENT (sis, sltd): its rows are acknowledged. A wrong one changes nothing."""
    if recipient not in recipients():
        raise InvalidInput("recipient", "Name one of %(codes)s.", codes=", ".join(recipients()))
    data = file.read_bytes()
    with current_office().act(SYSTEM) as act:
        kept = receipts.take(act, recipients()[recipient], data)
    click.echo(f"Acknowledged: {kept.taken}. Refused: {kept.refused}.")
