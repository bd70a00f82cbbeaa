"""Many documents of before at once: told and kept as one by one, and whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.chores import legacy
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.files import ImportedFile, LineOutcome
from issuance.models.people import PersonKey, PersonVersion
from issuance.services.imports import kept
from issuance.services.legacy import keeping, taking, telling
from issuance.states import FileState
from tests.integration.legacy.filed import OMAR, agree, bring, of
from tests.people import SmallOffice

NAMES = (("Haddad", "Omar"), ("Haddad", "Umar"), ("Nouri", "Sami"), ("Karim", "Leila"), ("Badafa", "Hasan"))


def lines(count: int) -> list[dict[str, str]]:
    """Few names and days, so that people are the same, alike, and others; some have numbers, which may contradict."""
    random = Random(5)
    found = []
    for at in range(count):
        family, given = random.choice(NAMES)
        said = {"number": f"IGI00{at:05}", "family_name": family, "given_names": given}
        said |= {"birth_date": random.choice(("1988-05-17", "1970-02-03", "1971-XX-XX")), "sex": random.choice("MF")}
        said |= {"document_type": random.choice(("RP-R", "TD-C")), "expiry_date": "2026-03-04"}
        if random.random() < 0.5:
            said["eurodac_reference"] = f"RO1{random.randrange(6):012d}"
        if random.random() < 0.4:
            said |= {"state": "ended", "ended_on": "2025-03-04"}
        if random.random() < 0.1:
            said["status"] = "applicant"
        found.append(OMAR | said)
    return found


def whole(office: SmallOffice, file_id: UUID) -> ImportedFile:
    agree(office, file_id, without_refused=True)
    while legacy.keep_next(office, file_id):
        pass
    return of(office, file_id)


def became(office: SmallOffice, file_id: UUID) -> tuple[list[list[str]], list[tuple[int, str, str]]]:
    """Which documents are one person's, and why the other lines were not kept."""
    with office.reading() as look:
        owners = defaultdict[UUID, list[str]](list)
        for number, person_id in look.session.execute(select(Document.number, Document.person_id)):
            owners[person_id].append(number)
        waits = kept.waiting(look, file_id, list(LineOutcome), most=1000)
        return sorted(map(sorted, owners.values())), [(row.line, row.field, row.outcome) for row in waits]


WANTED: list[object] = []


@pytest.mark.parametrize("way", ["singly", "together"])
def test_many_at_once_are_what_each_is_alone(office: SmallOffice, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """By hand the answer is too long: kept one by one, and kept together, it is the same."""
    if way == "singly":
        monkeypatch.setattr(telling, "_owners", lambda look, named: {})
    monkeypatch.setattr(taking, "BATCH", 1 if way == "singly" else 100)
    file_id = bring(office, *lines(60))
    file = whole(office, file_id)
    assert file.lodged + file.refused + file.alike == 60
    found = became(office, file_id)
    assert len(found[0]) >= 4
    assert {outcome for *_, outcome in found[1]} == {LineOutcome.REFUSED, LineOutcome.ALIKE}
    WANTED.append(found)
    assert all(each == WANTED[0] for each in WANTED)


def test_what_ends_halfway_is_kept_whole_by_the_next_worker(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends while it writes the second batch: the first one stays, nothing of the second."""
    monkeypatch.setattr(taking, "BATCH", 4)
    rows = [OMAR | {"number": f"IGI003{n:04}", "birth_date": f"19{50 + n}-05-17"} for n in range(10)]
    file_id = bring(office, *rows)
    agree(office, file_id)
    assert legacy.keep_next(office, file_id)
    before, kept_until_now = keeping.keep, []

    def ends(act, entry, version, person):  # type: ignore[no-untyped-def]
        if len(kept_until_now) == 2:
            raise MemoryError
        kept_until_now.append(before(act, entry, version, person))

    monkeypatch.setattr(keeping, "keep", ends)
    with pytest.raises(MemoryError):
        legacy.keep_next(office, file_id)
    monkeypatch.setattr(keeping, "keep", before)
    assert (of(office, file_id).position, of(office, file_id).lodged) == (4, 4)
    while legacy.keep_next(office, file_id):
        pass
    assert (of(office, file_id).state, of(office, file_id).lodged) == (FileState.DONE, 10)
    with office.reading() as look:
        assert len(look.session.scalars(select(Document)).all()) == 10
        assert len(look.session.scalars(select(PersonKey)).all()) == 10
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "document.taken_over")).all()
        assert len(events) == 10


def test_of_two_documents_of_one_person_in_a_batch_one_person_is_made(office: SmallOffice) -> None:
    travel = OMAR | {"number": "IGI0012401", "document_type": "TD-C", "expiry_date": "2026-03-04"}
    second = OMAR | {"number": "IGI0012402"}
    file_id = bring(office, OMAR, travel, second)
    assert of(office, file_id).refused == 1
    file = whole(office, file_id)
    assert (file.lodged, file.refused) == (2, 1)
    with office.reading() as look:
        (version,) = look.session.scalars(select(PersonVersion)).all()
        documents = look.session.scalars(select(Document)).all()
        assert {each.person_id for each in documents} == {version.person_id}
        assert {each.request.person_version_id for each in documents} == {version.id}
