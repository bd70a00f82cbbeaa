"""Stations that are there: a new token when the machine was replaced, and how much it can make."""

from __future__ import annotations

import click

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.services.stations import tokens
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
