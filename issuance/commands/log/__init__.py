"""The logs of the audit on the command line: written now, shown, and the proof of one event."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from issuance.commands.command_line import REFUSED, end, says
from issuance.errors import Conflict, InvalidInput
from issuance.services.log import cosigning, proofs, writing
from issuance.services.log.cosigning import Cosigner
from issuance.services.log.writing import Log
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
        everybody = cosigning.cosigners(look.settings)
        for log in writing.logs(look):
            click.echo(f"{log.folder}\nkey {log.verifier}\n{log.note or 'not signed yet'}")
            for each in everybody:
                known = cosigning.standing(log, each)
                click.echo(f"{each.name}: {known.answer or 'not asked yet'}, {known.size} entries signed")


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


@click.command("ask-cosigner")
@click.argument("name")
@click.argument("chain")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@says
def ask_cosigner(name: str, chain: str, file: Path) -> None:
    """Write the question for the cosigner NAME about the log of CHAIN into FILE, to be carried: `liman_cosign sign`."""
    log, cosigner = _of(name, chain)
    draft(file, cosigning.by_hand(log, cosigner).encode()).replace(file)


@click.command("take-cosignature")
@click.argument("name")
@click.argument("chain")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@says
def take_cosignature(name: str, chain: str, file: Path) -> None:
    """Take what the cosigner NAME answered about the log of CHAIN, from FILE."""
    log, cosigner = _of(name, chain)
    newest = log.newest()
    if newest is None or not cosigning.take(log, cosigner, newest, file.read_text("utf-8", "replace")):
        raise Conflict("%(file)s is no cosignature of the newest checkpoint: ask anew by ask-cosigner.", file=file)
    cosigning.attach(log, cosigning.cosigners(current_office().settings))
    show()


def _of(name: str, chain: str) -> tuple[Log, Cosigner]:
    """A log and a cosigner by their names. InvalidInput names what there is."""
    with current_office().reading() as look:
        logs = {log.chain: log for log in writing.logs(look) if log.is_begun}
        known = {each.name: each for each in cosigning.cosigners(look.settings)}
    if name not in known:
        raise InvalidInput("name", "LIMAN_LOG_COSIGNERS names no such cosigner.")
    if chain not in logs:
        raise InvalidInput("chain", "There is no such log: show-log lists them, the chain ends the name.")
    return logs[chain], known[name]
