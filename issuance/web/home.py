"""The first page after logging in: the work that waits."""

from __future__ import annotations

from flask import Blueprint, render_template

from issuance.web.auth import ANY_ROLE, allow

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@allow(*ANY_ROLE)
def start() -> str:
    """The queues of one's roles, with what waits in each."""
    return render_template("home.html")
