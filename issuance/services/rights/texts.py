"""Public texts that somebody who speaks their language has read, one by one (ADR 0080)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.rights import TextReview


@dataclass(frozen=True)
class Reading:
    """Who read a text, and what it says when it is said in Romanian again."""

    reader: str
    back: str


def of_language(look: Look, language: str) -> Mapping[str, TextReview]:
    """The reviews of a language's texts, by the digest of the text; of texts too that are no more."""
    rows = look.session.scalars(select(TextReview).where(TextReview.language == language))
    return {row.digest: row for row in rows}


def digests(look: Look, language: str) -> frozenset[str]:
    """The digests of the texts of a language that were reviewed."""
    return frozenset(look.session.scalars(select(TextReview.digest).where(TextReview.language == language)))


def keep(act: Act, language: str, digest: str, reading: Reading) -> TextReview:
    """Keep that the text was read and says what it ought to. Conflict when it was kept already."""
    if not reading.reader.strip():
        raise InvalidInput("reader", "Name who read the text: somebody who speaks the language.")
    if not reading.back.strip():
        raise InvalidInput("back", "Write what the text says, in Romanian, without looking at the Romanian one.")
    kept = {"kept_by": act.actor.id, "kept_at": act.clock.now()}
    row = TextReview(language=language, digest=digest, reader=reading.reader.strip(), back=reading.back.strip(), **kept)
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("This text was reviewed already. Open the page again.", field="back") from error
    act.record("text.reviewed", row, language=language)
    return row
