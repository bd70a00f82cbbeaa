"""A group is made of the list that its sender gave; mended lines come in another file; closed when all is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.files import ImportedFile
from issuance.models.groups import OPEN, GroupMember, ResettlementGroup
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.imports import files
from issuance.services.imports.files import Brought
from issuance.services.membership import members
from issuance.states import ENDED, FILES_UNLODGED
from issuance.values import fields, names
from issuance.values.codes import one_of

SENDERS = ("iom", "unhcr", "state")
"""Who sends groups: the International Organization for Migration, UNHCR, another state."""

MOST_LINES, MOST_FILES = 500, 10
"""Lines of one file, and files of one group."""

FURTHEST = dt.timedelta(days=366)
"""How far the day of arrival may lie from today."""

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is said of a group: its name, where from, who sent the list under which number, the day of arrival."""

    name: str
    origin: str
    sender: str
    sender_number: str
    expected_on: dt.date


def bring(act: Act, wanted: Wanted, brought: Brought) -> ResettlementGroup:
    """Make the group of a list, whose file is checked next, as every file. InvalidInput names the field; Conflict for a
    list that was brought before, BroughtBefore for the very file.
    """
    _check_supervisor(act)
    today = act.clock.today()
    if abs(wanted.expected_on - today) > FURTHEST:
        raise InvalidInput("expected_on", "This day lies more than a year away. Check the year.")
    assert act.actor.id
    group = ResettlementGroup(
        centre=centres.with_id(act, _here(act)),
        name=names.check_text("name", wanted.name, max_length=60),
        origin=names.check_text("origin", wanted.origin, max_length=100),
        sender=one_of("sender", wanted.sender, SENDERS),
        sender_number=fields.number("sender_number", wanted.sender_number),
        expected_on=wanted.expected_on,
        brought_by=act.actor.id,
        brought_at=act.clock.now(),
    )
    _check_said(group)
    try:
        with act.apart():
            act.session.add(group)
    except IntegrityError as error:
        message = "A list with this number was brought before. Open its group, and bring mended lines there."
        raise Conflict(message, field="sender_number") from error
    file = _take(act, group, brought)
    act.record("group.brought", group, file, count=file.lines)
    return group


def _check_said(group: ResettlementGroup) -> None:
    for name in ("name", "origin", "sender_number"):
        if not getattr(group, name):
            raise InvalidInput(name, "Fill this in: the list of the sender says it.")


def add(act: Act, group: ResettlementGroup, brought: Brought) -> ImportedFile:
    """Another file for the same group: mended lines, or who was added to the list. Errors as of `bring`."""
    _check_supervisor(act)
    centres.check_own(act, group)
    _lock(act, group)
    file = _take(act, group, brought)
    act.record("group.list_added", group, file, count=file.lines)
    return file


def _take(act: Act, group: ResettlementGroup, brought: Brought) -> ImportedFile:
    if brought.lines > MOST_LINES:
        raise InvalidInput("file", "A list has at most %(most)s persons. Make two groups of it.", most=MOST_LINES)
    if len(files_of(act, group)) >= MOST_FILES:
        raise Conflict("This group has had %(most)s files. Lodge the others at the desk.", most=MOST_FILES)
    file = files.bring(act, replace(brought, group_id=group.id))
    enqueue(act.session, files.CHECK, clock=act.clock, file_id=str(file.id))
    return file


def _lock(act: Act, group: ResettlementGroup) -> None:
    """Nobody closes the group until the act ends; Conflict for one that is closed."""
    act.session.refresh(group, with_for_update={"of": ResettlementGroup})
    if group.closed_at is not None:
        raise Conflict("This group is closed. Bring a new list.")


def _check_supervisor(look: Look) -> None:
    if RoleName.SUPERVISOR not in look.actor.roles:
        raise NotAllowed("A supervisor of the centre brings the list of a group and closes it. Ask one.")


def _here(look: Look) -> UUID:
    assert look.actor.centre_id
    return look.actor.centre_id


# Closed


def close(act: Act, group: ResettlementGroup) -> None:
    """Everything is done: who is still in it may be in another group from now on. Conflict says what is open."""
    _check_supervisor(act)
    centres.check_own(act, group)
    _lock(act, group)
    for file in files_of(act, group):
        if file.state in FILES_UNLODGED:
            raise Conflict("A file of this group is not lodged. Lodge it, or stop it.")
    rows = act.session.scalars(select(GroupMember).where(*members.there(group.id))).all()
    left = _open_ones(act, [row.request_id for row in rows])
    if left:
        message = "%(count)s of the group wait for their document. Hand it over, or note who did not arrive."
        raise Conflict(message, count=left)
    for row in rows:
        members.leave(act, row, members.CLOSED)
    group.closed_at, group.closed_by = act.clock.now(), act.actor.id
    act.record("group.closed", group, count=len(rows))


def _open_ones(look: Look, request_ids: Collection[UUID]) -> int:
    query = select(func.count()).where(IssuanceRequest.id.in_(request_ids), IssuanceRequest.state.not_in(ENDED))
    return look.session.scalar(query) or 0


# Seen


def listed(look: Look, before: UUID | None = None) -> list[ResettlementGroup]:
    """The groups of the actor's centre, the newest first: PAGE_ROWS at most, and one more."""
    query = select(ResettlementGroup).where(ResettlementGroup.centre_id == look.actor.centre_id)
    if before:
        query = query.where(ResettlementGroup.id < before)
    return list(look.session.scalars(query.order_by(ResettlementGroup.id.desc()).limit(PAGE_ROWS + 1)))


def count_open(look: Look) -> Select[int]:
    """How many groups of the actor's centre are not closed, as a query."""
    query = select(func.count()).select_from(ResettlementGroup)
    return query.where(ResettlementGroup.centre_id == look.actor.centre_id, text(OPEN))


def own(look: Look, group_id: UUID) -> ResettlementGroup:
    """The group of the actor's own centre with this id; NotFound also for another centre's."""
    row = look.session.get(ResettlementGroup, group_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such group in your centre. Open the list again.")
    return row


def files_of(look: Look, group: ResettlementGroup) -> list[ImportedFile]:
    """The files of its list, the first first: MOST_FILES at most."""
    query = select(ImportedFile).where(ImportedFile.group_id == group.id).order_by(ImportedFile.id)
    return list(look.session.scalars(query))
