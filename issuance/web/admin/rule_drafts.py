"""Later versions of the rules: an administrator drafts one, sees what it changes and whom, and another agrees."""

from __future__ import annotations

import datetime as dt
import json
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance import document_types
from issuance.errors import Conflict
from issuance.models.requests import RuleVersion
from issuance.models.staff import RoleName
from issuance.services import rule_versions
from issuance.services.admin import rule_book, rule_drafts, rule_fields
from issuance.services.admin.rule_drafts import LONGEST_REASON, Proposal
from issuance.services.admin.rule_fields import RuleField
from issuance.values.codes import KINDS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import capital, language
from issuance.web.words.codes import RULE_NUMBERS, RULE_TABLES
from issuance.web.words.states import word

blueprint = Blueprint("rule_drafts", __name__, url_prefix="/rules/drafts")

READERS = (RoleName.ADMINISTRATOR, RoleName.AUDITOR)
LONGEST_SENTENCE = 1000
LARGEST = 10_000
BY_THE_DAY = ("collection", "ends", "hand_over", "loss", "minors", "retention")
"""What acts of a day go by, also for what was lodged before (docs/law.md, section 9)."""


@blueprint.route("/new/<document_type>", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def new(document_type: str) -> ResponseReturnValue:
    """Draft a later version of a type from its last one."""
    with current_office().reading(current_actor()) as look:
        base = rule_versions.last(look, document_type)
    block = json.loads(base.content)
    fields = rule_fields.fields(block)
    form = Form.sent() if request.method == "POST" else Form(_filled(fields) | {"version": base.id})
    if request.method == "POST":
        with form.catch():
            if form.value("version") != str(base.id):
                raise Conflict("The rules were changed since you opened this page. Open it again.")
            proposal = _proposal(form, base, fields)
            with current_office().act(current_actor()) as act:
                row = rule_drafts.draft(act, proposal)
            flash(gettext("Drafted. Another administrator agrees to it."), "done")
            return redirect(url_for("admin.rule_drafts.show", draft_id=row.id), 303)
    page = render_template(
        "admin/rule_draft.html",
        form=form,
        kind=document_types.get(document_type),
        tongue=language(),
        longest=LONGEST_REASON,
        evidence=_evidence(block),
        base=base,
        sections=_sections(block, fields),
        numbers=RULE_NUMBERS,
        titles=RULE_TABLES,
        kinds=[(kind, capital(word(kind))) for kind in _kinds(block, fields)],
    )
    return make_response(page, form.status)


def _filled(fields: list[RuleField]) -> dict[str, Any]:
    """What stands in the boxes when the page is opened."""
    return {field.key: str(field.value) if field.kind == "whole" else field.value for field in fields}


def _proposal(form: Form, base: RuleVersion, fields: list[RuleField]) -> Proposal:
    """What was typed; only what differs from the base is a change. FormRefused when a field cannot be taken."""
    applies_from = form.date("applies_from")
    reason = form.text("reason", limit=LONGEST_REASON, lines=True)
    typed = {field.key: _typed(form, field) for field in fields}
    form.check()
    assert applies_from
    changes = {field.key: typed[field.key] for field in fields if typed[field.key] != _plain(field)}
    return Proposal(base, applies_from, changes, reason)


def _typed(form: Form, field: RuleField) -> Any:
    if field.kind == "whole":
        return form.whole(field.key, least=0, most=LARGEST)
    if field.kind == "day":
        return form.date(field.key)
    if field.kind == "kinds":
        chosen = form.choices(field.key, KINDS)
        return field.value if set(chosen) == set(field.value) else chosen
    return form.text(field.key, limit=LONGEST_SENTENCE)


def _plain(field: RuleField) -> Any:
    return dt.date.fromisoformat(field.value) if field.kind == "day" else field.value


def _kinds(block: dict[str, Any], fields: list[RuleField]) -> list[str]:
    """The kinds of request that the type knows, or some rule names."""
    named = {kind for field in fields if field.kind == "kinds" for kind in field.value}
    return [kind for kind in KINDS if kind in named | set(block["kinds"]["allowed"])]


def _evidence(block: dict[str, Any]) -> dict[str, str]:
    """What the boxes of each paper are called: the paper itself."""
    papers = enumerate(block["evidence"], 1)
    return {f"evidence[{number}].kinds": paper["text"][language()] for number, paper in papers}


def _sections(block: dict[str, Any], fields: list[RuleField]) -> list[dict[str, Any]]:
    """The fields by the tables of the type's file, those with a number first, each with its article."""
    found = []
    for name, some in groupby(fields, lambda field: field.section):
        own = list(some)
        plain = sorted((field for field in own if field.kind != "text"), key=_place)
        texts = sorted((field for field in own if field.kind == "text"), key=_order)
        article = rule_fields.article(block, own[0].key)[language()]
        found.append({"name": name, "plain": plain, "texts": texts, "article": article})
    places = list(RULE_TABLES)
    return sorted(found, key=lambda section: (not section["plain"], places.index(section["name"])))


def _place(field: RuleField) -> int:
    """Numbers in the order of their words; the papers after them, in their own."""
    keys = list(RULE_NUMBERS)
    return keys.index(field.key) if field.key in keys else len(keys)


def _order(text: RuleField) -> tuple[rule_fields.Place, int]:
    """The sentences of one place beside each other, in the order of their languages."""
    return text.place[:-1], rule_fields.LANGUAGES.index(str(text.place[-1]))


@blueprint.get("/<uuid:draft_id>")
@allow(*READERS)
def show(draft_id: UUID) -> ResponseReturnValue:
    """One draft: what it changes, and whom."""
    return _page(draft_id, Form())


def _page(draft_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = rule_drafts.shown(look, draft_id)
        differences = rule_book.differences(row.base.content, row.content)
        page = render_template(
            "admin/rule_draft_shown.html",
            form=form,
            draft=row,
            differences=differences,
            tongue=language(),
            concerned=rule_drafts.concerned(look, row.document_type),
            by_the_day=any(one.key.startswith(BY_THE_DAY) for one in differences),
            is_stale=row.waits and rule_versions.last(look, row.document_type).id != row.base_id,
            is_own=row.drafted_by == look.actor.id,
            may_act=RoleName.ADMINISTRATOR in look.actor.roles,
            today=look.clock.today(),
        )
    return make_response(page, form.status)


@blueprint.post("/<uuid:draft_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(draft_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees: the version applies from its day."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            rule_drafts.agree(act, rule_drafts.named(act, draft_id))
        flash(gettext("Agreed. The version applies from its first day."), "done")
        return redirect(url_for("admin.rule_drafts.show", draft_id=draft_id), 303)
    return _page(draft_id, form)


@blueprint.post("/<uuid:draft_id>/end")
@allow(RoleName.ADMINISTRATOR)
def end(draft_id: UUID) -> ResponseReturnValue:
    """Decline it, withdraw one's own, or take back what was agreed before its day."""
    form = Form.sent()
    with form.catch():
        why = form.text("why", required=False, lines=True, limit=LONGEST_REASON)
        form.check()
        with current_office().act(current_actor()) as act:
            rule_drafts.end(act, rule_drafts.named(act, draft_id), why)
        flash(gettext("The version does not apply."), "done")
        return redirect(url_for("admin.rule_drafts.show", draft_id=draft_id), 303)
    return _page(draft_id, form)
