"""The folder of what the office publishes under `/lists/`: certificates and signed lists.

The authority's certificates (`csca*.pem`) are what everything else is trusted by: who has the folder must have these
from the authority, or have compared their fingerprints.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from asn1crypto import pem, x509

from printing.lists import decisions
from printing.lists.decisions import Decisions
from printing.lists.envelope import Signed, TokenError
from printing.lists.status_list import ListError, StatusList
from printing.lists.tokens import Token, read
from printing.pki import public_keys
from printing.pki.certificates import is_bar_code_signer
from printing.pki.checks import RevocationList, check_crl, read_certificate
from printing.pki.list_signers import is_list_signer
from printing.pki.signing import CertificateError, SignerCertificate

MOST_BYTES = 1_000_000
"""What no published file has; larger ones are left unread."""

CERTIFICATES, LISTS, REVOCATIONS = (".pem", ".crt", ".cer", ".der"), (".cwt", ".jwt"), (".crl",)


SomeList = TypeVar("SomeList", Token, Decisions)


class Unusable(Exception):
    """What is missing or wrong with the folder, so that nothing can be said; `code` finds the sentence."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Listed:
    """What the list says of a number, and when it was made."""

    status: int
    token: Token


class Folder:
    """A folder of published files, read when they are needed. Unusable says why something cannot be told."""

    def __init__(self, path: Path, now: dt.datetime) -> None:
        if not path.is_dir():
            raise Unusable("no_folder")
        self._path, self._now = path, now
        found = [der for data in self._files(CERTIFICATES) for der in _unarmoured(data)]
        self._authorities = [der for der in found if _is_authority(der)]
        self._signers = [der for der in found if is_bar_code_signer(der)]
        if not self._authorities:
            raise Unusable("no_authority")

    @property
    def countries(self) -> set[str]:
        """The countries of the authorities, two letters each."""
        return {str(x509.Certificate.load(one).subject.native.get("country_name")) for one in self._authorities}

    def signers_of(self, signer: str, serial: int) -> list[bytes]:
        """The certificates (DER) of a seal's signer that an authority issued and did not revoke.

        Unusable when there are none, or when what there is was revoked.
        """
        named = [one for one in self._signers if _names(one) == (signer, serial)]
        if not named:
            raise Unusable("no_signer", signer=signer, serial=f"{serial:X}")
        return [one for one in named if self._check(one)]

    def status(self, name: str, index: int) -> Listed:
        """What the newest list of this name says. Unusable: there is none, it is not to be trusted, or too old."""
        lists = sorted(self._lists(name), key=lambda one: one.token.issued_at, reverse=True)
        if not lists:
            raise Unusable("no_list", name=name)
        token = self._trusted(lists[0])
        try:
            return Listed(StatusList.of(token.bits, token.packed)[index], token)
        except (ListError, IndexError) as error:
            raise Unusable("bad_list", name=name) from error

    def decisions(self) -> Decisions:
        """The newest list of decisions that let documents hold longer. Unusable, as for a status list."""
        paths = [path for path in self._paths(LISTS) if path.stem == decisions.NAME]
        lists = [signed for signed in map(_read_decisions, paths) if signed and signed.token.name == decisions.NAME]
        if not lists:
            raise Unusable("bad_list" if paths else "no_list", name=decisions.NAME)
        return self._trusted(max(lists, key=lambda one: one.token.issued_at))

    def _trusted(self, signed: Signed[SomeList]) -> SomeList:
        name = signed.token.name
        try:
            if not is_list_signer(signed.certificate):
                raise Unusable("bad_list", name=name)
            self._check(signed.certificate)
            if not SignerCertificate.of(signed.certificate).is_valid(signed.token.issued_at):
                raise Unusable("bad_list", name=name)
            token = signed.verify()
        except (TokenError, CertificateError) as error:
            raise Unusable("bad_list", name=name) from error
        if token.issued_at > self._now + dt.timedelta(minutes=5):
            raise Unusable("future_list", name=name, made=token.issued_at)
        if token.expires_at < self._now:
            raise Unusable("old_list", name=name, made=token.issued_at)
        return token

    def _lists(self, name: str) -> Iterator[Signed[Token]]:
        """Every file that says it is the list of this name: those that are called so, else whatever they are called.

        Damaged ones are none.
        """
        called: list[Path] = []
        others: list[Path] = []
        for path in self._paths(LISTS):
            (called if path.stem == name else others).append(path)
        for paths in (called, others):
            read_ = [signed for signed in map(_read, paths) if signed and signed.token.name == name]
            yield from read_
            if read_:
                return

    def _check(self, certificate: bytes) -> bool:
        """Unusable unless an authority of the folder issued this certificate (DER) and did not revoke it."""
        parsed = read_certificate(certificate)
        issuers = [x509.Certificate.load(one) for one in self._authorities]
        body, signature = parsed["tbs_certificate"].dump(), parsed["signature_value"].native
        if not any(
            issuer.subject == parsed.issuer
            and public_keys.read(issuer.public_key).verifies(parsed["signature_algorithm"], signature, body)
            for issuer in issuers
        ):
            raise Unusable("not_issued")
        if any(parsed.serial_number in one.revoked for one in self._revocations()):
            raise Unusable("revoked")
        return True

    def _revocations(self) -> Iterator[RevocationList]:
        for data in self._files(REVOCATIONS):
            try:
                yield check_crl(data, self._authorities, at=self._now)
            except CertificateError:
                continue

    def _files(self, endings: tuple[str, ...]) -> Iterator[bytes]:
        return (path.read_bytes() for path in self._paths(endings))

    def _paths(self, endings: tuple[str, ...]) -> Iterator[Path]:
        for path in sorted(self._path.iterdir()):
            if path.suffix.lower() in endings and path.is_file() and path.stat().st_size <= MOST_BYTES:
                yield path


def _read(path: Path) -> Signed[Token] | None:
    try:
        return read(path.read_bytes())
    except TokenError:
        return None


def _read_decisions(path: Path) -> Signed[Decisions] | None:
    try:
        return decisions.read(path.read_bytes())
    except TokenError:
        return None


def _unarmoured(data: bytes) -> list[bytes]:
    try:
        if not pem.detect(data):
            return [data]
        return [der for kind, _, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"]
    except ValueError:
        return []


def _is_authority(der: bytes) -> bool:
    """Whether it is an authority that signed itself."""
    try:
        parsed = x509.Certificate.load(der, strict=True)
        constraints = parsed.basic_constraints_value
        return bool(constraints and constraints["ca"].native and parsed.issuer == parsed.subject)
    except (ValueError, TypeError, KeyError):
        return False


def _names(der: bytes) -> tuple[str, int]:
    """What a seal's header calls this signer."""
    read_ = SignerCertificate.of(der)
    return read_.signer, read_.serial
