"""Back-up and restore, and what is left to reconcile after one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from issuance.commands.command_line import REFUSED, end, says
from issuance.services.recovery import backup as back_up
from issuance.services.recovery import report
from issuance.services.recovery import restore as put_back
from issuance.services.recovery.report import Report
from issuance.services.recovery.restore import Wish
from issuance.web.frame.current import current_office

MOMENT = "%Y-%m-%d %H:%M UTC"
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
    office = current_office()
    epoch = put_back.restore(office.settings, office.clock, Wish(folder, email, over, heads))
    click.echo(f"The register is in epoch {epoch.number}; its numbers go on at {epoch.first_value}.")
    click.echo("Start the server and the stations. A supervisor reconciles each station before it prints again.")


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
