"""What stands on papers and chips and in lists: seals, zones, signed lists, certificates, files of chips."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from asn1crypto import pem
from hypothesis import strategies as st

from printing.chip import facial_image, lds, sod
from printing.chip.lds import LdsError
from printing.chip.verify import verify as verify_chip
from printing.lists import cbor, decisions, status_list, tokens
from printing.lists.cbor import CborError
from printing.lists.status_list import ListError
from printing.lists.tokens import TokenError
from printing.mrz import Mrz, MrzError
from printing.pki import checks
from printing.pki.signing import CertificateError, SignerCertificate
from printing.seals import seal
from printing.seals.encoding import SealError
from tests import chip_files, seals
from tests.fuzz import drawn
from tests.fuzz.engine import Input
from tests.unit.lists.test_tokens import CERTIFICATE, FORMS, SIGNER, TOKEN
from tests.unit.pki.test_checks import ISSUER, LIST
from verify.judge import Judge
from verify.published import Folder, Unusable

AT = chip_files.AT
SEALS = [seals.sealed(profile) for profile in ("FD/02",)]
SMALL = tokens.Token(
    "https://liman.test/lists/RP1", TOKEN.issued_at, TOKEN.expires_at, 3600, status_list.pack(b"\xff" * 40)
)
LISTS = [form(SMALL, SIGNER, CERTIFICATE) for form in FORMS.values()]
SIGNED = [ISSUER.certificate, LIST]
ZONES = [line for zone in (seals.zone(),) for line in zone.to_lines()]


@cache
def judge() -> Judge:
    """A stranger with a folder that has an authority and a list."""
    folder = Path(tempfile.mkdtemp())
    (folder / "csca.pem").write_bytes(pem.armor("CERTIFICATE", chip_files.the_authority().certificate))
    (folder / "RP1.cwt").write_bytes(LISTS[0])
    return Judge(Folder(folder, AT), AT)


def read_seal(data: bytes) -> None:
    """A seal as an office and as a stranger read it."""
    judge().of_seal(data)
    seal.verify(data, [SIGNER.certificate()], at=AT, printed=seals.zone())


def read_list(data: bytes) -> None:
    """A signed list in either form, and its parts."""
    for read in (tokens.read, decisions.read):
        try:
            read(data).verify()
        except TokenError:
            continue
    try:
        cbor.decode(data)
    except CborError:
        return


def published(data: bytes) -> None:
    """A stranger's folder, one of whose files is that."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "csca.pem").write_bytes(pem.armor("CERTIFICATE", chip_files.the_authority().certificate))
        for ending in ("RP1.cwt", "RP2.jwt", "more.pem", "more.der", "more.crl", "decisions.cwt"):
            (folder / ending).write_bytes(data)
        looked = Folder(folder, AT)
        for ask in (lambda: looked.status("RP1", 3), looked.decisions, lambda: looked.signers_of("ROLI", 1)):
            try:
                ask()
            except Unusable:
                continue


def read_certificate(data: bytes) -> None:
    """A certificate or a revocation list of anybody."""
    issuers = [ISSUER.certificate]
    readers = (
        lambda: SignerCertificate.of(data),
        lambda: checks.read_certificate(data),
        lambda: checks.check_document_signer(data, issuers, country="RO", at=AT, document_types=("AR",)),
        lambda: checks.check_bar_code_signer(data, issuers, country="RO", at=AT, largest_serial=999),
        lambda: checks.check_list_signer(data, issuers, country="RO", at=AT),
        lambda: checks.check_authority(data, country="RO", at=AT),
        lambda: checks.check_crl(data, issuers, at=AT),
    )
    for read in readers:
        try:
            read()
        except CertificateError:
            continue


def read_file(drawn_: tuple[str, bytes]) -> None:
    """A chip of which one file is another."""
    name, data = drawn_
    verify_chip(chip_files.finished() | {name: data}, [chip_files.the_authority().certificate], at=AT)


def read_parts(data: bytes) -> None:
    """Files of a chip, each by itself."""
    readers = (lds.parse_com, lds.parse_dg1, lds.parse_dg3, lds.parse_dg14, lds.parse_dg15, lds.parse_dg11, sod.parse)
    for read in (*readers, lds.parse_dg12, facial_image.parse_dg2):
        try:
            read(data)
        except LdsError:
            continue


def files_of_a_chip() -> st.SearchStrategy[tuple[str, bytes]]:
    """One file of a finished chip, damaged, and its name."""
    return st.one_of([st.tuples(st.just(name), drawn.damaged([data])) for name, data in chip_files.finished().items()])


def data_groups() -> st.SearchStrategy[bytes]:
    """Any file of a finished chip, damaged."""
    return drawn.damaged(list(chip_files.finished().values()))


INPUTS = [
    Input("seals", 60_000, 120, cases=drawn.damaged(SEALS), read=read_seal, refusals=(SealError, MrzError)),
    Input(
        "zones", 40_000, 120,
        cases=st.lists(drawn.garbled(ZONES), max_size=4), read=Mrz.parse, refusals=(MrzError,),
    ),
    Input("signed-lists", 60_000, 120, cases=drawn.damaged(LISTS), read=read_list),
    Input(
        "packed-lists", 10_000, 40,
        cases=drawn.damaged([SMALL.packed]), refusals=(ListError,),
        read=lambda data: status_list.StatusList.of(2, data),
    ),
    Input("published-folders", 5_000, 20, 1_000, cases=drawn.damaged([*LISTS, *SIGNED]), read=published),
    Input("certificates", 20_000, 60, cases=drawn.damaged([*SIGNED, CERTIFICATE]), read=read_certificate),
    Input(
        "chip-files", 8_000, 30, 2_000,
        cases=st.deferred(files_of_a_chip),
        read=read_file,
    ),
    Input("data-groups", 30_000, 60, cases=st.deferred(data_groups), read=read_parts),
]  # fmt: skip
