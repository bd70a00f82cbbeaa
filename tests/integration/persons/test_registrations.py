"""Applications for protection are registered within the term of the law, or late with a reason (E22)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from issuance.errors import Conflict, InvalidInput, LimanError, NotFound, RuleViolation
from issuance.models.requests import IssuanceRequest, Registration
from issuance.services.imports import reading
from issuance.services.persons import registrations
from tests.fixtures.databases import on_sqlite
from tests.integration.imports.test_lines import ROW, bring, file_of
from tests.people import LAYLA, SmallOffice, changed

CERTIFICATE = changed(LAYLA, document_type="RC", status="applicant", decision_number="", decision_date=None)
D = dt.date
TODAY = D(2026, 11, 2)


def lodge(office: SmallOffice, name: str = "Layla", **changes: Any) -> UUID:
    reference = f"2026/TM/{name}"
    return office.lodge(changed(CERTIFICATE, given_names=name, native_name="", case_reference=reference, **changes))


def registration(office: SmallOffice, request_id: UUID) -> Registration | None:
    with office.reading() as look:
        return registrations.of(look, look.session.get_one(IssuanceRequest, request_id))


def explain(office: SmallOffice, request_id: UUID, because: str, role: str = "supervisor") -> None:
    with office.act(office.actors[role]) as act:
        registrations.explain(act, act.session.get_one(IssuanceRequest, request_id), because)


@pytest.mark.parametrize(
    ("applied_on", "applied_at", "due_on", "late"),
    [
        (None, "inspectorate", D(2026, 11, 7), 0),
        (D(2026, 10, 28), "inspectorate", D(2026, 11, 2), 0),
        (D(2026, 10, 27), "elsewhere", D(2026, 11, 1), 1),
        (D(2026, 10, 18), "influx", D(2026, 11, 2), 0),
        (D(2026, 10, 17), "influx", D(2026, 11, 1), 1),
        (D(2026, 6, 11), "inspectorate", D(2026, 6, 16), 139),  # of the old directive: 3 working days
    ],
)
def test_the_term_counts_from_the_day_and_place_of_the_application(
    office: SmallOffice, applied_on: dt.date | None, applied_at: str, due_on: dt.date, late: int
) -> None:
    row = registration(office, lodge(office, applied_on=applied_on, applied_at=applied_at))
    assert row is not None
    assert (row.made_on, row.registered_on, row.due_on) == (applied_on or TODAY, TODAY, due_on)
    assert registrations.days_late(row) == late


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"applied_on": D(2026, 11, 3)}, InvalidInput, "applied_on"),
        ({"applied_on": D(2015, 7, 19)}, RuleViolation, "applied_on"),
        ({"applied_at": "moon"}, InvalidInput, "applied_at"),
        ({"applied_on": D(2026, 11, 1), "document_type": "TID"}, InvalidInput, "applied_on"),
    ],
)
def test_what_cannot_be_is_refused(
    office: SmallOffice, changes: dict[str, Any], refusal: type[LimanError], field: str
) -> None:
    with pytest.raises(refusal) as caught:
        lodge(office, **changes)
    assert caught.value.field == field  # type: ignore[attr-defined]


@on_sqlite
def test_other_documents_register_no_application(office: SmallOffice) -> None:
    assert registration(office, office.lodge()) is None


def test_the_late_are_listed_until_somebody_says_why(office: SmallOffice) -> None:
    _, late, worse = (
        lodge(office, name, applied_on=day)
        for name, day in [("Layla", None), ("Amina", D(2026, 10, 1)), ("Nour", D(2026, 9, 1))]
    )
    explain(office, late, "influx")
    with office.reading(office.actors["supervisor"]) as look:
        centre = look.actor.centre_id
        unsaid, said = (
            [(row.request_id, row.late_because) for row in registrations.late(look, centre, said=each)]
            for each in (False, True)
        )
        assert (unsaid, said) == ([(worse, "")], [(late, "influx")])
        assert registrations.late(look, None) == registrations.late(look, centre)
        assert registrations.unexplained(look, centre) == 1


@on_sqlite
def test_only_what_was_late_is_explained(office: SmallOffice) -> None:
    in_time, late = lodge(office), lodge(office, "Amina", applied_on=D(2026, 10, 1))
    with pytest.raises(Conflict, match="in time"):
        explain(office, in_time, "influx")
    with pytest.raises(InvalidInput, match="sent_late"):
        explain(office, late, "because")
    with pytest.raises(NotFound):
        explain(office, office.lodge(changed(LAYLA, given_names="Nour", native_name="")), "influx")


@on_sqlite
def test_case_handling_s_file_may_say_when_it_was_made(office: SmallOffice) -> None:
    applicant = ROW | {"document_type": "RC", "status": "applicant", "decision_number": "", "decision_date": ""}
    said = applicant | {"applied_on": "2026-10-20", "applied_at": "elsewhere"}
    assert bring(office, file_of(said, columns=[*reading.COLUMNS, *reading.OPTIONAL])) == (1, 0)
    with office.reading() as look:
        (row,) = registrations.late(look, None)
        assert (row.made_on, row.place, row.due_on) == (D(2026, 10, 20), "elsewhere", D(2026, 10, 25))
    wrong = file_of(said | {"applied_at": "moon"}, columns=[*reading.COLUMNS, *reading.OPTIONAL])
    assert [line.error.field for line in reading.read_lines(wrong).wrong] == ["applied_at"]  # type: ignore[attr-defined]
