"""A decree from everybody's side: pages, verdict, list and the offline verifier say the same each day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from issuance.chores.public import lists as chores
from issuance.keys import LastingSigner, open_list_signer, open_signer
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.services.life import validity
from issuance.services.life.validity import Standing
from issuance.services.production import documents, seals
from issuance.services.public import decisions, lists, verdict
from issuance.services.public.status import public_status
from issuance.services.public.verdict import Judged, Verdict
from issuance.settings import Settings
from printing.lists import decisions as signed_decisions
from printing.lists.status_list import Status
from tests.integration.life.decreed import DAY, agreed, decreed, ended, legal, scope, written
from tests.integration.public.conftest import TID, publish
from tests.integration.public.test_lists import listed
from tests.people import Case, SmallOffice
from verify import __main__ as program

Offline = Callable[..., tuple[int, str]]


@pytest.fixture
def held(office: SmallOffice, tmp_path: Path) -> Case:
    """A temporary document with a seal that its holder has, of an office that publishes lists."""
    office.settings = Settings(var=tmp_path / "var", range_size=100, public_url="https://liman.test")
    office.signer = LastingSigner(partial(open_signer, office.settings, office.clock))
    office.list_signer = LastingSigner(partial(open_list_signer, office.settings, office.clock))
    case = office.carry("checked", TID)
    office.hand_over(case.request_id, case.number)
    return case


@pytest.fixture
def offline(office: SmallOffice, held: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Offline:
    """liman-verify with what is published now, or in `folder` was; by the seal, or the number."""

    def run(*what: str, folder: Path | None = None) -> tuple[int, str]:
        if folder is None:
            folder = tmp_path / "published"
            folder.mkdir(exist_ok=True)
            publish(office, folder)
        at = office.clock.now().isoformat()
        code = program.main([*(what or ("--hex", seal_of(office, held).hex())), "--folder", str(folder), "--at", at])
        return code, capsys.readouterr().out

    return run


def seal_of(office: SmallOffice, case: Case) -> bytes:
    with office.reading() as look:
        return seals.of_job(look, documents.job_of(look, look.session.get_one(Document, case.document_id))) or b""


def last_day(office: SmallOffice, case: Case) -> dt.date:
    with office.reading() as look:
        found = look.session.get_one(Document, case.document_id).expiry_date
    assert found is not None
    return found


def go_to(office: SmallOffice, day: dt.date) -> None:
    office.clock.advance(dt.datetime.combine(day, dt.time(10), dt.UTC) - office.clock.now())


def everywhere(office: SmallOffice, case: Case) -> set[tuple[bool, str]]:
    """Whether it holds and by which decision, as each place that is online says it."""
    with office.reading() as look:
        document = look.session.get_one(Document, case.document_id)
        request = look.session.get_one(IssuanceRequest, case.request_id)
        judged = [
            verdict.of_number(look, case.number, document.expiry_date),
            verdict.of_seal(look, seal_of(office, case)),
        ]
        status = public_status(look, request.reference, request.person.birth_date)
        desk, longer = validity.standing(look, document), validity.extension(look, document)
        in_class = look.session.scalar(select(Document.id).where(Document.id == document.id, validity.holds(look)))
        of_request = validity.handed_over(look, [case.request_id])[case.request_id]
    assert status is not None
    assert (in_class is not None, of_request) == (desk is Standing.VALID, desk)
    said = {(desk is Standing.VALID, longer.reference if longer else "")}
    for each in judged:
        assert isinstance(each, Judged)
        said.add((each.verdict is Verdict.VALID, each.extension.reference if each.extension else ""))
    said.add((status.standing is Standing.VALID, status.extension.reference if status.extension else ""))
    return said


def test_everything_says_the_same_before_while_and_after_a_decree(
    office: SmallOffice, held: Case, offline: Offline
) -> None:
    chores.publish_lists(office)
    assert everywhere(office, held) == {(True, "")}
    go_to(office, last_day(office, held) + DAY)
    code, said = offline()
    assert everywhere(office, held) == {(False, "")}
    assert (code, listed(office, held.number)) == (1, Status.INVALID)
    assert "its last day was" in said
    assert offline("--number", held.number)[0] == 1

    decree_id = decreed(office)
    assert everywhere(office, held) == {(True, "HG 12/2027")}
    code, said = offline()
    until = office.clock.today() + 2300 * DAY
    assert (code, listed(office, held.number)) == (0, Status.VALID)
    assert f"valid until {until:%d.%m.%Y} by decision HG 12/2027" in said
    code, said = offline("--number", held.number)
    assert code == 0
    assert f"valid until {until:%d.%m.%Y} by decision HG 12/2027" in said

    ended(office, decree_id)
    assert everywhere(office, held) == {(False, "")}
    code, said = offline()
    assert (code, listed(office, held.number)) == (1, Status.INVALID)
    assert "its last day was" in said
    assert "HG" not in offline("--number", held.number)[1]


def test_a_decree_begins_and_ends_in_the_lists_by_its_days(office: SmallOffice, held: Case, offline: Offline) -> None:
    """Nobody does anything on those days."""
    last = last_day(office, held)
    until = last + 5 * DAY
    agreed(office, written(office, legal(office), scope(office, printed_to=last, until=until), from_day=last + 3 * DAY))
    found = []
    for number in range(1, 7):
        go_to(office, last + number * DAY)
        chores.publish_lists(office)
        found.append((offline()[0], listed(office, held.number), everywhere(office, held)))
    over, longer = (1, Status.INVALID, {(False, "")}), (0, Status.VALID, {(True, "HG 12/2027")})
    assert found == [over, over, longer, longer, longer, over]


def test_a_status_list_of_before_the_decree_says_nothing_of_what_had_expired(
    office: SmallOffice, held: Case, offline: Offline, tmp_path: Path
) -> None:
    go_to(office, last_day(office, held) + DAY)
    folder = tmp_path / "published"
    offline()
    old = {path: path.read_bytes() for path in folder.glob("TI1.*")}
    office.clock.advance(dt.timedelta(hours=1))
    decreed(office)
    assert offline()[0] == 0
    for path, body in old.items():
        path.write_bytes(body)
    code, said = offline(folder=folder)
    assert code == 3
    assert "The list TI1 is too old" in said


def test_a_list_of_decisions_of_before_the_decree_does_not_say_expired_of_what_holds(
    office: SmallOffice, held: Case, offline: Offline, tmp_path: Path
) -> None:
    go_to(office, last_day(office, held) + DAY)
    folder = tmp_path / "published"
    offline()
    old = {path: path.read_bytes() for path in folder.glob("decisions.*")}
    office.clock.advance(dt.timedelta(hours=1))
    decreed(office)
    offline()
    for path, body in old.items():
        path.write_bytes(body)
    code, said = offline(folder=folder)
    assert code == 3
    assert "The list decisions is too old" in said


def test_a_decision_is_published_once_every_list_knows_of_it_and_stays_for_its_days(
    office: SmallOffice, held: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "KEPT", 30 * DAY)

    def told() -> list[str]:
        with office.reading() as look:
            file = lists.fetch(look, "decisions.jwt")
        assert file is not None
        return [each.reference for each in signed_decisions.read(file.body).verify().decisions]

    chores.publish_lists(office)
    assert told() == []
    decree_id = decreed(office)
    with office.reading() as look:
        assert decisions.due(look) is None, "the lists were not looked over yet"
    chores.publish_lists(office)
    assert told() == ["HG 12/2027"]
    office.clock.advance(2 * decisions.SETTLES)
    chores.publish_lists(office)
    with office.reading() as look:
        assert decisions.due(look) is None
    ended(office, decree_id, office.clock.today() + DAY)
    chores.publish_lists(office)
    assert told() == ["HG 12/2027"], "an end is no extension; the list says until when"
    office.clock.advance(decisions.KEPT + 3 * DAY)
    chores.publish_lists(office)
    assert told() == []
