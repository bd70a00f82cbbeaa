"""The page of who acts for a person, which every act on a mandate comes back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from issuance.acts import Look
from issuance.law.persons.families import families, mandate_kinds
from issuance.models.mandates import Consent, Mandate
from issuance.models.notices import ChannelName, Contact
from issuance.models.requests import IssuanceRequest
from issuance.services.mandates import asking, bodies, consents, giving, uses
from issuance.services.notices import channels, contacts, representatives
from issuance.services.persons import guardians
from issuance.web.case import access
from issuance.web.case.card import card
from issuance.web.case.families import MANDATE_KINDS, SCOPES, USES
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language

WHY_NO_GUARDIAN: dict[str, Any] = {
    "family_found": lazy_gettext("A parent or responsible adult was found"),
    "of_age": lazy_gettext("The person is of age"),
    "mistaken": lazy_gettext("The child never was alone"),
}
GRANTORS: dict[str, Any] = {
    "person": lazy_gettext("The person"),
    "guardian": lazy_gettext("The guardian or representative of a minor, in the minor's name"),
    "authority": lazy_gettext("An authority or a court"),
    "law": lazy_gettext("The law itself: a parent"),
    "holder": lazy_gettext("Somebody who acts by a mandate"),
}
WHY_ENDED: dict[str, Any] = {
    "person": lazy_gettext("The person took it back"),
    "holder": lazy_gettext("Whoever acted gave it up"),
    "authority": lazy_gettext("An authority or a court ended it"),
    "over": lazy_gettext("It is over otherwise"),
    "mistaken": lazy_gettext("It was recorded by mistake"),
}
ENDED_WORDS = WHY_ENDED | {giving.FORGOTTEN: lazy_gettext("Whoever acted is not known any more")}


@dataclass(frozen=True, slots=True)
class Acting:
    """A mandate that has not ended: what it allows today, the consent to it, where its holder is written to."""

    row: Mandate
    today: Sequence[str]
    needs_consent: bool
    consent: Consent | None
    contact: Contact | None
    address: str


def done(request_id: UUID, message: str) -> ResponseReturnValue:
    """Back to the page, which says what was done."""
    flash(message, "done")
    return redirect(url_for("family.mandates.show", request_id=request_id), 303)


def page(request_id: UUID, **sent: Form) -> ResponseReturnValue:
    """The page with the forms that were sent and refused."""
    with access.looking(request_id) as (look, found):
        rows, lone_child = giving.of(look, found.person), guardians.waiting_for(look, found.person)
        usual = {"kind": "guardian", "scopes": list(mandate_kinds()["guardian"].scopes)} if lone_child else {}
        page = render_template(
            "family/mandates.html",
            case=found,
            card=card(look, found),
            acting=_acting(look, found, rows),
            ended=[row for row in rows if row.ended_at],
            uses=uses.of(look, found.person),
            lone_child=lone_child,
            now=look.clock.now(),
            term=families().guardian,
            language=language(),
            forms={"give": Form(usual), "stop": Form(), "act": Form()} | sent,
            bodies=[(body.id, body.name) for body in bodies.acting(look)],
            writes=ChannelName.EMAIL in channels.names(look.settings),
            **_words(),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _acting(look: Look, found: IssuanceRequest, rows: list[Mandate]) -> list[Acting]:
    allowed = {scope: {row.id for row in asking.who_may(look, found.person, scope)} for scope in asking.SCOPES}
    written_to = representatives.live(look, found.person)
    shown = []
    for row in rows:
        if row.ended_at is None:
            contact, needs = written_to.get(row.id), consents.is_needed(row)
            today = [scope for scope, by in allowed.items() if row.id in by]
            address = contacts.address_of(look, contact) if contact else ""
            shown.append(Acting(row, today, needs, consents.live(look, row) if needs else None, contact, address))
    return shown


def _words() -> dict[str, object]:
    return {
        "kinds": [(code, str(MANDATE_KINDS[code]), _may(code)) for code in MANDATE_KINDS],
        "kind_words": MANDATE_KINDS,
        "scopes": options(SCOPES.items()),
        "scope_words": SCOPES,
        "grantors": options(GRANTORS.items()),
        "grantor_words": GRANTORS,
        "why_ended": options(WHY_ENDED.items()),
        "ended_words": ENDED_WORDS,
        "why_no_guardian": options(WHY_NO_GUARDIAN.items()),
        "use_words": USES,
    }


def _may(kind: str) -> str:
    """All that a kind of mandate may allow, in words."""
    return ", ".join(str(SCOPES[scope]) for scope in mandate_kinds()[kind].most)
