"""Whether an office has had every public text of a language read: then no page says any more that a machine made it.

Asked of the register at most once in a minute and process, as every page of a language would ask the same.
"""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from issuance.errors import LimanError
from issuance.office import Office
from issuance.services.rights import texts
from issuance.web.frame.tongues.texts import public_texts

SECONDS = 60.0


class ReadHere:
    """What one process knows of the reviews of its office."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, bool]] = {}

    def whole(self, office: Office, language: str) -> bool:
        """Whether every text of the language was read here. While the register does not answer: as before, else not."""
        until, known = self._known.get(language, (0.0, False))
        if time.monotonic() >= until:
            with suppress(SQLAlchemyError, LimanError):  # the page that is drawn may be the one that says so
                known = _every_text(office, language)
            self._known[language] = (time.monotonic() + SECONDS, known)
        return known


def _every_text(office: Office, language: str) -> bool:
    with office.reading() as look:
        read = texts.digests(look, language)
    return bool(read) and all(text.digest in read for text in public_texts(language))
