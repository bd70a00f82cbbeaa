"""What persons asked and nobody answered yet; one demand: its term, its words, its report, its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext

from issuance.acts import Act
from issuance.law.office.privacy import article
from issuance.models.privacy import Demand
from issuance.models.staff import RoleName
from issuance.services.lists import number
from issuance.services.privacy import demands, reports
from issuance.services.privacy.demands import Answer
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.events.privacy import DEMANDS, IDENTITIES, OUTCOMES, WITHHELD
from issuance.web.words.languages import language_name

blueprint = Blueprint("demands", __name__, url_prefix="/demands")

DESK = (RoleName.CLERK, RoleName.SUPERVISOR)
QUEUES = (
    Queue(
        lazy_gettext("Data protection, questions"),
        "privacy.demands.listed",
        DESK,
        demands.how_many,
        group=Group.FOLLOW_UP,
    ),
)


@blueprint.get("")
@allow(*DESK)
def listed() -> str:
    """What the centre has to answer, what is due first first."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "privacy/demands.html",
            rows=demands.due(look),
            how_many=number(look, demands.how_many(look)),
            today=look.clock.today(),
            demand_words=DEMANDS,
        )


@blueprint.get("/<uuid:demand_id>")
@allow(*DESK)
def show(demand_id: UUID) -> ResponseReturnValue:
    """One demand, with the words of who asks. The opening is recorded."""
    with current_office().act(current_actor()) as act:
        found = demands.demand(act, demand_id)
        act.record("case.opened", found.request)
    return _page(demand_id)


@blueprint.post("/<uuid:demand_id>/extend")
@allow(*DESK)
def extend(demand_id: UUID) -> ResponseReturnValue:
    """The answer takes longer, and the person is told why."""
    said = gettext("The term is longer now. Tell the person, with the reason.")
    return _recorded(demand_id, "extend", lambda form: form.text("because", limit=300), demands.extend, said)


@blueprint.post("/<uuid:demand_id>/answer")
@allow(*DESK)
def answer(demand_id: UUID) -> ResponseReturnValue:
    """Answer it, by another person than who took it in."""
    return _recorded(demand_id, "answer", _answer, demands.answer, gettext("Answered. Give the person the answer."))


def _answer(form: Form) -> Answer:
    return Answer(form.choice("outcome", OUTCOMES), form.value("at"), form.text("said", limit=2000, lines=True))


@blueprint.post("/<uuid:demand_id>/hand-over")
@allow(*DESK)
def hand_over(demand_id: UUID) -> ResponseReturnValue:
    """Give the report to the person; that answers the demand."""
    said = gettext("Recorded. Save the file on what the person brought, and on nothing else.")
    return _recorded(demand_id, "hand_over", lambda form: form.choice("identity", IDENTITIES), reports.hand_over, said)


@blueprint.post("/<uuid:demand_id>/file")
@allow(*DESK)
def file(demand_id: UUID) -> Response:
    """The file of a report that was handed over; each opening is recorded."""
    with current_office().act(current_actor()) as act:
        data = reports.open_file(act, demands.demand(act, demand_id))
    answered = Response(data, mimetype="application/zip")
    answered.headers["Content-Disposition"] = 'attachment; filename="report.zip"'
    return answered


Typed = TypeVar("Typed")


def _recorded(
    demand_id: UUID, name: str, read: Callable[[Form], Typed], do: Callable[[Act, Demand, Typed], object], said: str
) -> ResponseReturnValue:
    """One act on a demand by what a form says; the form called `name` is shown again with what was refused."""
    form = Form.sent()
    with form.catch():
        typed = read(form)
        form.check()
        with current_office().act(current_actor()) as act:
            do(act, demands.demand(act, demand_id), typed)
        return _done(demand_id, said)
    return _page(demand_id, **{name: form})


def _done(demand_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("privacy.demands.show", demand_id=demand_id), 303)


def _page(demand_id: UUID, /, **sent: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        found = demands.demand(look, demand_id)
        report = reports.of_demand(look, found)
        language = str(get_locale())
        page = render_template(
            "privacy/demand.html",
            demand=found,
            case=found.request,
            card=card(look, found.request),
            report=report,
            said=demands.words_of(look, found.said_id),
            answer=demands.words_of(look, found.answer_id),
            is_own=found.taken_by == look.actor.id,
            today=look.clock.today(),
            tongue=language_name(found.language),
            forms={name: Form() for name in ("extend", "answer", "hand_over")} | sent,
            article=lambda at: article(at, language),
            articles=_articles(found, language),
            names=demands.names(look, found),
            means=options(IDENTITIES.items()),
            means_words=IDENTITIES,
            outcomes=options((code, word) for code, word in OUTCOMES.items() if report is None or code != "granted"),
            demand_words=DEMANDS,
            outcome_words=OUTCOMES,
            withheld=[WITHHELD[code] for code in (report.withheld if report else ())],
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _articles(found: Demand, language: str) -> list[tuple[str, str]]:
    """By which article it can be answered, what is granted first."""
    codes = dict.fromkeys(code for outcome in ("granted", "refused") for code in demands.articles(found.kind, outcome))
    return [(code, article(code, language)) for code in codes]
