"""Counts of blanks as a supervisor sees them: asked for, drawn, and what each found, serial by serial."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.errors import InvalidInput
from issuance.models.staff import RoleName
from issuance.models.supply import Place, StockCount
from issuance.services.counts import asking, counting, custody, results
from issuance.services.stock import accounts
from issuance.web.counts.words import FINDINGS, SAID, SAID_SHORT, refusal_words
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import place_word, stock_word

blueprint = Blueprint("asked", __name__, url_prefix="/counts")


QUEUES = (
    Queue(
        lazy_gettext("Counts of blanks"),
        "counts.asked.listed",
        (RoleName.SUPERVISOR,),
        results.unsettled_count,
        group=Group.BLANKS,
    ),
)


@blueprint.get("")
@allow(RoleName.SUPERVISOR)
def listed() -> str:
    """Counts that wait, those with differences, and the last ones."""
    with current_office().reading(current_actor()) as look:
        waiting = results.unsettled(look, look.actor.centre_id)
        return render_template(
            "counts/listed.html",
            waiting=waiting,
            made=[row for row in results.last(look, look.actor.centre_id) if row.settled_at],
            place_word=place_word,
        )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def ask() -> ResponseReturnValue:
    """Ask for a count of one stock in one place; who counts is drawn."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _ask(form)
    with current_office().reading(current_actor()) as look:
        page = render_template("counts/ask.html", form=form, accounts=options(_accounts(look)))
    return make_response(page, form.status)


def _accounts(look: Look) -> list[tuple[str, str]]:
    rows = accounts.of_centre(look, look.actor.centre_id)
    return [
        (f"{row.place_id} {row.stock}", f"{place_word(row.place)}: {stock_word(row.stock)}")
        for row in rows
        if asking.is_countable(row.place)
    ]


def _ask(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        chosen = form.choice("account", [value for value, _ in _accounts(look)])
    form.check()
    place_id, _, stock = chosen.partition(" ")
    with current_office().act(current_actor()) as act:
        row = asking.ask(act, act.session.get_one(Place, UUID(place_id)), stock)
        who = row.counter.full_name if row.counter else ""
        count_id = row.id
    if not who:
        flash(gettext("Everybody here had these blanks in hand. Name who counts, and say why."), "stop")
        return redirect(url_for("counts.asked.name", count_id=count_id), 303)
    flash(gettext("%(name)s was drawn and counts.", name=who), "done")
    return redirect(url_for("counts.asked.listed"), 303)


@blueprint.route("/<uuid:count_id>/counter", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def name(count_id: UUID) -> ResponseReturnValue:
    """Name somebody else to count, with a reason."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _name(form, count_id)
    with current_office().reading(current_actor()) as look:
        row = asking.opened(look, count_id)
        people = asking.candidates(look, row)
        held = bool(people) and bool(custody.had(look, row.place, [people[0].id]))
        page = render_template(
            "counts/name.html",
            form=form,
            row=row,
            place=place_word(row.place),
            people=options((each.id, each.full_name) for each in people),
            nobody_fits=held,
        )
    return make_response(page, form.status)


def _name(form: Form, count_id: UUID) -> ResponseReturnValue:
    chosen, reason = form.text("counter"), form.text("reason", limit=500, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        asking.name(act, asking.opened(act, count_id), _key(chosen), reason)
    flash(gettext("Named. They find it under the blanks to count."), "done")
    return redirect(url_for("counts.asked.listed"), 303)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("counter", "This person may not count here. Choose one of the list.") from None


@blueprint.get("/<uuid:count_id>/result")
@allow(RoleName.SUPERVISOR)
def result(count_id: UUID) -> ResponseReturnValue:
    """What a count found; empty until the counter said that it is all."""
    return _result(Form(), count_id)


@blueprint.post("/<uuid:count_id>/differences/<uuid:finding_id>")
@allow(RoleName.SUPERVISOR)
def settle(count_id: UUID, finding_id: UUID) -> ResponseReturnValue:
    """Say what becomes of one difference."""
    form = Form.sent()
    with form.catch():
        said = form.choice("said", list(SAID))
        word = form.text("word", limit=500, lines=True)
        form.check()
        with current_office().act(current_actor()) as act:
            results.settle(act, results.finding(act, finding_id), said, word)
        flash(gettext("Written down."), "done")
        return redirect(url_for("counts.asked.result", count_id=count_id), 303)
    return _result(form, count_id)


def _result(form: Form, count_id: UUID) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = asking.opened(look, count_id)
        page = render_template(
            "counts/result.html",
            form=form,
            row=row,
            place=place_word(row.place),
            ways={kind: options((way, SAID[way]) for way in ways) for kind, ways in results.WAYS.items()},
            is_counter=row.counter_id == look.actor.id,
            **_found(look, row),
        )
    return make_response(page, form.status)


def _found(look: Look, row: StockCount) -> dict[str, object]:
    found = results.findings(look, row)
    return {
        "open": [each for each in found if each.differs and not each.settled_at],
        "settled": [each for each in found if each.settled_at],
        "others": [each for each in found if not each.differs],
        "refused": [line for line in counting.entries(look, row) if line.refused] if row.counted_at else [],
        "names": results.names(look, [row.asked_by, row.named_by, *(each.settled_by for each in found)]),
        "words": FINDINGS,
        "said": SAID_SHORT,
        "refusal": refusal_words,
        "place_word": place_word,
    }
