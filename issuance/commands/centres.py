"""Centres: opened, described and closed."""

from __future__ import annotations

import click

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.models.appointments import RESERVE, Purpose
from issuance.services import centres
from issuance.services.admin import offices
from issuance.services.admin.offices import Said
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from issuance.web.frame.current import current_office


@click.command("centres")
@says
def list_centres() -> None:
    """List the centres: short name, name, address, opening hours, whether open."""
    with current_office().reading() as look:
        for centre in centres.listed(look):
            state = "open" if centre.active else "closed"
            click.echo("  ".join([centre.code, centre.name, centre.address, centre.opening_hours, state]))


@click.command("add-centre")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--address", required=True)
@click.option("--hours", required=True, help="like 'Mo-Fr 09:00-12:00, 14:00-16:00; Sa 09:00-12:00'")
@click.option("--mission", is_flag=True, help="a mission abroad: it makes return titles alone, by its own people")
@says
def add_centre(code: str, name: str, address: str, hours: str, *, mission: bool) -> None:
    """Add a centre with the short name CODE, which case handling's file uses."""
    with current_office().act(SYSTEM) as act:
        offices.add(act, code, Said(name, address, hours), mission=mission)
    click.echo("The centre is open. Add its administrators with add-account.")


@click.command("describe-centre")
@click.argument("code")
@click.option("--name")
@click.option("--address")
@click.option("--hours", help="like 'Mo-Fr 09:00-12:00, 14:00-16:00; Sa 09:00-12:00'")
@says
def describe_centre(code: str, name: str | None, address: str | None, hours: str | None) -> None:
    """Change name, address or opening hours of a centre: papers and the status page say it from now on."""
    with current_office().act(SYSTEM) as act:
        centre = centres.any_named(act, code)
        said = Said(name or centre.name, address or centre.address, hours or centre.opening_hours)
        offices.describe(act, centre, said)
    click.echo("Papers and the status page say it from now on.")


@click.command("give-capacity")
@click.argument("code")
@click.argument("purpose", type=click.Choice([str(each) for each in Purpose]))
@click.option("--counters", type=int, required=True, help="0: nobody makes an appointment for this")
@click.option("--minutes", type=int, required=True, help="that one person takes")
@click.option("--reserve", type=int, default=RESERVE, show_default=True, help="per cent for who comes without")
@says
def give_capacity(code: str, purpose: str, counters: int, minutes: int, reserve: int) -> None:
    """Say how many counters a centre opens for PURPOSE, which makes its appointments. What is booked stays."""
    with current_office().act(SYSTEM) as act:
        capacity.give(act, centres.any_named(act, code), {Purpose(purpose): Given(counters, minutes, reserve)})
    click.echo("Appointments are made by this from now on.")


@click.command("close-centre")
@click.argument("code")
@says
def close_centre(code: str) -> None:
    """Close a centre where no account, station or request is open any more."""
    with current_office().act(SYSTEM) as act:
        offices.close(act, centres.any_named(act, code))
    click.echo("The centre is closed. Nothing is lodged there any more.")


@click.command("reopen-centre")
@click.argument("code")
@says
def reopen_centre(code: str) -> None:
    """Open a closed centre again."""
    with current_office().act(SYSTEM) as act:
        offices.reopen(act, centres.any_named(act, code))
    click.echo("The centre is open again.")
