"""A queue of cases as a page shows it: narrowed by state and type, sorted, a page at a time, all in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import queues
from issuance.services.casework.queues import PAGE_ROWS, Work
from issuance.services.lists import Order
from issuance.states import OPEN, RequestState
from issuance.web.case.card import queue_columns
from issuance.web.frame.forms import asked_order, order_args
from issuance.web.frame.i18n import capital
from issuance.web.words.states import word

Chip = tuple[str, str, bool, int]
Counts = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Narrowed:
    """A page of a queue: the cases, and how many there are by state and type; `state` and `code` narrow it, or not."""

    endpoint: str
    state: str
    code: str
    order: Order
    counts: Counts
    page: int
    cases: list[IssuanceRequest]

    @property
    def total(self) -> int:
        """How many cases fit, on all pages."""
        return _number(self.counts, self.state, self.code)

    def shown(self) -> dict[str, Any]:
        """What `ui.narrowing`, the table's columns and the pager say, for a template."""
        chosen: dict[str, Any] = {"state": self.state or None, "type": self.code or None}
        sorted_so = order_args(self.order)
        address = partial(url_for, self.endpoint, **sorted_so)
        return {
            "endpoint": self.endpoint,
            "states": _state_chips(address, self.counts, self.state, self.code),
            "types": _type_chips(address, self.counts, self.state, self.code),
            "chosen": chosen | sorted_so,
            "columns": queue_columns(gettext("State"), self.order, partial(url_for, self.endpoint, **chosen)),
            "page": self.page,
            "pages": _pages(self.total),
            "total": self.total,
        }


def narrow(look: Look, endpoint: str, work: Work) -> Narrowed:
    """The queue as its address asks for it; a filter that nobody knows is none, and a page beyond the end the last."""
    state, code = request.args.get("state", ""), request.args.get("type", "")
    state, code = state if state in work.states else "", code if code in document_types.load() else ""
    counts, order = queues.work_counts(look, work), asked_order(queues.SORTS)
    page = min(max(request.args.get("page", 1, type=int), 1), _pages(_number(counts, state, code)))
    asked = replace(work, states=(RequestState(state),) if state else work.states, types=(code,) if code else ())
    return Narrowed(endpoint, state, code, order, counts, page, queues.work_page(look, asked, page=page, order=order))


def _number(counts: Counts, state: str, code: str) -> int:
    return sum(n for key, n in counts.items() if state in ("", key[0]) and code in ("", key[1]))


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_ROWS))


def _state_chips(address: Callable[..., str], counts: dict[tuple[str, str], int], state: str, code: str) -> list[Chip]:
    """One chip a state that has requests; pressing the chosen one lets go of it."""
    chips = []
    for each in sorted({key[0] for key in counts} | ({state} - {""}), key=[str(state) for state in OPEN].index):
        count = sum(n for key, n in counts.items() if key[0] == each and code in ("", key[1]))
        url = address(state=None if each == state else each, type=code or None)
        chips.append((capital(word(each)), url, each == state, count))
    return chips


def _type_chips(address: Callable[..., str], counts: dict[tuple[str, str], int], state: str, code: str) -> list[Chip]:
    """One chip a document type that has requests."""
    chips = []
    for each in sorted({key[1] for key in counts} | ({code} - {""})):
        count = sum(n for key, n in counts.items() if key[1] == each and state in ("", key[0]))
        url = address(state=state or None, type=None if each == code else each)
        chips.append((each, url, each == code, count))
    return chips
