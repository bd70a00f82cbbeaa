"""The pages of batches: from choosing to done, what is refused, and the parts that are fetched again."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID, uuid4

import pypdfium2
import pytest
import zxingcpp
from PIL.Image import Image

from card_drivers.order import Outcome
from issuance import tasks
from issuance.models.batches import Batch, Tray
from issuance.office import Office
from issuance.services.batches import running
from issuance.states import BatchState
from tests.integration.batches.shared import another_station, batch_of, job, job_of
from tests.integration.batches.shared import queued as wait
from tests.people import Case, SmallOffice, able
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

BATCHES = "/production/batches"
NEW = f"{BATCHES}/new"


@pytest.fixture
def operator(client: Browser, office: Office, people: SmallOffice, queued_case: UUID) -> Browser:
    """The operator, who sits down where one job waits."""
    return sit_down(client, office, people, "operator")


def newest(office: Office) -> Batch:
    with office.database.reading() as session:
        return session.query(Batch).order_by(Batch.number.desc()).first()  # type: ignore[return-value]


def address(office: Office) -> str:
    return f"{BATCHES}/{newest(office).id}"


def make(browser: Browser, people: SmallOffice, **fields: object) -> str:
    answer = browser.submit(NEW, {"stations": str(people.station.id)} | fields, follow_redirects=True)
    return answer.text


def test_a_batch_is_chosen_started_made_and_done(operator: Browser, office: Office, people: SmallOffice) -> None:
    wait(people, "Nour", "Sara")
    page = operator.get(NEW).text
    assert "3 jobs would be in it" in page
    assert "19 cards with chip" in page
    assert "Batch 1 has 3 jobs." in make(operator, people, name="morning")
    shown = operator.get(address(office)).text
    assert "Batch 1 · <bdi>morning</bdi>" in shown
    assert "0 / 3" in shown
    people.open_shift()
    assert people.claim() is None
    assert "It runs." in operator.submit(f"{address(office)}/start", follow_redirects=True).text
    for _ in range(3):
        people.make()
    assert "3 / 3" in operator.get(f"{address(office)}/bar").text
    tasks.end_batches(office)
    assert "Ended today" in operator.get(BATCHES).text
    assert newest(office).state == BatchState.DONE


def test_what_is_held_is_one_click_away_and_alone_at_the_end(
    operator: Browser, office: Office, people: SmallOffice
) -> None:
    make(operator, people)
    operator.submit(f"{address(office)}/start")
    people.open_shift()
    shown = operator.get(f"{address(office)}/bar").text
    assert "no end can be told yet" in shown
    assert "jobs=held" not in shown
    people.make(Outcome.UNKNOWN)
    shown = operator.get(f"{address(office)}/bar").text
    assert f'<a href="{address(office)}?jobs=held">1 held</a>' in shown
    assert "the held ones wait for a supervisor" in shown


def test_an_end_of_today_is_told_by_the_hour_alone(operator: Browser, office: Office, people: SmallOffice) -> None:
    wait(people, "Nour", "Sara")
    make(operator, people)
    operator.submit(f"{address(office)}/start")
    people.open_shift()
    for _ in range(2):
        claim = people.claim()
        people.clock.advance(dt.timedelta(minutes=5))
        people.make(claim=claim)
    assert "finished about 10:15 · from 2 made in 30 minutes" in operator.get(f"{address(office)}/bar").text


def test_filters_narrow_and_the_ticked_alone_are_taken(operator: Browser, office: Office, people: SmallOffice) -> None:
    (urgent,) = wait(people, "Nour", vulnerable=True)
    assert "1 job would be in it" in operator.get(f"{NEW}?urgent=yes").text
    assert "Nothing that waits fits" in operator.get(f"{NEW}?family=families").text
    assert "Nothing that waits fits" in operator.get(f"{NEW}?type=TD-C").text
    assert "Nothing that waits fits" in operator.get(f"{NEW}?within=3").text
    assert "2 jobs would be in it" in operator.get(f"{NEW}?due=2027-11-02&family=alone").text
    refused = operator.submit(NEW, {"stations": str(people.station.id), "only": "ticked"})
    assert refused.status_code == 400
    assert "Tick at least one job" in refused.text
    assert "Batch 1 has 1 job." in make(operator, people, only="ticked", jobs=str(urgent))
    assert job(people, urgent).batch_id == newest(office).id


def test_what_is_in_the_way_is_said_with_its_reason(operator: Browser, office: Office, people: SmallOffice) -> None:
    with office.upkeep() as look:
        look.session.get_one(type(people.station), people.station.id).status = able("RC")
    page = operator.get(f"{NEW}?stations={people.station.id}").text
    assert "No blanks card-chip lie in s1." in page
    assert "None of these can be made by this pool" in page
    refused = operator.submit(NEW, {"stations": str(people.station.id)})
    assert refused.status_code == 409
    assert "the pool can make none of it" in refused.text
    assert "Choose at least one station" in operator.submit(NEW, {}).text


def test_jobs_are_put_first_moved_and_taken_out(
    operator: Browser, office: Office, people: SmallOffice, queued_case: UUID
) -> None:
    (other,) = wait(people, "Nour")
    first, second = batch_of(people, ticked=[queued_case]), batch_of(people, ticked=[other])
    deeds = f"{BATCHES}/{first}/jobs"
    ticked = {"jobs": str(queued_case)}
    assert "1 job is made first." in operator.submit(deeds, ticked | {"deed": "first"}, follow_redirects=True).text
    moved = operator.submit(deeds, ticked | {"deed": "move", "to": str(second)}, follow_redirects=True)
    assert "1 job is in batch 2 now." in moved.text
    again = operator.submit(deeds, ticked | {"deed": "out"}, follow_redirects=True)
    assert "1 of these jobs have started, ended or left the batch" in again.text
    out = operator.submit(f"{BATCHES}/{second}/jobs", ticked | {"deed": "out"}, follow_redirects=True)
    assert "1 job is of no batch now." in out.text
    assert job(people, queued_case).batch_id is None


def test_the_order_the_pool_and_the_end_are_changed(
    operator: Browser, office: Office, people: SmallOffice, queued_case: UUID
) -> None:
    wait(people, "Nour")
    first, second = batch_of(people, ticked=[queued_case]), batch_of(people)
    other = another_station(people)
    operator.submit(f"{BATCHES}/{second}/earlier", {"way": "earlier"})
    listed = operator.get(BATCHES).text
    assert listed.index("Batch 2") < listed.index("Batch 1<")
    assert "checked" in operator.get(f"{BATCHES}/{first}/pool").text
    operator.submit(f"{BATCHES}/{first}/pool", {"stations": str(other.id)})
    assert "s2" in operator.get(f"{BATCHES}/{first}").text
    assert operator.submit(f"{BATCHES}/{first}/pool", {}).status_code == 400
    ended = operator.submit(f"{BATCHES}/{first}/cancel", follow_redirects=True)
    assert "1 job waits without a batch again." in ended.text
    assert operator.submit(f"{BATCHES}/{first}/start").status_code == 409


def test_the_list_of_jobs_says_which_batch_a_job_waits_in(
    operator: Browser, people: SmallOffice, queued_case: UUID
) -> None:
    batch_of(people)
    page = operator.get("/production/jobs").text
    assert re.search(r">Batch 1</a> <span class=\"quiet\">planned<", page)
    assert "no station takes it before the batch is started" in operator.get(f"/production/jobs/{queued_case}").text


def test_a_part_that_did_not_change_is_not_sent_again(operator: Browser, people: SmallOffice) -> None:
    found = batch_of(people)
    for part in (f"{BATCHES}/lanes", f"{BATCHES}/{found}/bar"):
        first = operator.get(part)
        assert "data-tenth" in first.text
        again = operator.get(part, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    people.open_shift()
    with people.act(people.actors["operator"]) as act:
        running.start(act, running.own(act, found))
    before = operator.get(f"{BATCHES}/lanes").headers["ETag"]
    people.make()
    assert operator.get(f"{BATCHES}/lanes", headers={"If-None-Match": before}).status_code == 200
    assert '<noscript><meta http-equiv="refresh"' in operator.get(BATCHES).text


def test_forged_ids_are_not_there(operator: Browser, people: SmallOffice) -> None:
    found = batch_of(people)
    assert operator.get(f"{BATCHES}/{uuid4()}").status_code == 404
    assert operator.submit(f"{BATCHES}/{found}/jobs", {"jobs": "x", "deed": "out"}).status_code == 404
    sent = {"jobs": str(uuid4()), "deed": "move", "to": str(uuid4())}
    assert operator.submit(f"{BATCHES}/{found}/jobs", sent).status_code == 404
    forged = operator.submit(NEW, {"stations": str(uuid4())})
    assert (forged.status_code, "Choose only from the options shown." in forged.text) == (400, True)


@pytest.fixture
def queued_case(people: SmallOffice, queued: Case) -> UUID:
    """The job of the case that waits."""
    assert queued.document_id is not None
    return job_of(people, queued.document_id)


def test_a_tray_is_filled_its_sheet_printed_and_scanned_at_the_check(
    operator: Browser, client: Browser, office: Office, people: SmallOffice, queued: Case
) -> None:
    found = batch_of(people)
    with people.act(people.actors["operator"]) as act:
        running.start(act, running.own(act, found))
    people.open_shift()
    people.make()
    assert "1 made, in no tray" in operator.get(f"{BATCHES}/{found}").text
    filled = f"{BATCHES}/{found}/stations/{people.station.id}/tray"
    assert "Tray 1 is filled." in operator.submit(filled, {"most": "50"}, follow_redirects=True).text
    assert "Nothing that this station made" in operator.submit(filled, follow_redirects=True).text
    with office.database.reading() as session:
        tray = session.query(Tray).one()
    pdf = operator.get(f"/production/trays/{tray.id}/sheet.pdf")
    text = pypdfium2.PdfDocument(pdf.data)[0].get_textpage().get_text_range()
    assert queued.number in text
    assert "L 1 / 1" in text
    assert tray.code in {symbol.text for symbol in zxingcpp.read_barcodes(drawn(pdf.data))}
    officer = sit_down(client, office, people, "quality_officer")
    assert "Or scan the sheet of a tray" in officer.get("/quality/").text
    scanned = officer.submit("/production/trays/scan", {"code": tray.code})
    assert scanned.location == f"/quality/trays/{tray.id}"
    assert "no such tray" in officer.submit("/production/trays/scan", {"code": "?"}, follow_redirects=True).text


def drawn(pdf: bytes) -> Image:
    """The first page as a scanner sees it."""
    return pypdfium2.PdfDocument(pdf)[0].render(scale=4).to_pil()
