"""The supervisor's pages of blanks that are not where they should be: strays, and cards of stacks that are in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.lists import total
from issuance.services.stock import doubts, stack_cards, strays
from issuance.services.stock.doubts import Way
from issuance.services.stock.strays import Kind
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("blanks", __name__, url_prefix="/oversight/blanks")

SUPERVISORS = (RoleName.SUPERVISOR,)


def _waiting(look: Look) -> Select[int]:
    return total((doubts.count(look), strays.count(look)))


QUEUES = (
    Queue(
        lazy_gettext("Blanks to look for"),
        "oversight.blanks.listed",
        SUPERVISORS,
        _waiting,
        urgent=True,
        group=Group.BLANKS,
    ),
)

KINDS: dict[Kind, Any] = {
    Kind.UNKNOWN: lazy_gettext("the ledger does not know it"),
    Kind.OTHER_STOCK: lazy_gettext("it is of another stock"),
    Kind.OTHER_BOOKLET: lazy_gettext("it is another booklet than the document's"),
    Kind.USED: lazy_gettext("it was used, spoiled or lost before"),
    Kind.ELSEWHERE: lazy_gettext("by the ledger it is at another station or centre"),
    Kind.IN_STACK: lazy_gettext("it lies in another stack"),
    Kind.NOT_IN_STACK: lazy_gettext("it was not in its stack"),
    Kind.MISSING: lazy_gettext("it was declared missing"),
    Kind.NOT_ANNOUNCED: lazy_gettext("it came with a delivery that did not announce it"),
    Kind.NOT_IN_PARCEL: lazy_gettext("blanks of this parcel did not come; the parcel's page names them"),
    Kind.SEAL_DIFFERS: lazy_gettext("this parcel came with another seal than it was sent with"),
    Kind.UNREADABLE: lazy_gettext("nobody could read its serial"),
}
WAYS: dict[Way, tuple[Any, Any]] = {
    Way.USED: (lazy_gettext("I have the spoiled document"), lazy_gettext("Scan its serial below.")),
    Way.HERE: (lazy_gettext("The blank is here, unused"), lazy_gettext("It can be declared in a stack again.")),
    Way.MISSING: (lazy_gettext("Nobody finds it, or can read it"), lazy_gettext("The ledger has it as missing.")),
    Way.FOUND: (
        lazy_gettext("I have the missing blank"),
        lazy_gettext("It is found, and another person looks at it before it goes to the vault."),
    ),
    Way.NOTED: (lazy_gettext("It is noted"), lazy_gettext("The ledger stays as it is.")),
}


@blueprint.get("")
@allow(*SUPERVISORS)
def listed() -> str:
    """What the supervisor of the centre has to look for."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "oversight/blanks.html",
            cards=doubts.listed(look),
            rows=strays.listed(look),
            kinds=KINDS,
            is_unscanned=stack_cards.is_unscanned,
        )


@blueprint.route("/cards/<uuid:card_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def card(card_id: UUID) -> ResponseReturnValue:
    """Say what became of one card of a stack."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            way, serial, found = _read(form)
            with current_office().act(current_actor()) as act:
                doubts.settle(act, doubts.opened(act, card_id), way, serial, found)
            return _settled()
    with current_office().reading(current_actor()) as look:
        row = doubts.opened(look, card_id)
        page = render_template("oversight/card.html", form=form, row=row, ways=_options(doubts.ways_of_card(row)))
    return make_response(page, form.status)


@blueprint.route("/strays/<uuid:stray_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def stray(stray_id: UUID) -> ResponseReturnValue:
    """Say where one blank came from."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            way, serial, found = _read(form)
            with current_office().act(current_actor()) as act:
                doubts.settle_stray(act, strays.opened(act, stray_id), way, serial, found)
            return _settled()
    with current_office().reading(current_actor()) as look:
        row = strays.opened(look, stray_id)
        ways = _options(doubts.ways_of(row))
        page = render_template("oversight/stray.html", form=form, row=row, kind=KINDS[Kind(row.kind)], ways=ways)
    return make_response(page, form.status)


def _read(form: Form) -> tuple[Way, str, str]:
    way = form.choice("way", list(Way))
    serial = form.text("blank_serial", required=False, limit=60)
    found = form.text("found", limit=500, lines=True)
    form.check()
    return Way(way), serial, found


def _options(ways: Sequence[Way]) -> list[tuple[str, Any, Any]]:
    return [(str(way), *WAYS[way]) for way in ways]


def _settled() -> ResponseReturnValue:
    flash(gettext("It is settled."), "done")
    return redirect(url_for("oversight.blanks.listed"), 303)
