"""The logs that strangers verify: the newest checkpoint of each, its key, and the proof of one event as a file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.errors import Conflict, NotFound
from issuance.models.audit import AuditEvent, AuditLink
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.log import cosigning, proofs, writing
from issuance.services.log.cosigning import Answer, Cosigner
from issuance.services.log.writing import OFFICE, Log
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import moment
from issuance.web.words.events.acts import act_word

blueprint = Blueprint("logs", __name__, url_prefix="/oversight/log")

ANSWERS = {
    Answer.SILENT: lazy_gettext("It did not answer."),
    Answer.UNKNOWN: lazy_gettext("It does not know this log: give the key to who runs it."),
    Answer.REFUSED: lazy_gettext(
        "It refused: it signed another story of this log. Run verify-audit, and ask who runs it."
    ),
}


@blueprint.get("")
@allow(*READERS)
def listed() -> str:
    """The newest checkpoint of every log that this account may see: of the own centre, or of all."""
    with current_office().reading(current_actor()) as look:
        names = {str(centre.id): centre.name for centre in centres.listed(look)} | {OFFICE: gettext("The office")}
        cosigners = cosigning.cosigners(look.settings)
        logs = writing.logs(look, _own(look))
        shown = [_shown(log, cosigners) | {"name": names.get(log.chain, log.chain)} for log in logs]
        has = {"has_copy": bool(look.settings.log_copy), "has_cosigners": bool(cosigners)}
        return render_template("log/logs.html", logs=shown, **has)


def _own(look: Look) -> UUID | None:
    """The one centre of which this account sees events; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


def _shown(log: Log, cosigners: Sequence[Cosigner]) -> dict[str, object]:
    """A log as the page says it; when it does not open, why."""
    try:
        newest, signed_at = log.newest(), log.signed_at()
        copied = log.last_of(log.copy) if log.copy else None
    except Conflict as error:
        return {"log": log, "trouble": error.sentence(gettext=gettext)}
    return {
        "log": log,
        "checkpoint": newest,
        "root": base64.b64encode(newest.root).decode() if newest else "",
        "at": signed_at,
        "copied": copied.size if copied else 0,
        "cosigners": [(each.name, _standing_words(log, each)) for each in cosigners],
    }


def _standing_words(log: Log, cosigner: Cosigner) -> str:
    """What a cosigner signed last, and how it answered when it was asked last."""
    known = cosigning.standing(log, cosigner)
    answered = "" if known.answer in (None, Answer.SIGNED) else str(ANSWERS[known.answer])
    if known.signed_at is None:
        return answered or gettext("has not signed yet")
    signed = gettext("%(size)s entries, %(at)s", size=known.size, at=moment(known.signed_at))
    return f"{signed}. {answered}".removesuffix(". ")


@blueprint.get("/checkpoint")
@allow(*READERS)
def checkpoint() -> ResponseReturnValue:
    """The newest checkpoint of the log of a chain as a file."""
    chain = request.args.get("chain", "")
    with current_office().reading(current_actor()) as look:
        log = next((log for log in writing.logs(look, _own(look)) if log.chain == chain), None)
        if log is None or log.newest() is None:
            raise NotFound("There is no checkpoint of this log.")
        return _file(log.note, f"{chain}.checkpoint")


@blueprint.get("/events/<uuid:event_id>")
@allow(*READERS)
def event(event_id: UUID) -> str:
    """One event and its place in a log, to be proved to somebody outside."""
    with current_office().reading(current_actor()) as look:
        found, link = _seen(look, event_id)
        log = Log(look, link.chain)
        newest = log.newest()
        return render_template(
            "log/event.html",
            event=found,
            word=act_word(found.act),
            link=link,
            log=log,
            is_signed=newest is not None and newest.size >= link.position,
        )


@blueprint.get("/events/<uuid:event_id>/proof")
@allow(*READERS)
def proof(event_id: UUID) -> ResponseReturnValue:
    """The proof of an event as a file; `whole` with all that was recorded of it."""
    with current_office().reading(current_actor()) as look:
        _seen(look, event_id)
        return _file(proofs.proof(look, event_id, whole=bool(request.args.get("whole"))), f"{event_id}.tlog-proof")


def _seen(look: Look, event_id: UUID) -> tuple[AuditEvent, AuditLink]:
    """An event that this account may see; NotFound for any other."""
    found, link = proofs.place(look, event_id)
    if _own(look) not in (None, found.centre_id):
        raise NotFound("There is no such event.")
    return found, link


def _file(text: str, name: str) -> ResponseReturnValue:
    answer = make_response(text)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
