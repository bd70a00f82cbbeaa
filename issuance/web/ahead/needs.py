"""What somebody needs at the visit, in the words of the staff."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

NEEDS: dict[str, Any] = {
    "interpreter": lazy_gettext("an interpreter"),
    "signs": lazy_gettext("sign language"),
    "reading": lazy_gettext("help with reading and writing"),
    "step_free": lazy_gettext("a way without steps"),
    "woman": lazy_gettext("a woman to talk to"),
    "quiet": lazy_gettext("a quiet room"),
    "milk": lazy_gettext("a place to feed a baby"),
}
"""By the code of `said.NEEDS`."""
