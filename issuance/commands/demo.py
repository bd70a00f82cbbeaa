"""The demonstration office."""

from __future__ import annotations

import click

from issuance import demo
from issuance.commands.command_line import REFUSED, end, says
from issuance.commands.office import prepare
from issuance.demo import morning
from issuance.errors import InvalidInput
from issuance.web.frame.current import current_office


@click.command("set-up-demo")
@says
def set_up_demo() -> None:
    """Set up a demonstration office with fictional applicants. Repeating keeps the data."""
    office = current_office()
    if office.settings.env == "production":
        raise InvalidInput("LIMAN_ENV", "A production office has no demonstration data. Use set-up.")
    prepare(office)
    password, lodged = demo.set_up(office)
    click.echo(f"{lodged} fictional requests were lodged now.\n\nDemo logins, all with the password {password}:")
    for login in demo.LOGINS:
        click.echo(f"  {login.email:30} {', '.join(login.roles)}")


@click.command("play-demo")
@says
def play_demo() -> None:
    """Let the people of a running demonstration work for a minute, so that something waits for everybody. Once."""
    office = current_office()
    if office.settings.env == "production":
        raise InvalidInput("LIMAN_ENV", "A production office has no demonstration people.")
    if morning.is_over(office):
        click.echo("Somebody worked in this office already: nothing was played.")
    elif morning.play(office):
        click.echo("Something waits for everybody now: to decide, to print, to check, to hand over, rejected and late.")
    else:
        end("The second station made no card in time. See its log, then work by hand.", REFUSED)
