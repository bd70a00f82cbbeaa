"""The background work of the status lists: what acts changed is followed, signed and published."""

from __future__ import annotations

import datetime as dt
import time

from issuance.background import Periodic, task
from issuance.keys import ListSigner
from issuance.models.machinery import PublicFile
from issuance.office import Office
from issuance.services.public import certificates, decisions, lists
from printing.lists.decisions import Decision

PERIODIC = (Periodic("publish-lists", dt.timedelta(seconds=10)),)
SLICE = 1.0
"""Seconds for which looking every document over holds the thread."""


@task("publish-lists")
def publish_lists(office: Office) -> None:
    """Take what acts changed into the lists, look them over once a day, sign those with news or of long ago."""
    followed = lists.CHANGES
    while followed == lists.CHANGES:
        with office.upkeep() as look:
            followed = lists.follow(look)
    _look_over(office)
    with office.reading() as look:
        due, told = lists.due(look), decisions.due(look)
    if due or told is not None:
        _publish(office, due, told)


def _look_over(office: Office) -> None:
    """Go on with today's look at every list; the others have their turn in between."""
    with office.upkeep() as look:
        lists.found(look)
    ends = time.monotonic() + SLICE
    while time.monotonic() < ends:
        with office.upkeep() as look:
            name = lists.stale(look)
            if not name:
                return
            lists.look_over(look, name)


def _publish(office: Office, due: list[lists.Due], told: tuple[Decision, ...] | None) -> None:
    """Sign with no transaction open; `told` are the decisions, None while their list is signed already."""
    address, now = office.settings.public_url, office.clock.now()

    def sign(signer: ListSigner) -> tuple[list[PublicFile], bytes]:
        files = decisions.signed(told, signer, address, now) if told is not None else []
        return files + lists.signed(due, signer, address, now), signer.certificate

    files, certificate = office.list_signer.use(sign)
    with office.reading() as look:
        found = certificates.files(look, certificate)
    files += [lists.file(name, certificates.kind_of(name), body, office.clock.now()) for name, body in found.items()]
    with office.upkeep() as look:
        lists.publish(look, due, files)
