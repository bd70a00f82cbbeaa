"""Which page modules make which surface. A module has a `blueprint` and, when it has queues, `QUEUES`."""

from __future__ import annotations

from types import ModuleType

from issuance.web.api import stations as station_api
from issuance.web.case import access
from issuance.web.centre import quality, station, stations
from issuance.web.desk import case, enrolment, handover, lodging, papers, queues
from issuance.web.frame import health, home
from issuance.web.officer import decisions
from issuance.web.oversight import events
from issuance.web.public import status

SURFACES: dict[str, tuple[ModuleType, ...]] = {
    "staff": (
        home,
        access,
        queues,
        case,
        enrolment,
        handover,
        lodging,
        papers,
        decisions,
        stations,
        station,
        quality,
        events,
    ),
    "public": (status,),
    "stations": (station_api,),
}
ALWAYS: tuple[ModuleType, ...] = (health,)
