"""Stations that are there: a new token, how much they make; and the proof of the ledger of their blanks."""

from __future__ import annotations

import sys

import click

from issuance.actors import SYSTEM
from issuance.commands.command_line import REFUSED, says
from issuance.services.stations import tokens
from issuance.services.stock import accounts
from issuance.web.frame.current import current_office


@click.command("renew-station-token")
@click.argument("name")
@says
def renew_station_token(name: str) -> None:
    """Let another machine take a station's place; prints its token once. The machine before gets no answer any more."""
    with current_office().act(SYSTEM) as act:
        token = tokens.renew(act, tokens.named(act, name))
    click.echo(token)


@click.command("set-station-limit")
@click.argument("name")
@click.argument("per_hour", type=click.IntRange(1, 10_000))
@says
def set_station_limit(name: str, per_hour: int) -> None:
    """Set how many orders a station may claim within an hour: what its printer makes, and a little more."""
    with current_office().act(SYSTEM) as act:
        tokens.set_limit(act, tokens.named(act, name), per_hour)
    click.echo(f"{name} claims at most {per_hour} orders within an hour.")


@click.command("check-stock")
@says
def check_stock() -> None:
    """Add up the ledger of blanks: counts, moves and blanks of every account; exit 1 names those that differ."""
    with current_office().reading() as look:
        found = accounts.wrong(look)
    for it in found:
        counted = f"counted {it.came} in and {it.went} out, moved {it.moved_in} in and {it.moved_out} out"
        click.echo(f"{it.place.kind} {it.stock} {it.place.id}: {counted}, {it.lies} lie there, {it.astray} astray")
    click.echo(f"{len(found)} accounts do not balance." if found else "Every account balances.")
    sys.exit(REFUSED if found else 0)
