"""How much time a centre has for those who come: counters, minutes a person, and what is kept for who comes without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.appointments import RESERVE, Capacity, Purpose
from issuance.models.staff import Centre
from issuance.services import centres

LIMITS = {"counters": (0, 50), "minutes": (1, 120), "reserve": (0, 90)}
"""The least and the most of what a centre may give."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a centre gives to a purpose; without counters nobody makes an appointment for it. `reserve` is per cent."""

    counters: int
    minutes: int
    reserve: int = RESERVE


NOTHING = Given(0, 15)


def given(look: Look, centre_id: UUID) -> dict[Purpose, Given]:
    """What a centre gives to each purpose; NOTHING where it did not say."""
    rows = look.session.scalars(select(Capacity).where(Capacity.centre_id == centre_id))
    said = {Purpose(row.purpose): Given(row.counters, row.minutes, row.reserve) for row in rows}
    return {purpose: said.get(purpose, NOTHING) for purpose in Purpose}


def give(act: Act, centre: Centre, wanted: Mapping[Purpose, Given]) -> None:
    """Say what the centre gives from now on; what is booked stays. InvalidInput names the field."""
    centres.check_here(act, centre)
    for purpose, each in wanted.items():
        _check(purpose, each)
    before = given(act, centre.id)
    changed = [purpose for purpose in Purpose if wanted.get(purpose, before[purpose]) != before[purpose]]
    if not changed:
        raise Conflict("This is what the centre gives already. Change it, or leave the page.")
    for purpose in changed:
        _keep(act, centre.id, purpose, wanted[purpose])
    numbers = {f"{purpose}_{name}": number for purpose in changed for name, number in asdict(wanted[purpose]).items()}
    act.record("centre.capacity_given", centre, centre_id=centre.id, **numbers)


def _check(purpose: Purpose, wanted: Given) -> None:
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(wanted, name) <= most:
            message = "Give a whole number from %(least)s to %(most)s."
            raise InvalidInput(f"{purpose}_{name}", message, least=least, most=most)


def _keep(act: Act, centre_id: UUID, purpose: Purpose, wanted: Given) -> None:
    query = select(Capacity).where(Capacity.centre_id == centre_id, Capacity.purpose == purpose)
    row = act.session.scalar(query)
    if row is None:
        act.session.add(Capacity(centre_id=centre_id, purpose=purpose, **asdict(wanted)))
        return
    row.counters, row.minutes, row.reserve = wanted.counters, wanted.minutes, wanted.reserve
