"""What an officer weighs of one case, in words: the person, the request, what is unusual, earlier documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale

from issuance import document_types
from issuance.acts import Look
from issuance.law.documents.endings import grounds
from issuance.law.persons.care import care
from issuance.models.documents import Document
from issuance.models.endings import Ending
from issuance.models.requests import IssuanceRequest
from issuance.services.bulks import exceptions
from issuance.services.care import observations
from issuance.services.casework import decisions, enrolment, persons
from issuance.services.life import endings
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import Standing, extension, standing
from issuance.services.persons import alike, signatures, versions
from issuance.services.production import documents
from issuance.services.rule_versions import rules_of
from issuance.web.case import card
from issuance.web.case.brought import lines
from issuance.web.words import fingerprints as finger_words
from issuance.web.words import persons as person_words
from issuance.web.words.codes import PROCEDURES, REASONS, SIGNATURE_ABSENCES, STATUS_WORDS, travel_document
from issuance.web.words.duties import FLAGS
from issuance.web.words.findings import shown
from issuance.web.words.nationalities import nationality_names


@dataclass(frozen=True, slots=True)
class Earlier:
    """A document that was made for the person before: what it is today, and on what ground of the law it ended."""

    document: Document
    kind: str
    standing: Standing
    extension: Extension | None
    ended_on: dt.datetime | None
    ground: str


def of(look: Look, case: IssuanceRequest) -> dict[str, object]:
    """Everything the page of one decision shows."""
    kind, language = document_types.get(case.document_type), str(get_locale())
    rules, portrait, papers = rules_of(case), enrolment.newest(look, case), lines(look, case)
    return {
        "type_title": card.type_title(case.document_type),
        "has_face": kind.face is not None,
        "flags": _flags(look, case),
        "alike": len(alike.others(look, case.person)),
        "earlier": _earlier(look, case),
        "since_lodging": person_words.changes(_since_lodging(case)),
        "portrait": portrait,
        "signature": signatures.of(look, case),
        "absence_words": SIGNATURE_ABSENCES,
        "findings": shown(portrait.findings) if portrait else [],
        "papers": papers,
        "lacks_paper": any(line.paper.standing == "missing" for line in papers),
        "by_hand": decisions.needs_second_entry(case),
        "fingers": finger_words.said(look, case),
        "validity": rules.validity.text.text(language),
        "legal_basis": rules.legal_basis.text(language),
        "travel_document": travel_document(case.travel_document),
        "nationality": nationality_names(case.holder.nationalities),
        "status_word": str(STATUS_WORDS.get(case.holder.status, case.holder.status)),
        "procedure_word": str(PROCEDURES.get(case.procedure, case.procedure)),
        "reason_word": str(REASONS.get(case.replacement_reason, "")),
        "needs": card.needs_words(observations.needs_of(look, case.person)),
        "warned": care().accelerated if observations.warns_accelerated(look, case) else None,
        "language": language,
    }


def _flags(look: Look, case: IssuanceRequest) -> list[tuple[Any, str]]:
    """What is out of the ordinary; that something is typed from the file the page shows by itself."""
    codes = exceptions.flags(look, [case])[case.id]
    return [FLAGS[code] for code in codes if code != exceptions.SECOND_ENTRY]


def _earlier(look: Look, case: IssuanceRequest) -> list[Earlier]:
    """The documents of the person's other requests, the newest first; of attempts the one that stayed."""
    others = [each for each in persons.of_person(look, case.person) if each.id != case.id]
    if not others:
        return []
    made = documents.of_requests(look, {each.id for each in others})
    newest = [(each.kind, made[each.id][0]) for each in others if each.id in made]
    ended = endings.endings_of(look, [document.id for _, document in newest])
    return [_told(look, kind, document, ended.get(document.id)) for kind, document in newest]


def _told(look: Look, kind: str, document: Document, ending: Ending | None) -> Earlier:
    ground = grounds()[ending.ground].title.text(str(get_locale())) if ending else ""
    now, longer = standing(look, document), extension(look, document)
    return Earlier(document, kind, now, longer, ending.at if ending else None, ground)


def _since_lodging(case: IssuanceRequest) -> dict[str, tuple[str, str]]:
    """What the register says otherwise than when the request was lodged, or last approved."""
    return versions.differences(case.person_version, case.holder) if case.person_version else {}
