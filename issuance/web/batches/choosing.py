"""Choosing what a batch is made of: which jobs, which stations, and what keeps the others out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import routing
from issuance.services.batches import choosing
from issuance.services.batches.choosing import ALONE, FAMILIES, MOST_TICKED, Blocked, Plan, Wanted
from issuance.services.groups import lists
from issuance.web.batches.parts import asked_after, choices, stations
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import sentence
from issuance.web.words.machines import trouble_words

blueprint = Blueprint("choosing", __name__, url_prefix="/production/batches/new")

FILTERS = ("type", "due", "family", "within", "urgent", "group", "stations")
MOST_DAYS = 60
FAMILY_CHOICES = ((FAMILIES, lazy_gettext("families only")), (ALONE, lazy_gettext("single persons only")))


@blueprint.route("", methods=["GET", "POST"])
@allow(*OPERATORS)
def choose() -> ResponseReturnValue:
    """What fits the filters and what is in the way of the rest; then a batch of all that fit, or of the ticked ones."""
    if request.method == "GET":
        return _page(Form(request.args))
    form = Form.sent()
    with form.catch():
        return _make(form)
    return _page(form)


def _make(form: Form) -> ResponseReturnValue:
    with current_office().act(current_actor()) as act:
        plan = _plan(act, form)
        form.check()
        batch, count = choosing.make(act, plan)
        batch_id, number = batch.id, batch.number
    done = ngettext("Batch %(number)s has %(num)d job. Start it when the stations are ready.",
                    "Batch %(number)s has %(num)d jobs. Start it when the stations are ready.",
                    count, number=number)  # fmt: skip
    flash(done, "done")
    return redirect(url_for("batches.batch.show", batch_id=batch_id), 303)


def _plan(look: Look, form: Form) -> Plan:
    pool = form.choices("stations", [str(each.station.id) for each in stations(look)])
    ticked = _ids(form) if form.ticked("only") else ()
    if form.ticked("only") and not ticked:
        form.refuse("jobs", gettext("Tick at least one job, or make the batch of all that fit."))
    name = form.text("name", required=False, limit=60)
    return Plan(tuple(map(UUID, pool)) if not form.errors else (), _wanted(form), ticked, name)


def _ids(form: Form) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(each) for each in dict.fromkeys(form.values.getlist("jobs")))[: MOST_TICKED + 1]
    except ValueError:
        form.refuse("jobs", gettext("This list is not the register's. Open it again."))
        return ()


def _wanted(form: Form) -> Wanted:
    return Wanted(
        document_type=form.choice("type", list(routing.needs()), required=False),
        due_by=form.day("due"),
        family=form.choice("family", (FAMILIES, ALONE), required=False),
        within=form.whole("within", least=0, most=MOST_DAYS, required=False),
        urgent=form.ticked("urgent"),
        group=form.id("group"),
    )


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        standing = stations(look)
        if "stations" not in form.values and not form.refused:
            form.values.setlist("stations", [str(each.station.id) for each in standing if each.types])
        wanted, groups = _wanted(form), _groups(look)
        form.values.setdefault("name", dict(groups).get(form.value("group"), ""))
        pool = [each for each in standing if form.chosen("stations", str(each.station.id))]
        found = choosing.Choice(look, wanted, pool)
        jobs = found.jobs(asked_after())
        page = render_template(
            "batches/choose.html",
            form=form,
            stations=choices(standing),
            types=[(code, code) for code in routing.needs()],
            families=FAMILY_CHOICES,
            groups=groups,
            most_days=MOST_DAYS,
            kinds=[(kind, [sentence(why) for why in kind.why]) for kind in found.kinds()],
            count=found.count(),
            blocked=_blocked(found.blocked()),
            jobs=jobs,
            kept=_kept(form),
            next_page=_address(form, after=jobs[-1].id) if len(jobs) == choosing.PAGE_ROWS else "",
            is_first=asked_after() is None,
            first_page=_address(form),
            hides_numbers=RoleName.QUALITY_OFFICER in look.actor.roles,
        )
    return make_response(page, form.status)


def _groups(look: Look) -> list[tuple[str, str]]:
    """The groups of the centre that are not closed, to make the batch of one."""
    return options((row.id, row.name) for row in lists.listed(look) if row.closed_at is None)


def _kept(form: Form) -> MultiDict[str, str]:
    """The filters as an address carries them."""
    pairs = [(name, value) for name in FILTERS for value in form.values.getlist(name) if value]
    return MultiDict(pairs)


def _address(form: Form, **more: Any) -> str:
    kept: dict[str, Any] = _kept(form).to_dict(flat=False)
    return url_for("batches.choosing.choose", **kept, **more)


def _blocked(found: Blocked) -> list[tuple[int, str, Sequence[Any]]]:
    """How many jobs, why, and where to look: an endpoint with its arguments, empty for nowhere."""
    rows: list[tuple[int, str, Sequence[Any]]] = []
    for trouble, count in found.unprepared:
        rows.append((count, trouble_words(trouble), ("centre.jobs.stuck", {})))
    for job, whys in found.others:
        rows.append((1, " ".join(map(sentence, whys)), ("centre.job.show", {"job_id": job.id})))
    if more := found.other_count - len(found.others):
        rows.append((more, gettext("For reasons of their own, as those above."), ("centre.jobs.stuck", {})))
    for batch, count in found.in_batches:
        why = gettext("In batch %(number)s already.", number=batch.number)
        rows.append((count, why, ("batches.batch.show", {"batch_id": batch.id})))
    if found.held:
        why = gettext("Held: a person looks at the machine first.")
        rows.append((found.held, why, ("centre.jobs.listed", {"state": "held"})))
    return rows
