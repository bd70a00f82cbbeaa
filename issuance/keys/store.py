"""What verifiers need of the authority: its certificates and revocation lists, as files under `var/keys`.

`anchors/*.crt` are certificates of the national authority and `crls/*.crl` its revocation list, both brought in by
`flask pki import`; an authority for development is an anchor too.
"""

from __future__ import annotations

from pathlib import Path

from asn1crypto import pem

from issuance.settings import Settings


def folder(settings: Settings) -> Path:
    """Where keys, certificates and revocation lists are."""
    return settings.var / "keys"


def anchors(settings: Settings) -> list[bytes]:
    """The certificates (DER) of the country's signing authority that this office trusts; none before any was there."""
    paths = sorted((folder(settings) / "anchors").glob("*.crt"))
    own = folder(settings) / "csca.crt"
    if settings.development_keys and own.exists():
        paths.insert(0, own)
    return [pem.unarmor(path.read_bytes())[2] for path in paths]


def revocation_lists(settings: Settings) -> list[bytes]:
    """The authority's revocation lists (DER) that this office has."""
    return [path.read_bytes() for path in sorted((folder(settings) / "crls").glob("*.crl"))]
