"""Which papers of a case can be printed, and in which language beside Romanian."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.law.persons import rights
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.persons import notices
from issuance.services.rule_versions import rules_of
from issuance.states import APPROVED, RequestState
from issuance.web.frame.current import current_actor
from issuance.web.frame.forms import Form
from issuance.web.words.languages import languages
from printing import papers
from printing.papers import Receipt, Words

DEFAULT_LANGUAGE = "en"
TELLERS = (RoleName.CLERK, RoleName.DECISION_OFFICER)
"""Who reads rights and duties to a person."""


class Choice(NamedTuple):
    """A paper that can be printed now."""

    label: str
    url: str


def choices(case: IssuanceRequest) -> list[Choice]:
    """The papers that this account may print for the case as it is."""
    roles = current_actor().roles
    offered = [(RoleName.CLERK in roles, gettext("Receipt"), "desk.papers.receipt")]
    decided = bool(roles & {RoleName.CLERK, RoleName.DECISION_OFFICER})
    offered.append((decided and case.state in APPROVED, gettext("Approval notice"), "desk.papers.approval"))
    offered.append((decided and case.state == RequestState.REFUSED, gettext("Refusal notice"), "desk.papers.refusal"))
    delivered = RoleName.CLERK in roles and case.state == RequestState.DELIVERED
    offered.append((delivered, gettext("Hand-over protocol"), "desk.papers.hand_over_protocol"))
    offered.append((tells_rights(case), gettext("Rights and duties"), "rights.reading.paper"))
    return [Choice(label, url_for(endpoint, request_id=case.id)) for allowed, label, endpoint in offered if allowed]


def tells_rights(case: IssuanceRequest) -> bool:
    """Whether this account reads rights and duties to the person of the case: a centre tells its own, and not every
    status has a text."""
    actor = current_actor()
    own = bool(actor.roles & set(TELLERS)) and actor.centre_id == case.centre_id
    return own and rights.read_to(case.person.status) is not None


def answers_demands(look: Look) -> bool:
    """Whether this account takes in and answers what persons ask about their data."""
    return bool(look.actor.roles & {RoleName.CLERK, RoleName.SUPERVISOR})


def language_form(look: Look, case: IssuanceRequest) -> tuple[Form, list[tuple[str, str]]]:
    """The choice of the language beside Romanian, with what the register knows chosen."""
    offered = [(code, label) for code, label in languages() if code in papers.languages(Receipt) and code != "ro"]
    return Form({"language": written(language_of(look, case))}), offered


def language_of(look: Look, case: IssuanceRequest) -> str:
    """The language in which rights and duties were explained to the person, else the one noted at lodging."""
    notice = notices.given(look, case.person)
    return notice.language if notice else case.person.language


def written(language: str) -> str:
    """The language if the papers are written in it, else English: Romanian stands there anyway."""
    return language if language in papers.languages(Receipt) and language != "ro" else DEFAULT_LANGUAGE


# What a paper says in the language of its holder.


@cache
def _texts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("papers.toml").read_text("utf-8"))


def title_of(case: IssuanceRequest, language: str) -> Words:
    """The name of the document, in Romanian, English and this language."""
    title = document_types.get(case.document_type).title
    return Words(title.ro, title.en, _texts()["titles"][case.document_type].get(language, ""))


def missing_of(case: IssuanceRequest, language: str) -> tuple[Words, ...]:
    """What is still missing, in Romanian, English and this language."""
    asked = {paper.code: {"ro": paper.text.ro, "en": paper.text.en} for paper in rules_of(case).evidence}
    texts = {code: {**_texts()["missing"].get(code, {}), **asked.get(code, {})} for code in case.missing}
    return tuple(Words(said["ro"], said["en"], said.get(language, "")) for said in texts.values() if "ro" in said)
