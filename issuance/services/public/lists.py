"""The lists of documents that hold: kept as acts go on, looked over every day, signed and published for anybody.

What an act changed is a row that it wrote (`StatusChange`), so a list follows within seconds and reads no more than
what changed. Documents expire by the calendar: once a day every list is looked over, some documents at a time; so it is
when a decree begins or ends (`life.decrees`).
See docs/adr/0064-lists-of-what-holds.md.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import defer

from issuance.acts import Look
from issuance.keys.purposes import LIST_HOLDS
from issuance.keys.signer import ListSigner
from issuance.models.documents import Document
from issuance.models.machinery import PublicFile, StatusChange, StatusList
from issuance.services.life.validity import HELD, Held, standing_of
from issuance.services.public.verdict import status_of
from printing.lists import status_list, tokens
from printing.lists.status_list import place
from printing.lists.tokens import CWT_TYPE, JWT_TYPE, Token

AT_ONCE = 20_000
"""Documents that one transaction looks over."""

CHANGES = 2_000
"""Changes that one transaction follows."""

RENEWED = dt.timedelta(minutes=30)
"""A list without news is signed again after this long: its date says when it was last known to be true."""

TTL = 3600
"""Seconds for which whoever is online may keep a list before asking for a newer one."""

FAST = 1
"""How hard a list is packed while it changes; it is packed best when it is signed."""

HIGHEST = "ZZZZZZ"
"""After every number of a list, in the order of any database."""

Numbered = tuple[str, Held]


def follow(look: Look) -> int:
    """Take what acts changed into the lists; how many changes there were, at most CHANGES."""
    query = select(StatusChange.id, StatusChange.number).order_by(StatusChange.id).limit(CHANGES)
    told = {key: number for key, number in look.session.execute(query)}
    if told:
        _write(look, _documents(look, set(told.values())))
        look.session.execute(delete(StatusChange).where(StatusChange.id.in_(told)))
    return len(told)


def _documents(look: Look, numbers: Iterable[str]) -> list[Numbered]:
    """What those documents are; read after the changes were, so that it is nothing older."""
    query = select(Document.number, *HELD).where(Document.number.in_(numbers))
    return [(number, Held._make(held)) for number, *held in look.session.execute(query)]


def _write(look: Look, documents: Iterable[Numbered]) -> None:
    by_list: dict[str, list[tuple[int, Numbered]]] = defaultdict(list)
    for each in documents:
        if found := place(each[0]):
            by_list[found[0]].append((found[1], each))
    for name in sorted(by_list):
        _patch(look, _locked(look, name), by_list[name])


def _patch(look: Look, row: StatusList, documents: Iterable[tuple[int, Numbered]]) -> None:
    today, data = look.clock.today(), status_list.unpack(row.packed)
    for index, (_, held) in documents:
        status_list.put(data, index, status_of(standing_of(look, held, today)))
    packed = status_list.pack(data, FAST)
    if packed != row.packed:
        row.packed, row.signed_at = packed, None


def _locked(look: Look, name: str) -> StatusList:
    """A list, new if need be; nobody else writes to it until the transaction ends."""
    row = look.session.scalar(select(StatusList).where(StatusList.name == name).with_for_update())
    if row is None:
        row = StatusList(name=name, packed=status_list.pack(status_list.new(), FAST), day=None, signed_at=None)
        look.session.add(row)
        look.session.flush()
    return row


# Once a day


def found(look: Look) -> None:
    """Make the lists of numbers that have none: an index leads from each list's first number to the next one's."""
    known, last = set(look.session.scalars(select(StatusList.name))), ""
    while number := look.session.scalar(_after(last)):
        one = place(number)
        last = max(number, one[0] + HIGHEST) if one else number
        if one and one[0] not in known:
            _locked(look, one[0])


def _after(number: str) -> Select[str]:
    return select(Document.number).where(Document.number > number).order_by(Document.number).limit(1)


def stale(look: Look) -> str:
    """The name of a list that was not looked over today, "" when all were."""
    query = select(StatusList.name).where(or_(StatusList.day.is_(None), StatusList.day != look.clock.today()))
    return look.session.scalar(query.order_by(StatusList.name).limit(1)) or ""


def look_over(look: Look, name: str) -> None:
    """Go on with today's look at a list, AT_ONCE documents further."""
    row = _locked(look, name)
    query = select(Document.number, *HELD).where(
        Document.number > (row.after or name), Document.number <= name + HIGHEST
    )
    query = query.order_by(Document.number).limit(AT_ONCE)
    rows = [(number, Held._make(held)) for number, *held in look.session.execute(query)]
    places = ((place(each[0]), each) for each in rows)
    _patch(look, row, [(found[1], each) for found, each in places if found and found[0] == name])
    row.after = rows[-1][0] if len(rows) == AT_ONCE else ""
    if not row.after:
        row.day, row.signed_at = look.clock.today(), None


# Publishing


@dataclass(frozen=True)
class Due:
    """A list that is to be signed."""

    name: str
    packed: bytes


def due(look: Look) -> list[Due]:
    """The lists with news, or not signed for long. One that was never looked over wholly is not published yet."""
    old = or_(StatusList.signed_at.is_(None), StatusList.signed_at <= look.clock.now() - RENEWED)
    query = select(StatusList.name, StatusList.packed).where(StatusList.day.is_not(None), old)
    return [Due(name, packed) for name, packed in look.session.execute(query.order_by(StatusList.name))]


def address(public_url: str, name: str) -> str:
    """Where a list is for everybody: what it is signed as."""
    return f"{public_url.rstrip('/')}/lists/{name}"


def signed(lists: Iterable[Due], signer: ListSigner, public_url: str, now: dt.datetime) -> list[PublicFile]:
    """Both forms of each list; no transaction is open."""
    at, kept = now.replace(microsecond=0), signer.certificate
    files = []
    for each in lists:
        packed = status_list.pack(status_list.unpack(each.packed))
        token = Token(address(public_url, each.name), at, at + LIST_HOLDS, TTL, packed)
        forms = ("cwt", CWT_TYPE, tokens.cwt(token, signer, kept)), ("jwt", JWT_TYPE, tokens.jwt(token, signer, kept))
        files += [file(f"{each.name}.{end}", kind, body, at) for end, kind, body in forms]
    return files


def file(name: str, kind: str, body: bytes, made_at: dt.datetime) -> PublicFile:
    """A file to be published, of this media type."""
    digest = hashlib.sha256(body).hexdigest()
    return PublicFile(name=name, kind=kind, body=body, size=len(body), digest=digest, made_at=made_at)


def publish(look: Look, lists: Iterable[Due], files: Iterable[PublicFile]) -> None:
    """Put files in the place of those of the same name. What changed while they were signed is signed next."""
    known = {row.name: row for row in published(look)}
    for new in files:
        old = known.get(new.name)
        if old is None:
            look.session.add(new)
        elif old.digest != new.digest:
            old.body, old.size, old.digest, old.made_at = new.body, new.size, new.digest, new.made_at
    for each in lists:
        row = _locked(look, each.name)
        if row.packed == each.packed:
            row.signed_at = look.clock.now()


def published(look: Look) -> list[PublicFile]:
    """Everything that is published, by name; the bytes of none are read."""
    return list(look.session.scalars(select(PublicFile).options(defer(PublicFile.body)).order_by(PublicFile.name)))


def fetch(look: Look, name: str) -> PublicFile | None:
    """One published file; None when there is none of this name."""
    return look.session.scalar(select(PublicFile).where(PublicFile.name == name))
