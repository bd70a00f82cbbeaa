"""What can be said of a chip's files: verdicts on the whole, findings on each file, and what a check adds to them."""

from __future__ import annotations

from enum import StrEnum


class Answer(StrEnum):
    """The three answers to whether a chip is genuine. What is odd and right is a remark besides."""

    VALID = "valid"
    REFUSED = "refused"
    NOT_JUDGED = "not judged"


class Verdict(StrEnum):
    """What was found; of several the first here, the gravest. A forgery is never merely expired, nor not judged."""

    SIGNATURE_WRONG = "signature wrong"
    DATA_DIFFERS = "data differ"
    NOT_PROVED = "key not proved"
    MALFORMED = "malformed"
    SIGNER_NOT_ALLOWED = "signer not allowed"
    REVOKED = "signer revoked"
    UNKNOWN_SIGNER = "unknown signer"
    NOT_JUDGED = "cannot be judged"
    SIGNER_EXPIRED = "signer expired"
    VALID = "valid"

    @property
    def answer(self) -> Answer:
        """Of an unknown signer nobody here can say more than of what cannot be read: ask for what is missing."""
        if self in (Verdict.UNKNOWN_SIGNER, Verdict.NOT_JUDGED):
            return Answer.NOT_JUDGED
        return Answer.VALID if self is Verdict.VALID else Answer.REFUSED


class Finding(StrEnum):
    """What became of one file. COM and CardAccess are not signed, but must agree with what is."""

    AS_SIGNED = "as signed"
    AGREES = "agrees with what is signed"
    DIFFERS = "differs"
    MISSING = "missing"
    UNREAD = "not read"
    UNLISTED = "not in the security object"
    UNSIGNED = "not signed"
    MALFORMED = "malformed"


Fault = tuple[Verdict | None, str]
"""A verdict that a check asks for, None for a mere remark, and the sentence that says why."""
