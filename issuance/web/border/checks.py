"""Where police check a document that they are shown: the verdict with its reason, the portrait and the name."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from issuance import document_types
from issuance.law.documents.endings import grounds
from issuance.models.staff import RoleName
from issuance.services.public import forgeries, police
from issuance.services.public.police import Shown, Why
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import LOOKED_UP_FOR

blueprint = Blueprint("checks", __name__, url_prefix="/border/check")

POLICE = (RoleName.POLICE, RoleName.BORDER_POLICE)
QUEUES = (Queue(lazy_gettext("Check a document"), "border.checks.check", POLICE, group=Group.REQUESTS),)

LOOKS = 30
"""How many documents one person checks within a window: numbers follow one another, and each shows a face."""

VERDICTS = {
    "valid": (lazy_gettext("Genuine and valid"), "done"),
    "not_valid": (lazy_gettext("Genuine, and not valid"), "stop"),
    "not_ours": (lazy_gettext("Nobody was ever given this document"), "stop"),
}


@blueprint.route("", methods=["GET", "POST"])
@allow(*POLICE)
def check() -> ResponseReturnValue:
    """What the look is for, then the number; the answer, and the same questions for the next document."""
    form, shown, suspected = Form.sent(), None, False
    if request.method == "POST":
        with form.catch():
            why = form.choice("why", list(Why))
            read = form.text("number", limit=200, lines=True)
            form.check()
            _count()
            with current_office().act(current_actor()) as act:
                shown = police.check(act, read, Why(why))
                suspected = forgeries.is_suspected(act, shown.number)
            form.values["number"] = ""
    page = render_template(
        "border/check.html",
        form=form,
        shown=shown,
        suspected=suspected,
        whys=options(LOOKED_UP_FOR.items()),
        **(_words(shown) if shown else {}),
    )
    return make_response(page, form.status)


def _count() -> None:
    with current_office().upkeep() as look:
        limits.count(look, Counted("police", str(current_actor().id), LOOKS))


def _words(shown: Shown) -> dict[str, object]:
    """What the page says of a document, in the reader's language."""
    said, law = language(), grounds()
    verdict, tone = VERDICTS[shown.verdict]
    return {
        "verdict": verdict,
        "tone": tone,
        "title": document_types.get(shown.document_type).title.text(said),
        "ground": law[shown.ground].title.text(said) if shown.ground in law else "",
        "picture": f"data:image/jpeg;base64,{b64encode(shown.portrait).decode()}" if shown.portrait else "",
    }
