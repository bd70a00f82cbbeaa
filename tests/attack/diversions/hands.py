"""What people of the office try by their own roles: at the desk, at the vault, with the bin and with each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from card_drivers.order import Outcome
from issuance.actors import Actor
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.models.supply import Balance, Parcel, Place
from issuance.services import centres, roles
from issuance.services.casework import decisions, enrolment, handover, overrides
from issuance.services.counts import asking
from issuance.services.life import minutes
from issuance.services.roles import Term
from issuance.services.stock import serials
from issuance.services.supply import destruction, parcel_lists, parcels
from issuance.services.supply.destruction import BLANKS
from issuance.services.supply.parcels import Packing
from issuance.states import BlankState
from tests.attack.diversions.registry import by
from tests.attack.diversions.scene import Scene, someone
from tests.integration.counts import test_counting as counting
from tests.integration.stock import test_losses as losing
from tests.integration.supply import test_deliveries as boxes
from tests.people import measured_portrait


@by("supervisor")
def stock_taken_from_the_vault(scene: Scene) -> None:
    """A card is taken out of the vault; the next count, blind and by somebody else, has one less."""
    count_id = counting.ask(scene.office, BlankState.IN_VAULT)
    counting.type_in(scene.office, count_id, "CT01 CT09")
    counting.end(scene.office, count_id)


@by("operator")
def stock_taken_from_the_feeder(scene: Scene) -> None:
    """Two cards are taken out of the feeder; whoever is drawn to count it has two less."""
    place = _place(scene, "at_station")
    with scene.office.act(scene.office.actors["supervisor"]) as act:
        count_id = asking.ask(act, act.session.get_one(Place, place), "booklet-blue").id
    counting.type_in(scene.office, count_id, "booklet-blue-1 booklet-blue-9\nbooklet-blue-10 booklet-blue-17")
    counting.end(scene.office, count_id)


def _place(scene: Scene, kind: str) -> UUID:
    query = sa.select(Balance.place_id).join(Place, Place.id == Balance.place_id).where(Place.kind == kind)
    with scene.office.reading() as look:
        found = look.session.scalars(query.where(Balance.stock == "booklet-blue")).first()
        assert found is not None
        return found


@by("supervisor")
def counted_by_themselves(scene: Scene) -> None:
    """Whoever took it counts it, and says that all is there."""
    count_id = counting.ask(scene.office, BlankState.IN_VAULT)
    supervisor = scene.office.actors["supervisor"]
    scene.refused(lambda: counting.type_in(scene.office, count_id, "CT01 CT10", who=supervisor))


@by("supervisor")
def declared_missing(scene: Scene) -> None:
    """A card is taken, and declared missing as if it had been lost."""
    losing.lose(scene.office, "CT01")


@by("supervisor and operator")
def box_counted_short(scene: Scene) -> None:
    """Two persons say that one card less came than the supplier announced."""
    boxes.count(scene.office, boxes.announce(scene.office, "CT21 CT30"), "CT21 CT29")


@by("supervisor")
def box_counted_alone(scene: Scene) -> None:
    """Whoever announced a box counts it alone."""
    box = boxes.announce(scene.office, "CT21 CT30")
    scene.refused(lambda: boxes.count(scene.office, box, "CT21 CT29", who="supervisor"))


@by("clerk")
def found_blank_kept(scene: Scene) -> None:
    """Somebody finds a blank that was missing, and tells nobody; it was named when it went."""
    losing.lose(scene.office, "CT02")


@by("operator and supervisor")
def false_destruction(scene: Scene) -> None:
    """Two persons sign that a spoiled card was shredded, and one of them keeps it; used again it is an alert."""
    office = scene.office
    _spoiled(scene)
    serial = scene.read(sa.text("SELECT serial FROM blank WHERE state = 'spoiled'"))
    with office.act(office.actors["quality_officer"]) as act:
        key = destruction.begin(act, [serial]).id
    with office.act(office.actors["supervisor"]) as act:
        destruction.witness(act, minutes.opened(act, key, BLANKS), "shredded")
    case = office.carry("claimed", someone("Rana", 60))
    office.make(Outcome.SPOILED, case.claim, step="print", blank_serial=serial)


@by("operator")
def destroyed_alone(scene: Scene) -> None:
    """Whoever spoiled a card also witnesses that it was destroyed."""
    office = scene.office
    _spoiled(scene)
    serial = scene.read(sa.text("SELECT serial FROM blank WHERE state = 'spoiled'"))
    with office.act(office.actors["operator"]) as act:
        key = destruction.begin(act, [serial]).id
    with office.act(office.actors["operator"]) as act:
        scene.refused(lambda: destruction.witness(act, minutes.opened(act, key, BLANKS), "shredded"))


def _spoiled(scene: Scene) -> None:
    """The card of the order that waits is spoiled, and its number with it."""
    scene.office.make(Outcome.SPOILED, scene.office.claim(), step="print")


def _parcel(scene: Scene) -> tuple[UUID, Actor]:
    """A parcel of five cards is on its way; and a keeper of the other centre."""
    office = scene.office
    with office.act(office.actors["supervisor"]) as act:
        other = centres.named(act, "galati")
        packing = Packing(other, "S 4711", serials.listed("CT01 CT05"))
        key = parcels.pack(act, centres.named(act, "timisoara"), packing).id
        there = other.id
    with office.act(office.actors["operator"]) as act:
        parcels.send(act, parcel_lists.opened(act, key), "s4711")
    return key, Actor(scene.id_of("quality_officer"), there, frozenset({RoleName.SUPERVISOR}))


@by("a driver")
def parcel_never_comes(scene: Scene) -> None:
    """A parcel is diverted on its way and comes nowhere."""
    _parcel(scene)
    scene.office.clock.advance(dt.timedelta(days=7))


@by("a driver")
def parcel_opened(scene: Scene) -> None:
    """A parcel comes with one card less."""
    key, keeper = _parcel(scene)
    with scene.office.act(keeper) as act:
        parcels.count(act, parcel_lists.opened(act, key), "S 4711", serials.listed("CT01 CT04"))
    other = replace(keeper, id=scene.id_of("clerk"))
    with scene.office.act(other) as act:
        parcels.acknowledge(act, act.session.get_one(Parcel, key))


@by("supervisor")
def parcel_acknowledged_by_the_sender(scene: Scene) -> None:
    """Whoever packed a parcel also says at the other centre that it came."""
    key, keeper = _parcel(scene)
    sender = replace(keeper, id=scene.id_of("supervisor"))
    with scene.office.act(sender) as act:
        row = act.session.get_one(Parcel, key)
        scene.refused(lambda: parcels.count(act, row, "S 4711", serials.listed("CT01 CT05")))


@by("clerk")
def swapped_at_the_hand_over(scene: Scene) -> None:
    """Another document is scanned than that of the request."""
    delivered = scene.cases["delivered"].number
    scene.refused(lambda: scene.office.hand_over(scene.cases["ready"].request_id, delivered))


@by("clerk")
def card_swapped_in_the_hand(scene: Scene) -> None:
    """The right number is scanned, and another card is given: two cards change hands and no row."""
    scene.office.hand_over(scene.cases["ready"].request_id, scene.cases["ready"].number)


@by("clerk")
def handed_over_by_the_lodger(scene: Scene) -> None:
    """Whoever lodged a request also hands its document over."""
    office = scene.office
    office.actors["second_clerk"] = office.actors["clerk"]
    scene.refused(lambda: office.hand_over(scene.cases["ready"].request_id, scene.cases["ready"].number))


@by("quality officer")
def handed_over_unchecked(scene: Scene) -> None:
    """A document that nobody checked is handed over."""
    office = scene.office
    case = office.carry("complete", someone("Rana", 60))
    with office.act(office.actors["second_clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, case.request_id)
        meeting = handover.Meeting("portrait", "RPR0000001", refusal="ill")
        scene.refused(lambda: handover.hand_over(act, request, meeting))


@by("clerk")
def approved_by_the_lodger(scene: Scene) -> None:
    """Whoever lodged a request also approves it."""
    office = scene.office
    office.actors["decision_officer"] = replace(office.actors["clerk"], roles=frozenset({RoleName.DECISION_OFFICER}))
    scene.refused(lambda: office.approve(scene.cases["complete"].request_id))


@by("clerk")
def photo_swapped_after_approval(scene: Scene) -> None:
    """Another portrait is taken after the approval."""
    office = scene.office
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, scene.cases["queued"].request_id)
        scene.refused(lambda: enrolment.add_portrait(act, request, measured_portrait(), "captured"))


@by("clerk and decision officer")
def entitlement_invented(scene: Scene) -> None:
    """Both type the same decision, which nobody took; honest people make the document and hand it over."""
    office, invented = scene.office, ("99/2026", dt.date(2026, 10, 5))
    lodging = replace(someone("Rana", 60), source="hand", decision_number=invented[0], decision_date=invented[1])
    request_id = office.lodge(lodging)
    office.enrol(request_id)
    office.approve(request_id, decisions.Entitlement(*invented))


@by("decision officer")
def override_given_to_oneself(scene: Scene) -> None:
    """Whoever asks for leave to do a second duty gives it, or closes it."""
    office = scene.office
    officer = replace(office.actors["quality_officer"], roles=frozenset({RoleName.CLERK, RoleName.SUPERVISOR}))
    with office.act(officer) as act:
        request = act.session.get_one(IssuanceRequest, scene.cases["ready"].request_id)
        row = overrides.ask(act, request, DutyName.HAND_OVER, "Nobody else is here.")
        scene.refused(lambda: overrides.give(act, row, "I stood beside."))
    with office.act(office.actors["clerk"]) as act:
        overrides.give(act, overrides.own(act, row.id), "I stood beside.")
    with office.act(officer) as act:
        scene.refused(lambda: overrides.close(act, overrides.own(act, row.id)))


@by("clerk and quality officer")
def override_between_two(scene: Scene) -> None:
    """Two give each other leave for a second duty; a supervisor who is neither is missing."""
    office = scene.office
    officer = replace(office.actors["quality_officer"], roles=frozenset({RoleName.CLERK}))
    case = scene.cases["ready"]
    with office.act(officer) as act:
        request = act.session.get_one(IssuanceRequest, case.request_id)
        row = overrides.ask(act, request, DutyName.HAND_OVER, "Nobody else is here.")
    with office.act(office.actors["clerk"]) as act:
        overrides.give(act, overrides.own(act, row.id), "I stood beside.")
    office.actors["second_clerk"] = officer
    scene.refused(lambda: office.hand_over(case.request_id, case.number))


@by("administrator")
def role_given_alone(scene: Scene) -> None:
    """An administrator gives a role and agrees to it, or takes one."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        account = act.session.get_one(Staff, scene.id_of("clerk"))
        row = roles.give(act, account, Term(RoleName.OPERATOR, office.clock.today()))
        scene.refused(lambda: roles.agree(act, account, row))
    with office.act(office.actors["administrator"]) as act:
        own = act.session.get_one(Staff, scene.id_of("administrator"))
        scene.refused(lambda: roles.give(act, own, Term(RoleName.CLERK, office.clock.today())))


@by("two administrators")
def puppet_account(scene: Scene) -> None:
    """Two administrators give a role to an account that is nobody's, to do a duty with it."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        account = act.session.get_one(Staff, scene.id_of("clerk"))
        waits = roles.give(act, account, Term(RoleName.OPERATOR, office.clock.today())).id
    with office.act(office.actors["second_administrator"]) as act:
        account = act.session.get_one(Staff, scene.id_of("clerk"))
        roles.agree(act, account, roles.of_account(account, waits))


@by("clerk")
def found_wrong_to_keep_the_card(scene: Scene) -> None:
    """A good document is said to be wrong, to keep its card: its number is void, and the card has to lie in the bin."""
    office, case = scene.office, scene.cases["ready"]
    with office.act(office.actors["second_clerk"]) as act:
        handover.find_wrong(act, act.session.get_one(IssuanceRequest, case.request_id), "scratched")
    assert not scene.holds(case.number)
