"""The fingerprints page: one finger at a time, judged in a sentence; what was not captured is said; shown to nobody."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.models.requests import Fingerprint
from issuance.models.staff import RoleName
from issuance.models.vault import Blob
from issuance.office import Office
from tests.fingers import finger, huge
from tests.people import LAYLA, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


@pytest.fixture
def scanning(office: Office) -> Office:
    """The office of the pages has a scanner."""
    office.settings = office.settings.model_copy(update={"fingerprint_scanner": "simulator"})
    return office


def take(clerk: Browser, request_id: UUID, image: bytes, which: str = "right-index", why: str = "") -> TestResponse:
    fields = {"picture": (io.BytesIO(image), "finger.png"), "finger": which, "why": why}
    answer = clerk.submit(f"/cases/{request_id}/fingerprints/finger", fields)
    answer.request.environ["wsgi.input"].close()  # the client keeps what it sent
    return answer


def exempt(clerk: Browser, request_id: UUID, hand: str, why: str) -> TestResponse:
    return clerk.submit(f"/cases/{request_id}/fingerprints/none", {"hand": hand, "why_none": why})


def rows(office: Office) -> list[Fingerprint]:
    with office.reading() as look:
        return list(look.session.scalars(select(Fingerprint)))


def test_without_a_scanner_the_page_says_that_nothing_was_captured(clerk: Browser, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    page = clerk.get(f"/cases/{request_id}").text
    assert "not captured: this office has no scanner" in page
    assert "Take the fingerprints" not in page
    assert "nothing waits for them" in clerk.get(f"/cases/{request_id}/fingerprints").text
    assert take(clerk, request_id, finger()).status_code == 409


@pytest.mark.usefixtures("scanning")
def test_two_fingers_one_after_the_other(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    assert "Take the fingerprints" in clerk.get(f"/cases/{request_id}").text
    first = take(clerk, request_id, finger(1))
    assert (first.status_code, first.location) == (303, f"/cases/{request_id}/fingerprints")
    page = clerk.get(first.location).text
    for words in ("quality 100 of 100", "Right index finger: captured", "Left hand: not captured"):
        assert words in page
    assert '<option value="left-index" selected>' in page
    second = take(clerk, request_id, finger(2), "left-thumb", "injured")
    assert second.location == f"/cases/{request_id}"
    case = clerk.get(second.location).text
    assert "left thumb (the index finger is injured): captured" in case
    assert "Take them again" in case
    assert "Fingerprint taken" in case
    assert len(rows(office)) == 2


@pytest.mark.usefixtures("scanning")
def test_a_case_is_sent_on_with_prints_or_a_reason(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    people.settings = office.settings
    take(clerk, request_id, finger(1))
    with pytest.raises(Exception, match="fingerprints"):
        people.enrol(request_id)
    assert exempt(clerk, request_id, "left", "impossible").location == f"/cases/{request_id}"
    assert "left hand: not captured, none can ever be taken" in clerk.get(f"/cases/{request_id}").text
    people.enrol(request_id)


@pytest.mark.usefixtures("scanning")
def test_the_page_says_until_when_the_document_may_run(clerk: Browser, people: SmallOffice) -> None:
    request_id = people.lodge(changed(LAYLA, document_type="TD-C"))
    for hand in ("right", "left"):
        exempt(clerk, request_id, hand, "passing")
    assert "until 19 Nov 2027 at the latest" in clerk.get(f"/cases/{request_id}/fingerprints").text


@pytest.mark.usefixtures("scanning")
def test_a_child_under_the_age_is_not_asked(clerk: Browser, office: Office, people: SmallOffice) -> None:
    child = changed(LAYLA, birth_date="2022-05-05", representative="Rim Al-Masri (mother)")
    request_id = people.lodge(child)
    assert "Fingerprints" not in clerk.get(f"/cases/{request_id}").text
    assert "asks this person for no fingerprints" in clerk.get(f"/cases/{request_id}/fingerprints").text
    answer = take(clerk, request_id, finger())
    assert answer.status_code == 409
    assert "Take none" in answer.text
    assert rows(office) == []


BAD = [
    (b"", "not empty"),
    (b"GIF89a", "no PNG"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000_001, "larger than 2 MB"),
    (huge(20_000, 20_000), "larger than one finger"),
    (finger(clear=0.2), "Wipe glass and finger"),
]


@pytest.mark.usefixtures("scanning")
@pytest.mark.parametrize(("image", "words"), BAD, ids=[words for _, words in BAD])
def test_a_bad_picture_is_refused_in_a_sentence(
    clerk: Browser, office: Office, people: SmallOffice, image: bytes, words: str
) -> None:
    request_id = people.lodge(LAYLA)
    answer = take(clerk, request_id, image, "left-ring", "missing")
    assert answer.status_code == 400
    assert words in sentence_beside(answer, "picture")
    assert '<option value="left-ring" selected>' in answer.text
    assert rows(office) == []


@pytest.mark.usefixtures("scanning")
def test_the_same_finger_twice_and_fingers_that_are_none(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    take(clerk, request_id, finger(1))
    again = take(clerk, request_id, finger(1), "left-index")
    assert "picture of the other hand" in sentence_beside(again, "picture")
    assert take(clerk, request_id, finger(2), "left-little").status_code == 400
    assert "Say why" in sentence_beside(take(clerk, request_id, finger(2), "left-thumb"), "why")
    assert exempt(clerk, request_id, "both", "impossible").status_code == 400
    assert exempt(clerk, request_id, "left", "unwilling").status_code == 400
    assert len(rows(office)) == 1


@pytest.mark.usefixtures("scanning")
def test_after_the_decision_the_page_only_tells(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    take(clerk, request_id, finger(1))
    take(clerk, request_id, finger(2), "left-index")
    people.enrol(request_id)
    people.approve(request_id)
    page = clerk.get(f"/cases/{request_id}/fingerprints").text
    assert "Right index finger: captured" in page
    assert "Judge this print" not in page
    assert take(clerk, request_id, finger(3)).status_code == 409


@pytest.mark.usefixtures("scanning")
def test_the_officer_reads_what_was_not_captured(
    client: Browser, login: Login, office: Office, people: SmallOffice
) -> None:
    request_id = people.lodge(LAYLA)
    login(client, RoleName.CLERK)
    take(client, request_id, finger(1))
    exempt(client, request_id, "left", "passing")
    people.enrol(request_id)
    login(client, RoleName.DECISION_OFFICER)
    page = client.get(f"/decisions/{request_id}").text
    assert "left hand: not captured, none can be taken for now" in page


@pytest.mark.usefixtures("scanning")
def test_no_page_shows_a_print(clerk: Browser, office: Office, people: SmallOffice) -> None:
    """Every address about the case is asked for: none answers with what the scanner made, in any form."""
    request_id = people.lodge(LAYLA)
    take(clerk, request_id, finger(1))
    with office.reading() as look:
        (blob_id,) = look.session.scalars(select(Blob.id).where(Blob.purpose == "fingerprint"))
        template = office.vault.get(look.session, blob_id)
    rules = [rule for rule in clerk.application.url_map.iter_rules() if set(rule.arguments) == {"request_id"}]
    answers = [
        clerk.get(rule.rule.replace("<uuid:request_id>", str(request_id))).data
        for rule in rules
        if "GET" in (rule.methods or ())
    ]
    assert len(answers) > 10
    forms = (template, template.hex().encode(), str(blob_id).encode(), blob_id.hex.encode())
    assert [answer for answer in answers if any(form in answer for form in forms)] == []
