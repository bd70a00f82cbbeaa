"""An office that publishes its lists, and a stranger who judges its documents by them and nothing else."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from issuance import migrate
from issuance.chores.public import lists as chores
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.keys import LastingSigner, open_list_signer, open_signer
from issuance.models.documents import Document
from issuance.services.production import documents, seals
from issuance.services.public import lists
from issuance.settings import Settings
from printing.faces.compose import rasterise
from tests.people import LAYLA, NOON, Case, SmallOffice, changed
from verify import __main__ as program

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)


@dataclass
class Made:
    """An office, two of its documents, their seals, a photo of one, and what is published."""

    office: SmallOffice
    valid: Case
    unfinished: Case
    seals: dict[str, bytes]
    photo: Path
    folder: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    database = Database(f"sqlite:///{folder}/register.sqlite")
    migrate.upgrade(database)
    office = SmallOffice(database, FixedClock(NOON))
    office.settings = Settings(var=folder / "var", range_size=100, public_url="https://liman.test")
    office.signer = LastingSigner(partial(open_signer, office.settings, office.clock))
    office.list_signer = LastingSigner(partial(open_list_signer, office.settings, office.clock))
    valid = office.carry("checked", TID)
    rasterise(next(iter(office.made.values())).faces[1].combined, 300).convert("RGB").save(folder / "card.png")
    office.hand_over(valid.request_id, valid.number)
    unfinished = office.carry("queued", changed(TID, case_reference="2", family_name="Haddad", birth_date="1980-01-01"))
    with office.reading() as look:
        found = {}
        for case in (valid, unfinished):
            job = documents.job_of(look, look.session.get_one(Document, case.document_id))
            found[case.number] = seals.of_job(look, job) or b""
    made = Made(office, valid, unfinished, found, folder / "card.png", folder / "published")
    made.folder.mkdir()
    publish(office, made.folder)
    return made


def publish(office: SmallOffice, folder: Path) -> None:
    """As somebody who fetches everything under /lists/."""
    chores.publish_lists(office)
    with office.reading() as look:
        for row in lists.published(look):
            file = lists.fetch(look, row.name)
            assert file is not None
            (folder / row.name).write_bytes(file.body)


@pytest.fixture
def folder(made: Made, tmp_path: Path) -> Path:
    """A copy of the folder that a test may change."""
    return Path(shutil.copytree(made.folder, tmp_path / "published"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(folder: Path, *arguments: object, at: dt.datetime = NOON) -> tuple[int, str]:
        code = program.main([*map(str, arguments), "--folder", str(folder), "--at", at.isoformat()])
        return code, capsys.readouterr().out

    return run


Run = Callable[..., tuple[int, str]]
