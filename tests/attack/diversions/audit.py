"""Events, links, heads and whole registers that somebody changes, cuts or puts beside one another."""

from __future__ import annotations

import datetime as dt
import json
from uuid import uuid4

import sqlalchemy as sa

from issuance import tasks
from issuance.actors import SYSTEM
from issuance.models.audit import AuditEvent, AuditLink, AuditProof, AuditSubject, AuditUnlinked, AuditWitness
from issuance.models.recovery import RegisterEpoch
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.services.trust import accounts, audit_proofs
from issuance.settings import heads_file
from tests.attack.diversions.registry import OWNER, by
from tests.attack.diversions.scene import Scene, someone
from tests.people import SmallOffice

event, link, witness = AuditEvent.__table__, AuditLink.__table__, AuditWitness.__table__


def newest(act: str) -> sa.ScalarSelect[object]:
    """The id of the newest event of an act."""
    query = sa.select(event.c.id).where(event.c.act == act).order_by(event.c.id.desc()).limit(1)
    return query.scalar_subquery()


@by(OWNER)
def event_deleted(scene: Scene) -> None:
    """The approval of a document is deleted from the events."""
    scene.write(sa.delete(event).where(event.c.id == newest("request.approved")))


@by(OWNER)
def event_with_its_link_deleted(scene: Scene) -> None:
    """An event is deleted with its link, its subjects and its witnesses."""
    gone = scene.read(sa.select(newest("document.handed_over")))
    tables = (link, AuditSubject.__table__, witness)
    scene.write(*(sa.delete(table).where(table.c.event_id == gone) for table in tables))
    scene.write(sa.delete(event).where(event.c.id == gone))


@by(OWNER)
def unlinked_event_deleted(scene: Scene) -> None:
    """An act of a moment ago is deleted whole, before its event has its link."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        accounts.close_account(act, act.session.get_one(Staff, scene.id_of("second_clerk")))
    waiting = [row for row in _unlinked(scene)]
    for table in (AuditSubject.__table__, witness, AuditUnlinked.__table__):
        scene.write(sa.delete(table).where(table.c.event_id.in_(waiting)))
    scene.write(sa.delete(event).where(event.c.id.in_(waiting)))


def _unlinked(scene: Scene) -> list[object]:
    with scene.office.database.engine.connect() as connection:
        return list(connection.execute(sa.select(AuditUnlinked.__table__.c.event_id)).scalars())


def _event(act: str, at: dt.datetime, **more: object) -> dict[str, object]:
    row = {"id": uuid4(), "at": at, "act": act, "actor_id": None, "actor_kind": "system", "centre_id": None}
    return row | {"reason": "", "details": {}} | more


@by(OWNER)
def event_without_mac(scene: Scene) -> None:
    """An approval that never was is inserted and waits for its link as every other."""
    row = _event("request.approved", scene.office.clock.now())
    scene.write(sa.insert(event).values(row), sa.insert(AuditUnlinked.__table__).values(event_id=row["id"]))


@by(OWNER)
def event_backdated(scene: Scene) -> None:
    """An approval of last week is inserted beside the chains."""
    earlier = scene.office.clock.now() - dt.timedelta(days=7)
    scene.write(sa.insert(event).values(_event("request.approved", earlier, mac="0" * 64)))


@by(OWNER)
def actor_edited(scene: Scene) -> None:
    """Somebody else did it."""
    mine = event.c.id == newest("document.checked")
    scene.write(sa.update(event).where(mine).values(actor_id=scene.id_of("auditor")))


@by(OWNER)
def reason_edited(scene: Scene) -> None:
    """What somebody gave as a reason says something else."""
    scene.write(sa.update(event).where(event.c.id == newest("stock.day_closed")).values(reason="all agreed"))


@by(OWNER)
def witness_edited(scene: Scene) -> None:
    """A row is changed, and what its last act left of it too."""
    table = IssuanceRequest.__table__
    mine = table.c.id == scene.cases["complete"].request_id
    kept = witness.c.kind == "request", witness.c.subject_id == scene.cases["complete"].request_id
    said = scene.read(sa.select(witness.c.says).where(*kept).order_by(witness.c.number.desc()).limit(1))
    scene.write(
        sa.update(table).where(mine).values(state="approved"),
        sa.update(witness).where(*kept).values(says=said | {"state": "approved"}),
    )


@by(OWNER)
def tail_cut(scene: Scene) -> None:
    """The last three events of a centre and their links never were."""
    last = scene.read(sa.select(sa.func.max(link.c.position)).where(link.c.chain != "office"))
    gone = sa.select(link.c.event_id).where(link.c.chain != "office", link.c.position > last - 3)
    ids = _ids(scene, gone)
    scene.write(*(sa.delete(table).where(table.c.event_id.in_(ids)) for table in (link, witness)))
    scene.write(sa.delete(event).where(event.c.id.in_(ids)))


def _ids(scene: Scene, query: sa.Select[object]) -> list[object]:
    with scene.office.database.engine.connect() as connection:
        return list(connection.execute(query).scalars())


@by("database and host")
def heads_cut(scene: Scene) -> None:
    """The file of heads is deleted, to begin one anew."""
    heads_file(scene.office.settings).write_text("")


@by("host")
def heads_forged(scene: Scene) -> None:
    """A line of the file of heads names another end."""
    path = heads_file(scene.office.settings)
    lines = path.read_text().splitlines()
    line = json.loads(lines[-1])
    for head in line["heads"].values():
        head["position"] -= 1
    path.write_text("\n".join([*lines[:-1], json.dumps(line)]) + "\n")


@by(OWNER)
def proof_written(scene: Scene) -> None:
    """A proof that nobody made says that all is sound; it is not taken for the start of the next."""
    now = scene.office.clock.now()
    walk = audit_proofs.begin().as_json() | {"mac": "0" * 64, "reached": {"office": [9999, "0" * 64]}}
    row = {"id": uuid4(), "asked_at": now, "ended_at": now, "whole": True, "verdict": "sound", "walk": walk}
    scene.write(sa.insert(AuditProof.__table__).values(row))
    with scene.office.reading() as look:
        assert not audit_proofs.is_ours(look, look.session.scalars(sa.select(AuditProof)).one())
    scene.refusals.append("refused (not ours: the next proof begins at the start)")


@by("database and host")
def old_backup_put_back(scene: Scene) -> None:
    """Yesterday's copy of the register is put back by hand, and a document approved since then is gone."""
    kept = _ids(scene, sa.select(event.c.id))
    scene.office.carry("complete", someone("Rana", 60))
    tasks.link_audit(scene.office)
    tasks.sign_heads(scene.office)
    later = event.c.id.not_in(kept)
    ids = _ids(scene, sa.select(event.c.id).where(later))
    scene.write(*(sa.delete(table).where(table.c.event_id.in_(ids)) for table in (link, witness)))
    scene.write(sa.delete(event).where(event.c.id.in_(ids)))


@by("database and host")
def epoch_forged(scene: Scene) -> None:
    """The register is said to have been restored, to explain what is gone."""
    row = {"id": uuid4(), "number": 2, "since": scene.office.clock.now(), "backup_digest": "0" * 64}
    row |= {"restored_by": scene.id_of("administrator"), "first_value": 100_000, "backup_at": row["since"]}
    table = RegisterEpoch.__table__
    scene.write(sa.insert(table).values({name: value for name, value in row.items() if name in table.c}))


@by("host")
def second_register(scene: Scene) -> None:
    """A copy of the register goes on beside the first; its events come back as if they were the register's."""
    office = scene.office
    fork = _fork(office)
    tasks.link_audit(office)
    tasks.sign_heads(office)
    scene.write(sa.update(link).where(link.c.position == fork).values(digest="f" * 64))


def _fork(office: SmallOffice) -> int:
    """The place of the event after which both registers went on; ours is another one than theirs."""
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    tasks.link_audit(office)
    tasks.sign_heads(office)
    with office.reading() as look:
        last = look.session.scalar(sa.select(sa.func.max(link.c.position)).where(link.c.chain == "office"))
        assert last is not None
        return last
