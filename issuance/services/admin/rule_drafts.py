"""Later versions of the rules: drafted by one administrator, in force from a later day once another agreed (ADR 0051).

What was lodged before keeps its version. Nothing agreed applies before the next day, so no request of a day is judged
by two versions, and whoever agreed by mistake, or somebody else, can take it back until then.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.document_types import Rules
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.documents.limits import limits_on
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest, RuleDraft, RuleVersion
from issuance.models.staff import Centre
from issuance.services import rule_versions
from issuance.services.admin import rule_fields
from issuance.states import JOBS_OPEN, OPEN

LONGEST_REASON = 500
MONTH = dt.timedelta(days=30)


@dataclass(frozen=True)
class Proposal:
    """What an administrator wants: the last version of a type, the first day of a later one, the rules that it says
    otherwise by their keys, and why."""

    base: RuleVersion
    applies_from: dt.date
    changes: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Concerned:
    """Whom a later version of a type concerns: open requests keep theirs, and so do documents that are being made;
    `lodged` is how many were lodged in the last thirty days."""

    open_requests: int
    in_print: int
    lodged: int


# Acts


def draft(act: Act, proposal: Proposal) -> RuleDraft:
    """Draft a version that waits for a second administrator; what the command line drafts is agreed at once.

    InvalidInput names the rule; RuleViolation the article that it would break; Conflict a base that is the last one no
    more.
    """
    base = proposal.base
    _check_last(act, base.id, base.document_type)
    _check_day(act, base, proposal.applies_from)
    rules = _read(proposal)
    row = RuleDraft(
        document_type=base.document_type,
        applies_from=proposal.applies_from,
        base_id=base.id,
        content=rules.canonical_json(),
        reason=proposal.reason,
        drafted_by=_staff(act),
        drafted_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    if act.actor.kind == "staff":
        act.record("rules.drafted", row, document_type=row.document_type, from_day=row.applies_from.isoformat())
    else:
        _put_in_force(act, row)
    return row


def agree(act: Act, row: RuleDraft) -> None:
    """A second administrator agrees: it is in force from its day. Conflict when its base is the last one no more."""
    _check_waits(row)
    if act.actor.id == row.drafted_by:
        raise NotAllowed("You drafted this version. Another administrator agrees to it.")
    _put_in_force(act, row)


def end(act: Act, row: RuleDraft, why: str) -> None:
    """It is declined, withdrawn by its author, or taken back before its day. Conflict when it is over, or in force."""
    if row.ended_at is not None:
        raise Conflict("Somebody answered this already. Open the page again.")
    was_agreed, is_own = row.is_agreed, row.waits and act.actor.id == row.drafted_by
    if was_agreed:
        _check_still_to_come(act, row)
    if not why and not is_own:
        raise InvalidInput("why", "Say why, in a few words.")
    row.ended_by, row.ended_at, row.why = _staff(act), act.clock.now(), why
    act.record(
        "rules.taken_back" if was_agreed else "rules.withdrawn" if is_own else "rules.declined",
        row,
        document_type=row.document_type,
        from_day=row.applies_from.isoformat(),
    )


def named(act: Act, draft_id: UUID) -> RuleDraft:
    """The draft with this id, held until the act ends; NotFound when there is none."""
    row = act.session.get(RuleDraft, draft_id, with_for_update={"of": RuleDraft})
    if row is None:
        raise _not_found()
    return row


def _put_in_force(act: Act, row: RuleDraft) -> None:
    """Of those who agree to two drafts of one base at once the second waits here, and then finds it followed."""
    _hold(act, row.base_id)
    _check_last(act, row.base_id, row.document_type)
    if row.applies_from <= act.clock.today():
        raise Conflict(
            "Its first day has come: what is agreed applies from the next day. Decline it, and draft it anew."
        )
    rules = rule_versions.read(row.content)
    limits_on(row.applies_from).check(rules)
    row.kept_id = _kept(act, row, rules.digest()).id
    row.agreed_by, row.agreed_at = _staff(act), act.clock.now()
    act.record("rules.agreed", row, document_type=row.document_type, from_day=row.applies_from.isoformat())


def _hold(act: Act, version_id: UUID | None) -> None:
    act.session.execute(select(RuleVersion.id).where(RuleVersion.id == version_id).with_for_update())


def _kept(act: Act, row: RuleDraft, digest: str) -> RuleVersion:
    """The version of the draft; the same one when the same was agreed to and taken back before."""
    kept = act.session.scalar(select(RuleVersion).where(RuleVersion.digest == digest))
    if kept is None:
        kept = RuleVersion(
            document_type=row.document_type, applies_from=row.applies_from, digest=digest, content=row.content
        )
        act.session.add(kept)
        act.session.flush()
    return kept


def _staff(act: Act) -> UUID | None:
    return act.actor.id if act.actor.kind == "staff" else None


# What is refused


def _check_last(look: Look, base_id: UUID, document_type: str) -> None:
    if rule_versions.last(look, document_type).id != base_id:
        raise Conflict(
            "The rules were changed after this was drafted. Decline it, and draft it anew from what they say now."
        )


def _check_day(look: Look, base: RuleVersion, day: dt.date) -> None:
    if day <= look.clock.today():
        raise InvalidInput("applies_from", "A version applies from tomorrow or a later day. Give a later day.")
    if day <= base.applies_from:
        raise InvalidInput(
            "applies_from",
            "The last version of this document applies from %(day)s. Give a later day.",
            day=f"{base.applies_from:%d.%m.%Y}",
        )


def _read(proposal: Proposal) -> Rules:
    """The rules as proposed. InvalidInput names the rule that cannot be; RuleViolation the article."""
    block = json.loads(proposal.base.content)
    try:
        new = rule_fields.changed(block, proposal.changes)
    except KeyError as error:
        raise InvalidInput(str(error.args[0]), "An office cannot change this rule: it comes with a release.") from error
    if new == block:
        raise InvalidInput("changes", "Nothing was changed. Change a rule first.")
    try:
        rules = Rules.model_validate(new | {"from": proposal.applies_from.isoformat()})
    except ValidationError as error:
        raise _unfit(error) from error
    limits_on(proposal.applies_from).check(rules)
    if (text := rule_fields.misplaced(block, new)) is not None:
        raise InvalidInput(
            text.key,
            "It was: %(text)s. Keep its places that begin with a percent sign: they are filled in.",
            text=text.value,
        )
    if (key := rule_fields.unsaid(block, new)) is not None:
        raise InvalidInput(
            key, "This sentence still says the number of before. Write it anew: papers and pages say it."
        )
    return rules


def _unfit(error: ValidationError) -> InvalidInput:
    """What the model of the rules refuses, by the first of the keys."""
    first = error.errors()[0]
    key = rule_fields.key_of(first["loc"])
    if (least := first.get("ctx", {}).get("ge")) is not None:
        return InvalidInput(key, "Give at least %(least)s.", least=least)
    if key == "collection":
        return InvalidInput(
            "collection.noted_after_days",
            "A document is noted first, then goes into the vault, then is destroyed. Give three growing numbers.",
        )
    return InvalidInput(key or "changes", "These rules do not go together. Compare them with those of before.")


def _check_waits(row: RuleDraft) -> None:
    if not row.waits:
        raise Conflict("Somebody answered this already. Open the page again.")


def _check_still_to_come(act: Act, row: RuleDraft) -> None:
    if row.applies_from <= act.clock.today():
        raise Conflict("This version is in force. Draft another one that applies from a later day.")
    _hold(act, row.kept_id)
    if rule_versions.last(act, row.document_type).id != row.kept_id:
        raise Conflict("A later version was made from this one. Take that one back first.")


def _not_found() -> NotFound:
    return NotFound("There is no such draft. Open the list again.")


# What pages show


def shown(look: Look, draft_id: UUID) -> RuleDraft:
    """The draft with this id; NotFound when there is none."""
    row = look.session.get(RuleDraft, draft_id)
    if row is None:
        raise _not_found()
    return row


def waiting(look: Look) -> Sequence[RuleDraft]:
    """What waits for a second administrator, the first to apply first."""
    return look.session.scalars(_waiting().order_by(RuleDraft.applies_from, RuleDraft.id)).all()


def count_to_agree(look: Look) -> Select[int]:
    """How many wait for somebody who did not draft them, as a query."""
    others = func.coalesce(RuleDraft.drafted_by != look.actor.id, True)
    return select(func.count()).select_from(_waiting().where(others).with_only_columns(RuleDraft.id).subquery())


def _waiting() -> Any:
    return select(RuleDraft).where(RuleDraft.agreed_at.is_(None), RuleDraft.ended_at.is_(None))


def concerned(look: Look, document_type: str) -> Concerned:
    """Whom a later version of this type concerns, in all centres."""
    of_type = IssuanceRequest.document_type == document_type
    centres = select(Centre.id)
    open_requests = (of_type, IssuanceRequest.centre_id.in_(centres), IssuanceRequest.state.in_(OPEN))
    today = look.clock.today()
    lodged = (of_type, IssuanceRequest.lodged_on > today - MONTH, IssuanceRequest.lodged_on <= today)
    in_print = select(func.count()).select_from(PrintJob).join(Document, Document.id == PrintJob.document_id)
    in_print = in_print.where(PrintJob.centre_id.in_(centres), PrintJob.state.in_(JOBS_OPEN))
    return Concerned(
        _count(look, *open_requests),
        look.session.scalar(in_print.where(Document.document_type == document_type)) or 0,
        _count(look, *lodged),
    )


def _count(look: Look, *conditions: Any) -> int:
    return look.session.scalar(select(func.count()).select_from(IssuanceRequest).where(*conditions)) or 0
