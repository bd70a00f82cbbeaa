"""Who made the notice of data protection in a language: ours, a machine, or somebody reviewed each text of it."""

from __future__ import annotations

from sqlalchemy import func, select

from issuance.acts import Look
from issuance.law.office import text_reviews
from issuance.law.office.privacy import privacy
from issuance.models.rights import TextReview


def state_of(look: Look, language: str) -> text_reviews.State:
    """Of the whole notice: made by a machine, as long as nobody reviewed one of its texts."""
    shipped = text_reviews.state(language)
    if shipped != "machine":
        return shipped
    digests = {text_reviews.digest(text.key, text.in_(language)) for text in privacy().texts}
    known = select(func.count()).where(TextReview.language == language, TextReview.digest.in_(digests))
    return "reviewed" if look.session.scalar(known) == len(digests) else "machine"
