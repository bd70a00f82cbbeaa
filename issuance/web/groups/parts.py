"""What the pages of groups share: who sees them, and the members of a list, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request, url_for

from issuance.acts import Look
from issuance.models.groups import ResettlementGroup
from issuance.models.staff import RoleName
from issuance.services.groups import lacking
from issuance.web.case import card
from issuance.web.case.brought import missing_words
from issuance.web.case.card import CaseRow
from issuance.web.frame.auth import CLERKS
from issuance.web.groups import words
from issuance.web.words.duties import NOT_ARRIVED

SEEN_BY = (*CLERKS, RoleName.OPERATOR)
"""Who works on groups; an operator sees numbers."""

Shown = tuple[lacking.Row, CaseRow, list[str]]


def members_page(look: Look, group: ResettlementGroup, which: str, endpoint: str) -> dict[str, Any]:
    """The members of a list from the place that the address names, as the templates of groups draw them."""
    after = min(max(request.args.get("after", 0, type=int), 0), 10**9)
    found = lacking.page(look, group, which, after) if which else []
    rows, more = found[: lacking.PAGE_ROWS], len(found) > lacking.PAGE_ROWS
    return {
        "rows": shown(rows),
        "following": url_for(endpoint, group_id=group.id, after=rows[-1].member.place) if more else "",
        "is_first": not after,
        "why_left": words.LEFT | NOT_ARRIVED,
    }


def shown(rows: Iterable[lacking.Row]) -> list[Shown]:
    """Members as a list shows them: the row, its case, and what is missing in words."""
    return [(each, card.row(each.request), _missing(each)) for each in rows]


def _missing(row: lacking.Row) -> list[str]:
    """What somebody lacks, in words."""
    said = missing_words(row.request) if row.lacks else {}
    return [said.get(code, code) for code in row.lacks]
