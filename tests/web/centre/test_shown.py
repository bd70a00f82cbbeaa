"""A document is shown to the quality officer on duty elsewhere, who checks it by pictures and what machines read."""

from __future__ import annotations

import base64
import datetime as dt
import html
import io
import json
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document, QualityCheck, Showing
from issuance.models.duties import Roster
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Staff
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.services.life import retention
from issuance.services.production import quality
from issuance.web.centre import showing
from tests.fixtures.stages import carrying
from tests.people import Case, SmallOffice
from tests.seals import sealed
from tests.web.centre.shared import case_of, document_of, hidden, sit_down
from tests.web.centre.test_quality import TID, answer_chip, expected, lines, photograph
from tests.web.conftest import Browser
from tests.web.desk.shared import FORM, sentence_beside
from tests.web.desk.test_hand_over import fields as hand_over_fields
from tests.web.desk.test_hand_over import give

SEEN = ("seen-request", "seen-person", "seen-portrait", "seen-evidence", "seen-signature")
NIGHT = dt.timedelta(hours=11)
"""From NOW, Friday ten in the morning of Bucharest, until nine in the evening."""

DECIDES, CHECKS = "decision_officer", "quality_officer"


def hours_of(role: str) -> dict[str, Any]:
    """The night of Friday, by the account of this role."""
    days = {"from_day": "20", "to_day": "20"}
    boxes = {f"{name}-{part}": value for name, day in days.items() for part, value in date_parts(day).items()}
    hours = {"role": role, "from_time": "20:00", "to_time": "06:00", "weekdays": list("1234567")}
    return boxes | hours | {"email": f"{role}@test.example", "reason": "Nobody here at night."}


def date_parts(day: str) -> dict[str, str]:
    return {"day": day, "month": "11", "year": "2026"}


@pytest.fixture
def night(client: Browser, office: Office, people: SmallOffice, clock: FixedClock, stage: object) -> Browser:
    """It is nine in the evening; both officers sit in Galați and are on duty for Timișoara until six."""
    with office.database.transaction() as session:
        galati = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()
        for role in (DECIDES, CHECKS):
            session.get_one(Staff, people.actors[role].id).centre_id = galati
    for role in (DECIDES, CHECKS):
        sit_down(client, office, people, "supervisor")
        assert client.submit("/oversight/roster", hours_of(role)).status_code == 303
    clock.advance(NIGHT)
    office.keep_time()
    return client


def sent(office: Office, people: SmallOffice, document_id: UUID, **changes: Any) -> dict[str, Any]:
    """What a clerk sends of a TID: both sides photographed, the zone scanned."""
    parts = expected(office, people, document_id) | changes
    return {
        "nobody_here": "yes",
        "front": photograph(seal=parts["seal"], kind="JPEG"),
        "back": photograph(parts["barcode"]),
        "mrz": "\n".join(lines(parts["mrz"])),
        "mrz-method": "scanner",
    }


def show(browser: Browser, case: Case, values: dict[str, Any]) -> Any:
    page = browser.get(f"/showing/{case.request_id}").text
    return browser.submit(f"/showing/{case.request_id}", hidden(page) | values, content_type="multipart/form-data")


def compare(browser: Browser, case: Case) -> Any:
    page = browser.get(f"/quality/{case.request_id}/shown").text
    return browser.submit(f"/quality/{case.request_id}/shown", hidden(page))


def state_of(office: Office, case: Case) -> str:
    return str(document_of(office, case.document_id).state)


@pytest.fixture
def shown(night: Browser, office: Office, people: SmallOffice, made: Case) -> Case:
    """A TID that a clerk showed, before the quality officer's browser."""
    sit_down(night, office, people, "clerk")
    assert show(night, made, sent(office, people, made.document_id)).status_code == 303
    sit_down(night, office, people, CHECKS)
    return made


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
def test_a_night_at_a_small_office(night: Browser, office: Office, people: SmallOffice) -> None:
    """Lodged, made and handed over at Timișoara; decided and checked by two officers of Galați from their desks."""
    sit_down(night, office, people, "clerk")
    undecided = {"decision_number": ""} | {f"decision_date-{part}": "" for part in ("day", "month", "year")}
    lodged = night.submit("/desk/lodge", FORM | undecided | {"document_type": "TID", "status": "applicant"})
    assert lodged.status_code == 303, lodged.text
    with office.reading() as look:
        case = Case(look.session.scalars(select(IssuanceRequest.id)).one())
    people.enrol(case.request_id)
    assert "on duty until 06:00" in night.get(f"/cases/{case.request_id}").text

    sit_down(night, office, people, DECIDES)
    assert f"/decisions/{case.request_id}" in night.get("/decisions/").text
    page = night.get(f"/decisions/{case.request_id}").text
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in SEEN}
    assert night.submit(f"/decisions/{case.request_id}", seen).status_code == 303
    with office.reading() as look:
        document = look.session.scalars(select(Document)).one()
    case.document_id, case.number = document.id, document.number
    people.prepare(case.document_id)
    people.open_shift()
    people.make()

    sit_down(night, office, people, "clerk")
    assert "/showing/" in night.get("/").text
    assert f"/showing/{case.request_id}" in night.get("/showing/").text
    assert show(night, case, sent(office, people, case.document_id)).status_code == 303

    sit_down(night, office, people, CHECKS)
    assert f"/quality/{case.request_id}/shown" in night.get("/quality/").text
    page = night.get(night.get(f"/quality/{case.request_id}").location).text
    assert ("As it was ordered" in page, "order.jpg" in page) == (True, True)
    for name in ("front", "back", "order"):
        picture = Image.open(io.BytesIO(night.get(f"/quality/{case.request_id}/shown/{name}.jpg").data))
        assert picture.format == "JPEG"
    assert compare(night, case).location == "/quality/"
    assert (state_of(office, case), case_of(office, case.request_id).state) == ("checked", "ready")

    sit_down(night, office, people, "second_clerk")
    assert give(night, case.request_id, hand_over_fields(office, case.request_id, case.number)).status_code == 303
    assert state_of(office, case) == "valid"
    with office.reading() as look:
        by_roster = {event.act for event in look.session.scalars(select(AuditEvent)) if "of_centre" in event.details}
        assert by_roster >= {"request.approved", "document.checked", "document.picture_opened", "check.opened"}
        assert all(
            look.session.get_one(Centre, event.centre_id).code == "timisoara"
            for event in look.session.scalars(select(AuditEvent).where(AuditEvent.act.in_(by_roster)))
            if event.details.get("of_centre") == "galati"
        )


@carrying(TID)
def test_the_check_says_who_showed_it_and_the_pictures_go_at_the_hand_over(
    shown: Case, night: Browser, office: Office, people: SmallOffice
) -> None:
    assert compare(night, shown).status_code == 303
    with office.reading() as look:
        check = look.session.scalars(select(QualityCheck)).one()
        assert (check.officer_id, check.shown_by) == (people.actors[CHECKS].id, people.actors["clerk"].id)
        assert [(item["part"], item["method"]) for item in sorted(check.readings, key=lambda each: each["part"])] == [
            ("barcode", "picture"),
            ("mrz", "scanner"),
            ("seal", "picture"),
        ]
        kept = set(look.session.scalars(select(Blob.purpose)))
    assert {"shown-front", "shown-back", "shown-readings"} <= kept
    with office.act(SYSTEM) as act:
        retention.after_hand_over(act, shown.request_id)
    with office.reading() as look:
        assert not [name for name in look.session.scalars(select(Blob.purpose)) if name.startswith("shown")]


@carrying(TID)
def test_pictures_are_drawn_anew_and_kept_under_the_key_of_the_request(
    night: Browser, office: Office, people: SmallOffice, made: Case
) -> None:
    """What hides beside the pixels of a photograph, its place and device, does not come through."""
    sit_down(night, office, people, "clerk")
    values = sent(office, people, made.document_id)
    photo, exif = Image.open(values["front"][0]), Image.Exif()
    exif[0x010F] = "Secret Camera"
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif)
    assert b"Secret Camera" in out.getvalue()
    assert show(night, made, values | {"front": (io.BytesIO(out.getvalue()), "front.jpg")}).status_code == 303
    with office.reading() as look:
        row = look.session.scalars(select(Showing)).one()
        assert row.front_id is not None
        assert row.read_id is not None
        opened = look.vault.get(look.session, row.front_id)
        assert b"Secret Camera" not in opened
        assert opened[:8] not in look.session.get_one(Blob, row.front_id).encrypted
        parts = {each["part"] for each in json.loads(look.vault.get(look.session, row.read_id))}
        assert parts == {"mrz", "barcode", "seal"}


@carrying(TID)
def test_what_reads_otherwise_is_shown_again_and_rejected_the_second_time(
    night: Browser, office: Office, people: SmallOffice, made: Case
) -> None:
    other = sealed().hex()
    for turn in range(2):
        sit_down(night, office, people, "clerk")
        assert show(night, made, sent(office, people, made.document_id, seal=other)).status_code == 303
        sit_down(night, office, people, CHECKS)
        answer = compare(night, made)
        if not turn:
            assert (answer.location, state_of(office, made)) == ("/quality/", "personalised")
            listed = html.unescape(night.get("/quality/").text)
            assert "Nothing was rejected yet" in listed
            assert f"/quality/{made.request_id}/shown" not in listed
            sit_down(night, office, people, "clerk")
            assert "other pictures asked for" in night.get("/showing/").text
    assert "/rejected/" in answer.location
    assert state_of(office, made) == "cancelled"
    sit_down(night, office, people, CHECKS)
    assert "cancelled for ever" in night.get(answer.location).text


@carrying(TID)
def test_the_officer_asks_for_other_pictures(shown: Case, night: Browser, office: Office, people: SmallOffice) -> None:
    old = night.get(f"/quality/{shown.request_id}/shown").text
    asked = hidden(old) | {"what": "The back without glare"}
    assert night.submit(f"/quality/{shown.request_id}/shown/again", asked | {"what": ""}).status_code == 400
    assert night.submit(f"/quality/{shown.request_id}/shown/again", asked).status_code == 303
    assert night.submit(f"/quality/{shown.request_id}/shown", hidden(old)).status_code == 404
    sit_down(night, office, people, "operator")
    assert "The back without glare" in night.get(f"/showing/{shown.request_id}").text
    assert show(night, shown, sent(office, people, shown.document_id)).status_code == 303
    with office.reading() as look:
        assert len(look.session.scalars(select(Blob).where(Blob.purpose == "shown-back")).all()) == 1
    sit_down(night, office, people, CHECKS)
    stale = night.submit(f"/quality/{shown.request_id}/shown", hidden(old))
    assert (stale.status_code, "Other pictures are shown" in stale.text) == (409, True)
    assert compare(night, shown).status_code == 303
    assert state_of(office, shown) == "checked"


@carrying(TID)
def test_she_rejects_what_she_sees_and_types_nothing_herself(
    shown: Case, night: Browser, office: Office, people: SmallOffice
) -> None:
    desk = hidden(night.get(f"/quality/{shown.request_id}/shown").text) | {"document": str(shown.document_id)}
    parts = expected(office, people, shown.document_id)
    typed = {"mrz": "\n".join(lines(parts["mrz"])), "mrz-method": "typed", "picture": photograph(**barcode(parts))}
    refused = night.submit(f"/quality/{shown.request_id}", desk | typed)
    assert (refused.status_code, "You are not where this document is" in refused.text) == (403, True)
    answer = night.submit(f"/quality/{shown.request_id}/reject", desk | {"reason": "scratch across the portrait"})
    assert "/rejected/" in answer.location
    with office.reading() as look:
        assert look.session.scalars(select(QualityCheck)).one().shown_by == people.actors["clerk"].id


def barcode(parts: dict[str, str]) -> dict[str, str]:
    return {"text": parts["barcode"], "seal": parts["seal"]}


@carrying(TID)
def test_who_took_the_pictures_does_not_check_by_them(
    shown: Case, night: Browser, office: Office, people: SmallOffice
) -> None:
    with office.database.transaction() as session:
        session.scalars(select(Showing)).one().shown_by = people.actors[CHECKS].id  # type: ignore[assignment]
    refused = compare(night, shown)
    assert (refused.status_code, "who took the pictures" in refused.text) == (403, True)
    assert state_of(office, shown) == "personalised"


@carrying(TID)
@pytest.mark.parametrize("ends", ["the hours", "the roster"])
def test_after_her_hours_she_sees_and_does_nothing_there(
    shown: Case, night: Browser, office: Office, people: SmallOffice, clock: FixedClock, ends: str
) -> None:
    form = hidden(night.get(f"/quality/{shown.request_id}/shown").text)
    if ends == "the hours":
        clock.advance(dt.timedelta(hours=9))
        office.keep_time()
    else:
        with office.reading() as look:
            entry = look.session.scalars(select(Roster).where(Roster.role == CHECKS)).unique().one()
        sit_down(night, office, people, "supervisor")
        night.submit(f"/oversight/roster/{entry.id}/end")
    sit_down(night, office, people, CHECKS)
    answer = night.submit(f"/quality/{shown.request_id}/shown", form)
    assert (answer.status_code, "You are not on duty for this centre now" in answer.text) == (403, True)
    assert night.get(f"/quality/{shown.request_id}/shown/front.jpg").status_code == 403
    assert str(shown.request_id) not in night.get("/quality/").text
    assert state_of(office, shown) == "personalised"
    sit_down(night, office, people, "clerk")
    assert "Nobody is on duty for this now" in night.get(f"/showing/{shown.request_id}").text


@carrying(TID)
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"nobody_here": ""}, "nobody_here", "quality officer of this centre"),
        ({"back": (io.BytesIO(b"%PDF-1.7\n"), "back.pdf")}, "back", "PDF"),
        ({"front": (io.BytesIO(b"GIF89a"), "front.gif")}, "front", "JPEG"),
        ({"back": (io.BytesIO(b""), "")}, "back", "Choose a file"),
        ({"mrz": "I<ROU"}, "mrz", "does not add up"),
        ({"front-taken": "data:image/jpeg;base64,@@", "front": (io.BytesIO(b""), "")}, "front", "Choose a file"),
    ],
)
def test_what_cannot_be_shown_is_refused_beside_its_field(
    night: Browser, office: Office, people: SmallOffice, made: Case, changes: dict[str, Any], field: str, words: str
) -> None:
    sit_down(night, office, people, "clerk")
    answer = show(night, made, sent(office, people, made.document_id) | changes)
    assert answer.status_code == 400
    assert words in sentence_beside(answer, field)
    with office.reading() as look:
        assert look.session.scalars(select(Showing)).all() == []


@carrying(TID)
def test_a_picture_that_is_too_large_is_not_drawn_at_all(
    night: Browser, office: Office, people: SmallOffice, made: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "MOST_BYTES", 1000)
    sit_down(night, office, people, "clerk")
    taken = "data:image/jpeg;base64," + base64.b64encode(b"x" * 1001).decode()
    answer = show(night, made, sent(office, people, made.document_id) | {"front-taken": taken})
    assert "too large" in sentence_beside(answer, "front")
    assert "larger than" in sentence_beside(answer, "back")


@carrying(TID)
def test_without_an_officer_on_duty_nothing_is_shown(
    client: Browser, office: Office, people: SmallOffice, made: Case
) -> None:
    sit_down(client, office, people, "clerk")
    values = sent(office, people, made.document_id) | {"document": str(made.document_id)}
    answer = client.submit(f"/showing/{made.request_id}", values, content_type="multipart/form-data")
    assert (answer.status_code, "No quality officer of another centre is on duty" in answer.text) == (409, True)


def test_the_chip_is_read_there_before_it_is_compared(
    night: Browser, office: Office, people: SmallOffice, made: Case
) -> None:
    """A residence permit: whoever shows it starts the reader of the centre."""
    sit_down(night, office, people, "clerk")
    card = photograph("nothing of the permit")
    mrz = "\n".join(lines(expected(office, people, made.document_id)["mrz"]))
    values = {"nobody_here": "yes", "front": card, "back": photograph("its back"), "mrz": mrz, "mrz-method": "scanner"}
    assert show(night, made, values).status_code == 303
    sit_down(night, office, people, CHECKS)
    early = compare(night, made)
    assert (early.status_code, "The chip was not read yet" in early.text) == (400, True)
    sit_down(night, office, people, "operator")
    asked = {"document": str(made.document_id), "do": "chip"}
    assert night.submit(f"/showing/{made.request_id}", asked).status_code == 303
    answer_chip(office, people, made.document_id)
    assert "9 files" in night.get(f"/showing/{made.request_id}/chip").text
    sit_down(night, office, people, CHECKS)
    assert "9 files" in night.get(f"/quality/{made.request_id}/shown").text
    assert compare(night, made).status_code == 303
    assert state_of(office, made) == "checked"
    with office.reading() as look:
        assert quality.READ_AGAIN not in {event.act for event in look.session.scalars(select(AuditEvent))}
