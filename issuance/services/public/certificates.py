"""What strangers judge our seals, chips and lists by: certificates and revocation lists, as files."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from asn1crypto import pem

from issuance.acts import Look
from issuance.keys import anchors, revocation_lists
from issuance.services.production import seals
from printing.pki.signing import SignerCertificate

PEM_KIND, CRL_KIND = "application/x-pem-file", "application/pkix-crl"


def files(look: Look, *signers: bytes) -> dict[str, bytes]:
    """Every seal signer's certificate, the authority's and its list, and these signers' (DER), by name of the file."""
    found = {f"{one.signer}-{one.reference}.pem": one.certificate for one in seals.certificates(look)}
    found |= {f"list-{SignerCertificate.of(one).serial:X}.pem": one for one in signers}
    found |= zip(_numbered("csca", "pem"), anchors(look.settings), strict=False)
    armoured = {name: pem.armor("CERTIFICATE", certificate) for name, certificate in found.items()}
    return armoured | dict(zip(_numbered("csca", "crl"), revocation_lists(look.settings), strict=False))


def kind_of(name: str) -> str:
    """The media type of one of them."""
    return CRL_KIND if name.endswith(".crl") else PEM_KIND


def _numbered(name: str, kind: str) -> Iterator[str]:
    """`csca.pem`, `csca-2.pem`, ..."""
    yield f"{name}.{kind}"
    yield from (f"{name}-{number}.{kind}" for number in itertools.count(2))
