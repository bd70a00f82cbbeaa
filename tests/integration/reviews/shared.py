"""A review carried step by step, each its own transaction, as in the office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.clock import OFFICE_ZONE
from issuance.law.persons.consent import consent_text
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.mandates import bodies
from issuance.services.mandates.consents import Said
from issuance.services.reviews import decisions, deliveries, ending, files, hearings, partaking
from issuance.services.reviews.decisions import Appeal, Proposal
from issuance.services.reviews.deliveries import Delivered
from issuance.services.reviews.files import Opening
from issuance.services.reviews.hearings import Heard
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.people import LAYLA, SmallOffice, changed

SUBSIDIARY = changed(LAYLA, document_type="RP-S", status="subsidiary")
OPENING = Opening(("98-a",), "ex_officio", "A passport was asked for at the embassy.")
STATUS_OF = {"refugee": LAYLA, "subsidiary": SUBSIDIARY}


def day(office: SmallOffice) -> dt.date:
    return office.clock.today()


def at_ten(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(10), OFFICE_ZONE)


def days_pass(office: SmallOffice, days: int) -> None:
    office.clock.advance(dt.timedelta(days=days))
    office.keep_time()


def second_officer(office: SmallOffice) -> Actor:
    """Another decision officer of the same centre."""
    if "second_officer" not in office.actors:
        with office.act(SYSTEM) as act:
            here, roles = centres.named(act, "timisoara"), [RoleName.DECISION_OFFICER]
            account = accounts.add_account(
                act, NewAccount("officer2@test.example", "o2", here, roles, "-", given=False)
            )
            office.actors["second_officer"] = Actor(account.id, account.centre_id, frozenset(roles))
    return office.actors["second_officer"]


def elsewhere(office: SmallOffice, role: str) -> Actor:
    with office.reading() as look:
        return replace(office.actors[role], centre_id=centres.named(look, "galati").id)


class Walk:
    """The review of the person of one case."""

    def __init__(self, office: SmallOffice, request_id: UUID) -> None:
        self.office, self.request_id = office, request_id
        self.review_id = request_id  # until it is opened

    def do(self, role: str | Actor, what: Callable[[Act, Review], object]) -> object:
        actor = self.office.actors[role] if isinstance(role, str) else role
        with self.office.act(actor) as act:
            return what(act, files.own(act, self.review_id))

    @property
    def row(self) -> Review:
        with self.office.reading(self.office.actors["decision_officer"]) as look:
            return files.own(look, self.review_id)

    @property
    def state(self) -> str:
        return str(self.row.state)

    def open(self, opening: Opening = OPENING, role: str = "decision_officer") -> Walk:
        with self.office.act(self.office.actors[role]) as act:
            self.review_id = files.open_file(act, act.session.get_one(IssuanceRequest, self.request_id), opening).id
        return self

    def notified(self, role: str = "clerk", **changes: object) -> Walk:
        delivered = self.delivered(**changes)
        self.do(role, lambda act, review: deliveries.notify(act, review, delivered))
        return self

    def delivered(self, **changes: object) -> Delivered:
        return replace(Delivered(day(self.office), "at_the_desk", "ar", "Samir Haddad"), **changes)  # type: ignore[arg-type]

    def fixed(self, on: dt.date) -> Walk:
        self.do("decision_officer", lambda act, review: hearings.fix(act, review, at_ten(on), "room 4"))
        return self

    def consented(self, **changes: object) -> Walk:
        """The person lets the office of UNHCR see the file."""
        with self.office.reading() as look:
            known = partaking.offices(look)
        if not known:
            with self.office.act(self.office.actors["administrator"]) as act:
                known = [bodies.add(act, "UNHCR Romania", partaking.KIND)]
        office_id = known[0].id
        said = replace(Said("ar", consent_text().version.isoformat(), "Haddad Rana"), **changes)  # type: ignore[arg-type]
        self.do("clerk", lambda act, review: partaking.consent(act, review, office_id, said))
        return self

    def invited(self, **changes: object) -> Walk:
        delivered = self.delivered(**changes)
        self.do("clerk", lambda act, review: deliveries.invite(act, review, delivered))
        return self

    def heard(self, how: str = "interview", role: str = "decision_officer", on: dt.date | None = None) -> Walk:
        heard = Heard(how, on or day(self.office), "PV 12/2026")
        self.do(role, lambda act, review: hearings.hear(act, review, heard))
        return self

    def explained(self, **changes: object) -> Walk:
        delivered = self.delivered(**changes)
        self.do("clerk", lambda act, review: hearings.explain(act, review, delivered))
        return self

    def proposed(self, outcome: str = "ceased", *, leaves: bool = False) -> Walk:
        proposal = Proposal(outcome, "R-7/2026", "The protection of the country was asked for.", leaves)
        self.do("decision_officer", lambda act, review: decisions.propose(act, review, proposal))
        return self

    def agreed(self) -> Walk:
        self.do(second_officer(self.office), decisions.agree)
        return self

    def communicated(self, **changes: object) -> Walk:
        delivered = self.delivered(**changes)
        self.do("clerk", lambda act, review: deliveries.communicate(act, review, delivered))
        return self

    def decided(self, outcome: str = "ceased") -> Walk:
        """From the opening to the delivered decision, in a day."""
        return self.notified().heard().proposed(outcome).agreed().communicated()

    def appealed(self, on: dt.date | None = None) -> Walk:
        lodged = Appeal(on or day(self.office), "4411/2026")
        self.do("supervisor", lambda act, review: decisions.appeal(act, review, lodged))
        return self

    def settled(self, result: str, on: dt.date | None = None) -> Walk:
        said = Appeal(on or day(self.office), "court of Timișoara, 99/2026")
        self.do("decision_officer", lambda act, review: decisions.settle(act, review, result, said))
        return self

    def final(self) -> Walk:
        self.do("decision_officer", ending.withdraw)
        return self

    def term_over(self) -> Walk:
        """Until the day after the last one of the appeal."""
        until = self.row.appeal_until
        assert until is not None
        days_pass(self.office, (until - day(self.office)).days + 1)
        return self
