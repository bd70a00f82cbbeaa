"""The demonstration office."""

from __future__ import annotations

import click

from issuance import demo
from issuance.commands.command_line import says
from issuance.commands.office import prepare
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
