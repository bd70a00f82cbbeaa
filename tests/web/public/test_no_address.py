"""Where somebody lives is on no public page, whatever is asked of it with the answers of the holder (E11)."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.routing import Rule

from issuance.actors import SYSTEM
from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.persons import people
from issuance.services.persons.versions import Made
from issuance.states import RequestState
from issuance.web.frame.auth import access_of
from issuance.web.public.parts.carried import carry
from tests.web.public.holder import BORN, KNOWN, ask, date_fields, lodged, words

STREET = "Str. Gheorghe Lazar 9"


def pages(app: Flask) -> list[Rule]:
    """Every public address that names nothing."""
    found = (rule for rule in app.url_map.iter_rules() if not rule.arguments)
    return [rule for rule in found if getattr(access_of(app, rule.endpoint), "kind", "") == "public"]


def test_no_public_page_says_where_somebody_lives(app: Flask, client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY)
    with office.act(SYSTEM) as act:
        person = act.session.scalars(select(IssuanceRequest)).one().person
        people.change(act, person, {"address": STREET}, Made("residence"))
        act.record("person.residence_recorded", person)
    with app.test_request_context():
        known = {"reference": KNOWN, **date_fields(BORN), "carried": carry(KNOWN, BORN), "language": "en"}
    opened = 0
    with capture_logs() as logs:
        assert "ready" in words(ask(client))
        for rule in pages(app):
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = client.open(rule.rule, method=method, data=known if method == "POST" else None)
                opened += answer.status_code < 400
                assert answer.status_code < 500, rule.rule
                assert STREET not in answer.text, rule.rule
                assert "Lazar" not in str(answer.headers), rule.rule
    assert opened > 10
    assert "Lazar" not in str(logs)
    with office.reading() as look:
        assert "Lazar" not in "".join(str(event.details) for event in look.session.scalars(select(AuditEvent)))
