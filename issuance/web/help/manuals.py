"""The manual of one's role, which the key F1 opens, and those of the others."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, current_app, render_template

from issuance.models.staff import RoleName
from issuance.web.frame.auth import ANY_ROLE, access_of, allow
from issuance.web.frame.current import current_actor
from issuance.web.frame.i18n import language
from issuance.web.help.text import manual

blueprint = Blueprint("manuals", __name__, url_prefix="/help")


@blueprint.get("")
@allow(*ANY_ROLE)
def own() -> str:
    """The manual of the reader's role: of several, the first."""
    return _page(next(iter(_own()), RoleName.CLERK))


@blueprint.get("/<role>")
@allow(*ANY_ROLE)
def show(role: str) -> str:
    """The manual of any role: who answers for others, or helps out, reads theirs."""
    if role not in set(RoleName):
        abort(404)
    return _page(RoleName(role))


def _own() -> list[RoleName]:
    return [role for role in RoleName if role in current_actor().roles]


def _page(role: RoleName) -> str:
    title, *blocks = manual(role, language())
    groups = [(kind, list(group)) for kind, group in groupby(blocks, key=lambda block: block.kind)]
    own = _own()
    roles = [*own, *(each for each in RoleName if each not in own)]
    return render_template("help/manual.html", role=role, title=title, groups=groups, roles=roles, opens=_opens)


def _opens(endpoint: str) -> bool:
    """Whether the reader may open this page: what they may not is named and no link."""
    access = access_of(current_app, endpoint)
    return access is not None and bool(access.roles & current_actor().roles)
