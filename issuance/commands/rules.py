"""Later versions of the rules by the command line: what it drafts applies from its day, as ADR 0047 says of roles."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.errors import InvalidInput
from issuance.models.requests import RuleVersion
from issuance.services import rule_versions
from issuance.services.admin import rule_drafts, rule_fields
from issuance.services.admin.rule_drafts import Proposal
from issuance.web.frame.current import current_office


@click.command("draft-rules")
@click.argument("document_type")
@click.option("--from", "applies_from", type=click.DateTime(["%Y-%m-%d"]), required=True, help="first day")
@click.option("--set", "said", multiple=True, required=True, help="KEY=VALUE, as in the type's file")
@click.option("--reason", required=True, help="why, for the audit")
@says
def draft_rules(document_type: str, applies_from: dt.datetime, said: tuple[str, ...], reason: str) -> None:
    """Give DOCUMENT_TYPE a later version of its rules: the last one with other values. Nobody else has to agree."""
    with current_office().act(SYSTEM) as act:
        base = rule_versions.last(act, document_type)
        row = rule_drafts.draft(act, Proposal(base, applies_from.date(), _changes(base, said), reason))
    click.echo(f"The version applies from {row.applies_from}.")


def _changes(base: RuleVersion, said: Sequence[str]) -> dict[str, Any]:
    """The values by key, of the sort that each rule has. InvalidInput for what is none."""
    sorts = {field.key: field.kind for field in rule_fields.fields(json.loads(base.content))}
    pairs = [one.partition("=") for one in said]
    return {key: _value(key, sorts.get(key), text) for key, _, text in pairs}


def _value(key: str, sort: rule_fields.Kind | None, text: str) -> Any:
    if sort == "kinds":
        return text.split()
    if sort != "whole":
        return text
    try:
        return int(text)
    except ValueError:
        raise InvalidInput(key, "Give a whole number.") from None


@click.command("rule-drafts")
@says
def list_drafts() -> None:
    """List the versions that wait for a second administrator: id, type, first day, author, and why."""
    with current_office().reading() as look:
        for row in rule_drafts.waiting(look):
            author = row.author.email if row.author else "-"
            click.echo("  ".join([str(row.id), row.document_type, str(row.applies_from), author, row.reason]))


@click.command("agree-rules")
@click.argument("draft_id", type=click.UUID)
@says
def agree_rules(draft_id: UUID) -> None:
    """Agree to a version that an administrator drafted."""
    with current_office().act(SYSTEM) as act:
        rule_drafts.agree(act, rule_drafts.named(act, draft_id))
    click.echo("The version applies from its first day.")


@click.command("end-rules")
@click.argument("draft_id", type=click.UUID)
@click.option("--why", required=True)
@says
def end_rules(draft_id: UUID, why: str) -> None:
    """Decline a version, or take back one that was agreed to, before its first day."""
    with current_office().act(SYSTEM) as act:
        rule_drafts.end(act, rule_drafts.named(act, draft_id), why)
    click.echo("The version does not apply.")
