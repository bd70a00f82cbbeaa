"""The national authority of the walk: certifies what it is asked for, and lists what it revoked (nothing)."""

from __future__ import annotations

from pathlib import Path

from asn1crypto import csr, pem

from issuance.clock import SystemClock
from issuance.keys import development, store
from issuance.keys.purposes import PURPOSES
from issuance.settings import Settings


def answer(requests: Path, folder: Path, own: Path) -> None:
    """Certify the requests (`*.csr`) of an office into `folder`; the authority keeps its key in `own`."""
    settings, clock = Settings(var=own), SystemClock()
    folder.mkdir(parents=True)
    for purpose in PURPOSES.values():
        asked = csr.CertificationRequest.load(pem.unarmor((requests / f"{purpose.file}.csr").read_bytes())[2])
        public_key = asked["certification_request_info"]["subject_pk_info"].dump()
        made = development.certify(purpose, public_key, store.folder(settings), clock)
        (folder / f"{purpose.file}.pem").write_bytes(pem.armor("CERTIFICATE", made))
    (folder / "csca.pem").write_bytes((store.folder(settings) / "csca.crt").read_bytes())
    (folder / "csca.crl").write_bytes(store.revoke(settings, [], clock).read_bytes())
    for path in folder.iterdir():
        path.chmod(0o644)
