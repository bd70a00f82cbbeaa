"""Which page modules make which surface. A module has a `blueprint` and, when it has queues, `QUEUES`."""

from __future__ import annotations

from types import ModuleType

from issuance.web import (
    cases,
    casework,
    decisions,
    desk,
    enrolment,
    handover,
    health,
    home,
    lodging,
    machines,
    oversight,
    papers,
    production,
    quality,
    stations,
    status,
)

SURFACES: dict[str, tuple[ModuleType, ...]] = {
    "staff": (
        home,
        cases,
        desk,
        casework,
        enrolment,
        handover,
        lodging,
        papers,
        decisions,
        production,
        machines,
        quality,
        oversight,
    ),
    "public": (status,),
    "stations": (stations,),
}
ALWAYS: tuple[ModuleType, ...] = (health,)
