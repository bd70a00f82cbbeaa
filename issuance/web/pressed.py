"""A button that does one act: whether it was done or refused is said on the page that it leads back to."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from issuance.acts import Act
from issuance.errors import Conflict
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import sentence


def press(change: Callable[[Act], object], said: str, back: str) -> ResponseReturnValue:
    """Do it and go `back`, where `said` tells that it is done; or why not, when things went on meanwhile."""
    try:
        with current_office().act(current_actor()) as act:
            change(act)
        flash(said, "done")
    except Conflict as error:
        flash(sentence(error), "soon")
    return redirect(back, 303)
