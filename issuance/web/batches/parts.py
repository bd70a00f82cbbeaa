"""What the pages of batches share: parts that a script fetches again, where a list goes on, what stations say."""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.services import routing
from issuance.services.routing import Standing
from issuance.web.frame.i18n import sentence


def polled(html: str) -> ResponseReturnValue:
    """The part with its digest as ETag; 304 and nothing when the browser has just this."""
    answer = make_response(html)
    answer.set_etag(hashlib.sha256(html.encode()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


def asked_after() -> UUID | None:
    """The job behind which the address asks a list to go on; None for its beginning."""
    try:
        return UUID(request.args.get("after", ""))
    except ValueError:
        return None


def stations(look: Look) -> list[Standing]:
    """The stations of the centre, of which a pool is chosen."""
    return routing.of_centre(look, look.actor.centre_id)


def choices(standing: list[Standing]) -> list[tuple[str, str, str]]:
    """They as boxes to tick, each with what it can make now, or what it lacks."""
    return [(str(each.station.id), each.station.name, _says(each)) for each in standing]


def _says(standing: Standing) -> str:
    if standing.types:
        return str(gettext("Can make now: %(types)s", types=", ".join(standing.types)))
    return next((sentence(why) for lacks in standing.lacks.values() for why in lacks), "")
