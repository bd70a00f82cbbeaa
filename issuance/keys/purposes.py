"""What the office signs: seals, chips, and the lists of documents that hold. Everything else its signers share."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from issuance import document_types
from printing.pki.certificates import Authority, Period, bar_code_signer, is_bar_code_signer
from printing.pki.checks import (
    check_bar_code_signer,
    check_document_signer,
    check_list_signer,
    is_document_signer,
)
from printing.pki.document_signers import document_signer
from printing.pki.list_signers import is_list_signer, list_signer

ALGORITHMS = ("P-256", "brainpoolP256r1", "RSA-3072")
"""The keys that are made here; the first is what is made when nothing is said."""

LARGEST_SEAL_SERIAL = 0xFFF
"""The seal of a residence permit on paper has room for three digits of it (TR-03137-1, 8.1: 142 bytes)."""


LIST_HOLDS = dt.timedelta(days=7)
"""How old a status list may be before nobody should judge by it any more."""


@dataclass(frozen=True)
class Purpose:
    """What a signer is for. Its certificate is valid for `usage` and then as long as the longest document it signed.

    `file` is the stem of its files and the label of its keys in a token; `recognises` tells its certificates (DER) from
    others; `common_name` and `certify` are of the development authority; `check` judges a certificate by the
    authorities (DER), the country and the moment; `missing` says that a token has none.
    """

    name: Literal["seal", "document", "list"]
    file: str
    usage: dt.timedelta
    longest_document: dt.timedelta
    algorithms: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    common_name: str
    certify: Callable[[bytes, Authority, Period, Period], bytes]
    check: Callable[[bytes, Sequence[bytes], str, dt.datetime], None]
    missing: str


def _seal_signer(public_key: bytes, authority: Authority, validity: Period, _: Period) -> bytes:
    serial = 1 + secrets.randbelow(LARGEST_SEAL_SERIAL)
    return bar_code_signer(public_key, authority, name=SEAL.common_name, serial=serial, validity=validity)


def _document_signer(public_key: bytes, authority: Authority, validity: Period, usage: Period) -> bytes:
    return document_signer(
        public_key,
        authority,
        name=DOCUMENT.common_name,
        serial=1 + secrets.randbits(64),
        validity=validity,
        usage=usage,
        document_types=chip_codes(),
    )


def _list_signer(public_key: bytes, authority: Authority, validity: Period, _: Period) -> bytes:
    serial = 1 + secrets.randbits(64)
    return list_signer(public_key, authority, name=LIST.common_name, serial=serial, validity=validity)


def _check_seal_signer(certificate: bytes, authorities: Sequence[bytes], country: str, at: dt.datetime) -> None:
    check_bar_code_signer(certificate, authorities, country=country, at=at, largest_serial=LARGEST_SEAL_SERIAL)


def _check_document_signer(certificate: bytes, authorities: Sequence[bytes], country: str, at: dt.datetime) -> None:
    check_document_signer(certificate, authorities, country=country, at=at, document_types=chip_codes())


def _check_list_signer(certificate: bytes, authorities: Sequence[bytes], country: str, at: dt.datetime) -> None:
    check_list_signer(certificate, authorities, country=country, at=at)


def chip_codes() -> list[str]:
    """The MRZ codes of the documents that have a chip."""
    return sorted({one.mrz.code for one in document_types.load().values() if one.chip and one.mrz})


SEAL = Purpose(
    name="seal",
    file="seal-signer",
    usage=dt.timedelta(days=365),
    # No sealed document is valid longer (assumption): TID 90 days, RT 30 days, TPP a year, RC until the TID.
    longest_document=dt.timedelta(days=366),
    algorithms=tuple(name for name in ALGORITHMS if not name.startswith("RSA")),  # Doc 9303-12, 4.1.8
    recognises=is_bar_code_signer,
    common_name="LI",
    certify=_seal_signer,
    check=_check_seal_signer,
    missing=(
        "The token %(token)s has no EC private key together with a bar code signer certificate of the same CKA_ID: put "
        "both there."
    ),
)
DOCUMENT = Purpose(
    name="document",
    file="document-signer",
    usage=dt.timedelta(days=90),  # at most three months (Doc 9303-12, 4.1.1.2)
    longest_document=dt.timedelta(days=3 * 366),  # a refugee's residence permit
    algorithms=ALGORITHMS,
    recognises=is_document_signer,
    common_name="Liman Development Document Signer",
    certify=_document_signer,
    check=_check_document_signer,
    missing=(
        "The token %(token)s has no private key together with a document signer certificate of the same CKA_ID: make "
        "the key by flask pki csr, and put the authority's certificate beside it by flask pki import."
    ),
)
LIST = Purpose(
    name="list",
    file="list-signer",
    usage=dt.timedelta(days=365),
    longest_document=LIST_HOLDS,
    algorithms=("P-256",),  # ES256 (RFC 7518, 3.4)
    recognises=is_list_signer,
    common_name="Liman Development List Signer",
    certify=_list_signer,
    check=_check_list_signer,
    missing=(
        "The token %(token)s has no private key together with a list signer certificate of the same CKA_ID: make the "
        "key by flask pki csr --signer list, and put the authority's certificate beside it by flask pki import."
    ),
)
PURPOSES: dict[str, Purpose] = {purpose.name: purpose for purpose in (DOCUMENT, SEAL, LIST)}
