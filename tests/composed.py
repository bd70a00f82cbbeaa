"""Orders as the register's composer makes them, for tests of what drivers print: specimens, each composed once."""

from __future__ import annotations

import uuid
from functools import cache

from card_drivers.order import ChipPart, Face, Order
from issuance import document_types
from issuance.services.production.orders import face_of
from printing.faces.compose import compose
from tests.faces import content
from tests.unit.station.orders import CHIP


@cache
def faces(code: str) -> tuple[Face, ...]:
    """The faces of a document type."""
    template = document_types.get(code).template()
    return tuple(face_of(artwork) for artwork in compose(content(), template, specimen=True))


def order(code: str = "RP-R", chip: ChipPart | None = None, **changes: object) -> Order:
    """An order for a document of this type, without its chip unless there is one."""
    values: dict[str, object] = {
        "order_id": uuid.uuid4(),
        "claim_id": uuid.uuid4(),
        "document_type": code,
        "stock": document_types.get(code).stock,
        "faces": faces(code),
        "chip": chip,
    }
    return Order.model_validate(values | changes)


def with_chip() -> Order:
    """A residence permit with a small chip."""
    return order(chip=CHIP)
