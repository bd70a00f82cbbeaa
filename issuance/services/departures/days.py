"""The last day on which a centre can hand a document over before somebody leaves."""

from __future__ import annotations

import datetime as dt

from issuance.clock import OFFICE_ZONE
from issuance.errors import InvalidInput, RuleViolation
from issuance.law.documents.departures import DepartureRules, departure_rules_on
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.values.calendar import is_working_day
from issuance.values.hours import open_on

FIELD = "leaves_on"


def needed_by(request: IssuanceRequest, leaves_on: dt.date, now: dt.datetime) -> dt.date:
    """The day by which this request's document is handed over, so that its holder can leave on a day.

    InvalidInput for a day that is over, is not urgent, or before which the centre does not work any more;
    RuleViolation when the term of the law gives the document before it anyway.
    """
    today = now.astimezone(OFFICE_ZONE).date()
    rules = departure_rules_on(today)
    if leaves_on < today:
        raise InvalidInput(FIELD, "This day is over. Give the day on which the person leaves.")
    if leaves_on > today + dt.timedelta(days=rules.most_days):
        message = "This is more than %(days)s days away. Note it when the departure is nearer."
        raise InvalidInput(FIELD, message, days=rules.most_days)
    found = _last(request.centre, leaves_on, now, rules)
    if found is None:
        message = "The centre does not work any more before this day. Ask a supervisor of a centre that does."
        raise InvalidInput(FIELD, message)
    if today < request.due_on <= found:
        message = "By the term of the law the document is there on %(day)s, before this departure. Nothing goes ahead."
        day = f"{request.due_on:%d.%m.%Y}"
        raise RuleViolation("E25", rules.legal_basis.en, message, field=FIELD, day=day)
    return found


def _last(centre: Centre, leaves_on: dt.date, now: dt.datetime, rules: DepartureRules) -> dt.date | None:
    """The last open day so long before it; else the last one until it, the day itself included."""
    today = now.astimezone(OFFICE_ZONE).date()
    days = [today + dt.timedelta(days=ahead) for ahead in range((leaves_on - today).days + 1)]
    works = [day for day in days if _works(centre, day, now)]
    before = [day for day in works if day <= leaves_on - dt.timedelta(days=rules.days_before)]
    return max(before or works, default=None)


def _works(centre: Centre, day: dt.date, now: dt.datetime) -> bool:
    """Whether the centre hands over on a day; of today, whether it does so still. Without hours: on working days."""
    if not centre.opening_hours:
        return is_working_day(day)
    return any(
        dt.datetime.combine(day, closing, OFFICE_ZONE) > now for _, closing in open_on(centre.opening_hours, day)
    )
