"""Which page modules make which surface. A module has a `blueprint` and, when it has queues, `QUEUES`."""

from __future__ import annotations

from types import ModuleType

from issuance.web import health, home

SURFACES: dict[str, tuple[ModuleType, ...]] = {
    "staff": (home,),
    "public": (),
    "stations": (),
}
ALWAYS: tuple[ModuleType, ...] = (health,)
