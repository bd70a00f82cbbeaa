"""A file of case handling stops nobody, and no crash lodges a line twice.

On the release of 2026-11-22 a file of 5,000 lines held SQLite's one lock for 143 s, and pages, log-in and status
answered 500.
"""

from __future__ import annotations

import pickle
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from issuance.chores import files as tasks
from issuance.models.files import FilePart, ImportedFile
from issuance.models.requests import IssuanceRequest
from issuance.services.imports import files
from tests.attack.conftest import ROOT, SECONDS, TOKEN, RealOffice, Visitor
from tests.integration.imports.test_files import bring, people
from tests.integration.imports.test_lines import file_of
from tests.people import SmallOffice

LINES = 150
KILLED = """
import pickle, sys
from pathlib import Path
from uuid import UUID
from issuance.db import Database
from issuance.chores import files as tasks
from issuance.services.imports import batches
from tests.people import SmallOffice

batches.HELD = 0.02
office = SmallOffice(Database(sys.argv[1]), memory=pickle.loads(Path(sys.argv[2]).read_bytes()))
Path(sys.argv[4]).touch()
while tasks.lodge_next(office, UUID(sys.argv[3])):
    pass
"""


def test_killed_again_and_again_it_lodges_every_line_once(office: SmallOffice, tmp_path: Path) -> None:
    """Wherever the kill falls: what was lodged and how far the file is are kept together."""
    file_id = bring(office, file_of(*people(60)))
    with office.act(office.actors["supervisor"]) as act:
        files.begin_lodging(act, file_id)
    (tmp_path / "memory").write_bytes(pickle.dumps(office.memory))
    url = office.database.engine.url.render_as_string(hide_password=False)
    for turn in range(4):
        begun = tmp_path / f"begun-{turn}"
        command = [sys.executable, "-c", KILLED, url, str(tmp_path / "memory"), str(file_id), str(begun)]
        with subprocess.Popen(command, cwd=ROOT) as process:
            wait_until(lambda: begun.exists() or process.poll() is not None)  # noqa: B023
            time.sleep(0.03 + 0.05 * turn)
            process.send_signal(signal.SIGKILL)
        lodged, position = state_of(office, file_id)
        assert lodged == position, "a batch is kept whole or not at all"
    while tasks.lodge_next(office, file_id):
        pass
    assert state_of(office, file_id) == (60, 60)
    with office.reading() as look:
        references = look.session.scalars(select(IssuanceRequest.case_reference)).all()
        assert sorted(references) == sorted(f"F/{number}" for number in range(60))
        assert look.session.scalar(select(func.count()).select_from(FilePart)) == 0


def state_of(office: SmallOffice, file_id: UUID) -> tuple[int, int]:
    with office.reading() as look:
        row = look.session.get_one(ImportedFile, file_id)
        count = look.session.scalar(select(func.count()).select_from(IssuanceRequest)) or 0
        assert row.lodged == count
        return count, row.position


def wait_until(holds: Any) -> None:
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < SECONDS
        time.sleep(0.2)


def test_pages_log_in_and_status_answer_while_a_file_is_lodged(real_office: RealOffice) -> None:
    supervisor, clerk = real_office.visitor("supervisor"), real_office.visitor("clerk")
    supervisor.opener.addheaders = [("Accept-Language", "en")]
    address = upload(supervisor, file_of(*people(LINES)))
    wait_until(lambda: "can be lodged" in supervisor.get(address).text)
    assert supervisor.post(f"{address}/lodge", {}, page=address).status == 200
    answers: list[tuple[str, int]] = []
    while "data-live" in (page := supervisor.get(address)).text:
        assert page.status == 200
        answers += [(path, clerk.get(path).status) for path in ("/", "/desk", "/desk/due", "/healthz", "/readyz")]
        stranger = real_office.visitor()
        asked = {
            "reference": "ABCDE-FGHJK-2",
            "birth_date-day": "1",
            "birth_date-month": "1",
            "birth_date-year": "1990",
        }
        assert stranger.post("/status", asked).status == 404, "nobody has this reference"
        answers.append(("status", stranger.get("/status").status))
        answers.append(("search", clerk.post("/search", {"q": "Haddad"}, page="/").status))
        answers.append(("log-in", log_in(real_office, "clerk2")))
    assert ("log-in", 200) in answers, "the file was lodged before anybody came"
    assert [each for each in answers if each[1] != 200] == []
    assert f"{LINES} requests lodged" in supervisor.get(address).text
    assert "request_failed" not in real_office.log
    assert "OperationalError" not in real_office.log


def log_in(office: RealOffice, name: str) -> int:
    answer = Visitor(office.url).log_in(name, office.password)
    assert "/login" not in answer.url
    return answer.status


def upload(visitor: Visitor, data: bytes) -> str:
    """Bring a file as a browser does; the path of its page."""
    token = TOKEN.search(visitor.get("/imports/").text)
    assert token
    edge = "edge-of-the-tests"
    fields = f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1] or token[2]}\r\n'
    fields += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = fields.encode() + data + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    with visitor.opener.open(
        urllib.request.Request(f"{visitor.url}/imports/", body, headers), timeout=SECONDS
    ) as answer:
        found = re.search(r"/imports/[0-9a-f-]{36}", answer.url)
    assert found
    return found[0]
