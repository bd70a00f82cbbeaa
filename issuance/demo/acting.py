"""Who acts for the demonstration's applicants: a body with an account, one file that it may see; two interpreters."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from issuance.actors import Actor
from issuance.acts import Act
from issuance.law.persons.consent import consent_text
from issuance.models.interpreters import Interpreter
from issuance.models.mandates import Body, BodyAccount, Consent, Mandate
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, Staff
from issuance.office import Office

UNHCR = "UNHCR România"
INTERPRETERS = {"Haddad Rana": "ar fr", "Ivanenko Petro": "uk ru"}
HOURS = "Mo-Fr 09:00-12:00"


def bring(office: Office, actor: Actor) -> None:
    """What is not there yet, once the first request is."""
    with office.act(actor) as act:
        request = act.session.scalars(select(IssuanceRequest).order_by(IssuanceRequest.id)).first()
        if request is not None and act.session.scalar(select(Body.id)) is None:
            _partner(act, request)
            _interpreters(act, request.centre)


def _partner(act: Act, request: IssuanceRequest) -> None:
    now, today = act.clock.now(), act.clock.today()
    clerk, first, second, partner = (
        _account(act, name) for name in ("clerk", "administrator", "administrator2", "partner")
    )
    body = Body(name=UNHCR, kind="unhcr", added_by=first.id, added_at=now)
    act.session.add(body)
    act.session.flush()
    given = {"added_by": first.id, "added_at": now, "agreed_by": second.id, "agreed_at": now}
    act.session.add(BodyAccount(staff_id=partner.id, body_id=body.id, **given))
    what = {"kind": "unhcr", "relation": "UNHCR", "scopes": "see_status see_file", "granted_by": "person"}
    who = {"person_id": request.person_id, "body_id": body.id, "holder_name": body.name, "given_by": clerk.id}
    mandate = Mandate(**what, **who, evidence="formular 3", from_day=today, given_at=now)
    act.session.add(mandate)
    act.session.flush()
    read = {"text_version": consent_text().version.isoformat(), "language": "ar", "interpreter": "Haddad Rana"}
    consent = Consent(mandate_id=mandate.id, **read, given_on=today, recorded_by=clerk.id, recorded_at=now)
    act.session.add(consent)
    act.record("person.mandate_given", request, request.person, mandate, kind=mandate.kind)
    act.record("consent.given", request, request.person, mandate, consent, language=consent.language)


def _interpreters(act: Act, centre: Centre) -> None:
    began = act.clock.today() - dt.timedelta(days=30)
    for name, languages in INTERPRETERS.items():
        row = Interpreter(centre_id=centre.id, name=name, languages=languages, hours=HOURS, from_day=began)
        act.session.add(row)
        act.record("interpreter.added", row, centre_id=centre.id)


def _account(act: Act, name: str) -> Staff:
    return act.session.scalars(select(Staff).where(Staff.email == f"{name}@liman.example")).unique().one()
