"""How long the signers still sign, and what is wrong with them: for `flask pki status`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from asn1crypto import x509

from issuance.clock import Clock
from issuance.keys import files, store
from issuance.keys.purposes import Purpose
from issuance.keys.signer import OfficeSigner, SignerUnavailable
from issuance.keys.token import Token
from issuance.keys.token_key import certified, chosen
from issuance.settings import Settings
from printing.pki.certificates import usage_begins, usage_ends
from printing.pki.document_signers import LONGEST_CRL

State = Literal["signs", "waits", "replaced", "ended", "revoked"]

WARNING_DAYS = 14
"""So long before a signer's usage period ends it is said that a new one is needed: an authority takes its time."""


@dataclass(frozen=True)
class Certified:
    """A certificate of a signer: serial number in hex, validity, the days on which its key signs, how many are to come.

    `state`: it signs, waits for its first day or as a spare, was replaced, its days ended, or it was revoked.
    """

    signer: str
    subject: str
    serial: str
    valid_from: dt.date
    valid_until: dt.date
    signs_from: dt.date
    signs_until: dt.date
    days_left: int
    state: State


def certificates(purpose: Purpose, settings: Settings, clock: Clock) -> list[Certified]:
    """Every certificate of a purpose that is here, the one that signs first. SignerUnavailable: a token's refusal."""
    if settings.signer == "pkcs11":
        with Token(purpose, settings) as token:
            found = [key.certificate for key in certified(token, purpose)]
        first = chosen(found, purpose, settings, clock) if found else b""
        spare: State = "waits"
    else:
        folder = store.folder(settings)
        paths = [folder / f"{purpose.file}.crt", *sorted((folder / "published").glob(f"{purpose.file}-*.crt"))]
        found = [files.certificate_in(path, bytes) for path in paths if path.exists()]
        first, spare = found[0] if found else b"", "replaced"
    others = [_described(purpose, der, settings, clock, spare) for der in found if der != first]
    return [_described(purpose, first, settings, clock, "signs"), *others] if found else []


def warnings(purpose: Purpose, found: list[Certified], opens: Callable[[], OfficeSigner]) -> Iterator[str]:
    """What is wrong with the signer of a purpose, or soon will be; `opens` opens it."""
    if not found:
        yield f"There is no {purpose.name} signer: make one by flask pki init, or by flask pki csr and import."
        return
    try:
        opens().close()
    except SignerUnavailable as error:
        yield str(error)
        return
    left = max(one.days_left for one in found if one.state in ("signs", "waits"))
    if left <= WARNING_DAYS:
        yield f"The {purpose.name} signer signs for {left} more days: make its successor by flask pki roll."


def list_warnings(settings: Settings, clock: Clock) -> Iterator[str]:
    """What is wrong with the authority's revocation list."""
    lists = store.read_lists(settings)
    if not lists and settings.env == "production":
        yield "There is no revocation list: bring in the authority's by flask pki import --crl FILE."
    for one in lists:
        if clock.now() > min(one.next_update, one.this_update + LONGEST_CRL):
            days = (clock.now() - one.this_update).days
            yield f"The revocation list {one.number} is {days} days old: there must be a newer one, bring it in."


def _described(purpose: Purpose, der: bytes, settings: Settings, clock: Clock, state: State) -> Certified:
    parsed, begins, ends = x509.Certificate.load(der), usage_begins(der), usage_ends(der, purpose.longest_document)
    if store.is_revoked(settings, der):
        state = "revoked"
    elif clock.today() > ends:
        state = "ended"
    elif clock.now() < begins:
        state = "waits"
    return Certified(
        signer=purpose.name,
        subject=" ".join(map(str, (parsed.subject.native.get(part, "-") for part in ("country_name", "common_name")))),
        serial=f"{parsed.serial_number:X}",
        valid_from=parsed.not_valid_before.date(),
        valid_until=parsed.not_valid_after.date(),
        signs_from=begins.date(),
        signs_until=ends,
        days_left=max(0, (ends - clock.today()).days),
        state=state,
    )
