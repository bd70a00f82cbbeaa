"""Back-up and restore, and what is left to reconcile after one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from issuance.commands.command_line import REFUSED, end, says
from issuance.db import Database
from issuance.models.recovery import RegisterEpoch
from issuance.office import Office
from issuance.services.recovery import backup as back_up
from issuance.services.recovery import copies, report
from issuance.services.recovery import restore as put_back
from issuance.services.recovery.report import Report
from issuance.services.recovery.restore import Past, Source
from issuance.services.trust import audit_heads, epochs, trusted_time
from issuance.services.trust.audit_break import Break
from issuance.settings import Settings
from issuance.web.frame.current import current_office

MOMENT = "%Y-%m-%d %H:%M UTC"
MOMENTS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S")
NOTHING = (epochs.FIRST, 0)
"""The epoch and the highest counter of a register that is not there any more."""

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("backup")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--with-keys", is_flag=True, help="also the keys; who has such a back-up can read everything")
@says
def backup(folder: Path, with_keys: bool) -> None:
    """Copy the register and the file of heads into DIR (new or empty), while the office works."""
    office = current_office()
    made = back_up.make(office.settings, office.clock, folder, with_keys=with_keys)
    rows = sum(table.rows for table in made.tables.values())
    click.echo(f"{len(made.tables)} tables with {rows} rows of {made.made_at.isoformat(timespec='seconds')}.")
    if with_keys:
        click.echo("The keys are in it: keep it in the safe and nowhere else.")
    else:
        click.echo(f"The keys are not in it: {office.settings.var / 'keys'} belongs into the safe.")


@click.command("restore")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--as", "email", required=True, help="the administrator who answers for it")
@click.option("--over", default="", help="name of the register that may be overwritten: its file, or its database")
@click.option("--heads", type=click.Path(path_type=Path), help="the copy of the file of heads from another machine")
@says
def restore(folder: Path, email: str, over: str, heads: Path | None) -> None:
    """Put the back-up in DIR in the place of the register, and begin a new epoch. Stop the servers first."""
    office, manifest = current_office(), back_up.opened(folder)
    settings = office.settings
    put_back.check_fits(settings, manifest)
    put_back.check_may_overwrite(settings, over)
    overwritten = _counters(settings)
    put_back.take_heads(settings, [folder / back_up.HEADS, *([heads] if heads else [])])
    with copies.put_back(settings.database, folder, manifest.migration, manifest.tables) as connection:
        restored = Office(settings, copies.OneTransaction(connection), office.clock)
        epoch = _begin(restored, email, Source(manifest.made_at, back_up.digest_of(folder)), overwritten)
    _say(epoch)


@click.command("begin-epoch")
@click.option("--as", "email", required=True, help="the administrator who answers for it")
@click.option("--of", "moment", required=True, type=click.DateTime(MOMENTS), help="to when it was recovered, in UTC")
@click.option("--heads", type=click.Path(path_type=Path), help="the copy of the file of heads from another machine")
@says
def begin_epoch(email: str, moment: dt.datetime, heads: Path | None) -> None:
    """Begin a new epoch of a register that the database itself recovered to a moment. Stop the servers first."""
    office = current_office()
    settings = office.settings
    put_back.take_heads(settings, [heads] if heads else [])
    with copies.put_back_by_itself(settings.database) as connection:
        restored = Office(settings, copies.OneTransaction(connection), office.clock)
        source = Source(moment.replace(tzinfo=dt.UTC), copies.timeline(connection))
        epoch = _begin(restored, email, source, NOTHING)
    _say(epoch)


def _say(epoch: RegisterEpoch) -> None:
    click.echo(f"The register is in epoch {epoch.number}; its numbers go on at {epoch.first_value}.")
    click.echo("Start the server and the stations. A supervisor reconciles each station before it prints again.")


def _counters(settings: Settings) -> tuple[int, int]:
    """The epoch and the highest counter of the register that is overwritten, as far as it can still be read."""
    if not copies.is_filled(settings.database):
        return NOTHING
    database = Database(settings.database)
    try:
        with Office(settings, database).reading() as look:
            return put_back.counters(look)
    except SQLAlchemyError:
        return NOTHING
    finally:
        database.engine.dispose()


def _begin(office: Office, email: str, source: Source, overwritten: tuple[int, int]) -> RegisterEpoch:
    """The new epoch of the register that was just put back, and the signed break of its audit."""
    with office.reading() as look:
        put_back.check_opens(look)
        actor = put_back.answers(look, email)
        cuts, breaks = audit_heads.cuts(look), audit_heads.breaks(office.settings)
    known = [overwritten, *((found.epoch, found.first_value) for _, found in breaks)]
    with office.upkeep() as look:
        trusted_time.forget(look.session)
    past = Past(max(number for number, _ in known), max(value for _, value in known), cuts)
    with office.act(actor) as act:
        epoch = put_back.begin(act, source, past)
    at = epoch.since.isoformat(timespec="seconds")
    audit_heads.sign_break(office.settings, Break(epoch.number, at, epoch.first_value, cuts))
    return epoch


@click.command("reconciliation")
@says
def reconciliation() -> None:
    """List what the last restore lost, and what is still to be settled; exit 1 while something is."""
    with current_office().reading() as look:
        found = report.newest(look)
        if found is None:
            click.echo("This register was never restored.")
            return
        for line in _lines(found):
            click.echo(line)
    if found.open:
        end(f"{found.open} things are still to be settled.", REFUSED)
    click.echo("Everything is settled.")


def _lines(found: Report) -> Iterator[str]:
    epoch = found.epoch
    yield f"Epoch {epoch.number} since {epoch.since:{MOMENT}}, from the back-up of {epoch.backup_at:{MOMENT}}."
    for gap in found.skipped:
        yield f"never valid: {gap.first} to {gap.last}"
    for row in found.stations:
        told = f"{row.taken} claims told" if row.read_at else "its journal was not told"
        unsure = f", {found.unsure[row.station_id]} blanks unsure" if row.station_id in found.unsure else ""
        yield f"station {row.station.name}: {told}{unsure}, {'reconciled' if row.closed_at else 'open'}"
    for each in found.differences:
        blank = f" on blank {each.blank_serial}" if each.blank_serial else ""
        number = f" number {each.number}" if each.number else ""
        yield f"{each.kind}: order {each.order_id}{blank}{number}, {each.outcome}: {each.way or 'open'}"
    for job in found.held:
        yield f"held: order {job.id}, document {job.document.number}"
