"""Verification of seals: every verdict, every curve, and openssl on the other side."""

import datetime as dt
import subprocess
from dataclasses import replace

import ecdsa
import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from ecdsa import curves

from printing.content import mrz_of
from printing.pki.signing import CertificateError, SignerCertificate, hash_for
from printing.seals import document_seal, seal
from printing.seals.encoding import encode_c40
from printing.seals.seal import Verdict
from tests import seals
from tests.faces import TEMPORARY, content

SIGNER = seals.KeySigner()
CURVES = {
    "brainpoolP224r1": curves.BRAINPOOLP224r1,
    "brainpoolP256r1": curves.BRAINPOOLP256r1,
    "prime256v1": curves.NIST256p,
}
DIGESTS = {"brainpoolP224r1": "sha224", "brainpoolP256r1": "sha256", "prime256v1": "sha256"}  # fmt: skip


def verdict(data, *certificates, printed=None, at=seals.AT):
    return seal.verify(data, certificates or [SIGNER.certificate()], printed, at=at).verdict


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True, **options).stdout


def as_der(signature):
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    return ecdsa.util.sigencode_der(r, s, None)


@pytest.mark.parametrize("profile", seals.CONTENTS)
@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_a_seal_of_every_profile_and_curve_is_valid(profile, curve):
    signer = seals.KeySigner(curve)
    data = seals.sealed(profile, signer)
    checked = seal.verify(data, [signer.certificate()], seals.CONTENTS[profile]["mrz"], at=seals.AT)
    assert (checked.verdict, checked.differences) == (Verdict.VALID, ())
    assert checked.seal.mrz == seals.CONTENTS[profile]["mrz"]
    assert len(data) <= checked.seal.profile.capacity


@pytest.mark.parametrize("name", CURVES)
def test_openssl_verifies_our_seals(name, tmp_path):
    signer = seals.KeySigner(CURVES[name])
    data = seals.sealed("5E/03", signer)
    size = 2 * CURVES[name].baselen
    files = {"key": signer.key.verifying_key.to_pem(), "signature": as_der(data[-size:]), "data": data[: -size - 2]}
    for file, what in files.items():
        (tmp_path / file).write_bytes(what)
    command = ["dgst", f"-{DIGESTS[name]}", "-verify", "key", "-signature", "signature", "data"]
    assert openssl(*command, cwd=tmp_path) == b"Verified OK\n"


@pytest.mark.parametrize("parameters", ["named_curve", "explicit"])
@pytest.mark.parametrize("name", CURVES)
def test_we_verify_seals_and_certificates_of_openssl(name, parameters, tmp_path):
    class OpenSsl:
        def sign(self, data: bytes) -> bytes:
            der = openssl("dgst", f"-{DIGESTS[name]}", "-sign", "key", cwd=tmp_path, input=data)
            order, length = CURVES[name].order, CURVES[name].baselen
            return b"".join(one.to_bytes(length, "big") for one in ecdsa.util.sigdecode_der(der, order))

    openssl("ecparam", "-name", name, "-param_enc", parameters, "-genkey", "-noout", "-out", "key", cwd=tmp_path)
    openssl("req", "-x509", "-new", "-key", "key", "-subj", "/C=RO/CN=IM", "-set_serial", "0x1A2", "-days", "9",
            "-out", "pem", cwd=tmp_path)  # fmt: skip
    openssl("x509", "-in", "pem", "-outform", "DER", "-out", "der", cwd=tmp_path)
    pem, der = (tmp_path / "pem").read_bytes(), (tmp_path / "der").read_bytes()
    data = seals.sealed(signer=OpenSsl())
    read = SignerCertificate.of(der)
    assert (read.signer, read.serial) == ("ROIM", 0x1A2)
    for certificate in (pem, der, x509.load_der_x509_certificate(der)):
        assert verdict(data, certificate, at=read.not_before) is Verdict.VALID
        assert verdict(data, certificate, at=read.not_after + dt.timedelta(seconds=1)) is Verdict.SIGNER_EXPIRED
    assert verdict(data[:-1] + bytes((data[-1] ^ 1,)), pem, at=read.not_before) is Verdict.SIGNATURE_WRONG


@pytest.mark.parametrize(("name", "parameters"), [("brainpoolP224r1", "named_curve"), ("brainpoolP256r1", "explicit")])
def test_cryptography_does_not_load_the_keys_that_we_need(name, parameters):
    """Why ecdsa is here: when this fails, it may go."""
    key = seals.KeySigner(CURVES[name]).key.verifying_key.to_der(curve_parameters_encoding=parameters)
    with pytest.raises(UnsupportedAlgorithm):
        x509.load_der_x509_certificate(seals.certificate(key)).public_key()


def test_unknown_signer():
    data = seals.sealed()
    assert verdict(data, SIGNER.certificate(serial=0x1A3)) is Verdict.UNKNOWN_SIGNER
    assert verdict(data, SIGNER.certificate(name="IG")) is Verdict.UNKNOWN_SIGNER
    assert verdict(data, SIGNER.certificate(country="MD")) is Verdict.UNKNOWN_SIGNER
    assert seal.verify(data, [], at=seals.AT).verdict is Verdict.UNKNOWN_SIGNER


def test_the_certificate_is_found_among_others():
    others = [SIGNER.certificate(serial=serial) for serial in (1, 0x1A20, 0x1A3)]
    bundle = b"".join(ecdsa.der.topem(one, "CERTIFICATE") for one in (*others, SIGNER.certificate()))
    assert verdict(seals.sealed(), *others, SIGNER.certificate()) is Verdict.VALID
    assert verdict(seals.sealed(), bundle) is Verdict.VALID


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["IT"], Verdict.VALID),
        (["I"], Verdict.VALID),
        (["AT", "IT"], Verdict.VALID),
        (["AT", "PU"], Verdict.UNKNOWN_SIGNER),
        ([], Verdict.UNKNOWN_SIGNER),
    ],
)
def test_a_signer_signs_only_its_document_types(types, expected):
    assert verdict(seals.sealed(), SIGNER.certificate(document_types=types)) is expected


def test_signature_wrong():
    assert verdict(seals.sealed(signer=seals.KeySigner(secret=8))) is Verdict.SIGNATURE_WRONG
    other_curve = seals.KeySigner(curves.BRAINPOOLP224r1)
    assert verdict(seals.sealed(signer=other_curve)) is Verdict.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), Verdict.VALID),
        (dt.datetime(2028, 1, 1, tzinfo=dt.UTC), Verdict.VALID),
        (dt.datetime(2028, 1, 1, 0, 0, 1, tzinfo=dt.UTC), Verdict.SIGNER_EXPIRED),
        (dt.datetime(2025, 12, 31, 23, 59, 59, tzinfo=dt.UTC), Verdict.SIGNER_EXPIRED),
    ],
)
def test_signer_expired(at, expected):
    assert verdict(seals.sealed(), at=at) is expected


def test_the_default_is_now():
    long_ago = SIGNER.certificate(
        not_before=dt.datetime(2001, 1, 1, tzinfo=dt.UTC), not_after=dt.datetime(2002, 1, 1, tzinfo=dt.UTC)
    )
    assert verdict(seals.sealed(), long_ago, at=None) is Verdict.SIGNER_EXPIRED


def test_the_gravest_finding_is_the_verdict():
    late = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    forged = seals.sealed(signer=seals.KeySigner(secret=8))
    other = seals.zone(document_number="TI0000424")
    assert verdict(forged, printed=other, at=late) is Verdict.SIGNATURE_WRONG
    assert verdict(seals.sealed(), printed=other, at=late) is Verdict.PRINTED_DIFFERS


@pytest.mark.parametrize(
    "change",
    [
        {"document_code": "IR"},
        {"document_number": "TI0000424"},
        {"nationality": "SDN"},
        {"birth_date": "920101"},
        {"sex": "M"},
        {"expiry_date": "270202"},
        {"primary_identifier": "AL MASRY"},
        {"secondary_identifier": "LAILA"},
        {"secondary_identifier": ""},
        {"optional_data_1": "1"},
        {"issuing_state": "MDA"},
    ],
)
def test_printed_data_differ(change):
    data = seals.sealed()
    for printed in (replace(seals.zone(), **change), change):
        checked = seal.verify(data, [SIGNER.certificate()], printed, at=seals.AT)
        assert (checked.verdict, checked.differences) == (Verdict.PRINTED_DIFFERS, tuple(change))


def test_fields_read_from_the_print_are_compared_one_by_one():
    data = seals.sealed("FB/06")
    assert verdict(data, printed={"passport_number": "N1234567", "sex": "F", "birth_date": "9201<<"}) is Verdict.VALID
    printed = {"passport_number": "N1234568", "sex": "M", "register_number": "1", "document_number": "TP0000423"}
    checked = seal.verify(data, [SIGNER.certificate()], printed, at=seals.AT)
    assert checked.differences == ("passport_number", "sex", "register_number")


def test_a_whole_name_from_the_visual_zone_is_the_cut_one_of_the_seal():
    zone = seals.zone(primary_identifier="ABCDEFGHIJKLMNOP QRSTUVWXYZ", secondary_identifier="LAYLA FATIMA")
    data = seals.sealed(values={"mrz": zone, "register_number": ""})
    whole = {"primary_identifier": "ABCDEFGHIJKLMNOP QRSTUVWXYZ", "secondary_identifier": "LAYLA FATIMA"}
    assert seal.decode(data).mrz.secondary_identifier == "LA"
    assert verdict(data, printed=whole) is Verdict.VALID
    assert verdict(data, printed=whole | {"secondary_identifier": "LEYLA"}) is Verdict.PRINTED_DIFFERS


@pytest.mark.parametrize("printed", [{"birth_date": "1992"}, {"document_number": "a"}, {"nationality": "ZZZ"}])
def test_a_printed_field_that_cannot_be_is_a_difference(printed):
    checked = seal.verify(seals.sealed(), [SIGNER.certificate()], printed, at=seals.AT)
    assert (checked.verdict, checked.differences) == (Verdict.PRINTED_DIFFERS, tuple(printed))


# The cut falls on a letter, on a filler, on the fillers between the identifiers, and before a last initial.
@pytest.mark.parametrize("family_name", ["Abcdefghij " * 3, "A" * 26, "A" * 28, "A" * 29, "A" * 30, "A" * 31, "A" * 40])
@pytest.mark.parametrize("given_names", ["", "Bc", "B C D", "Bcdef Ghijk Lmnop Qrstu Vwxyz"])
def test_a_card_s_cut_name_is_the_one_in_its_seal(family_name, given_names):
    person = content(document_number="TI0000423", family_name=family_name.strip(), given_names=given_names)
    values = {"mrz": document_seal.td2_form(person, TEMPORARY), "register_number": "RO2611000042"}
    printed = mrz_of(person, TEMPORARY)
    assert printed is not None
    data = seals.sealed(values=values)
    assert verdict(data, printed=seal.Mrz.parse(printed.to_lines())) is Verdict.VALID
    assert verdict(data, printed=printed) is Verdict.VALID, "and so does the zone before it was printed"


def test_a_seal_without_a_zone_matches_no_printed_zone():
    data = seal.decode(seals.sealed()).signed[:16] + b"\x5d\x02\x07\x01\x00"
    data += b"\xff\x40" + SIGNER.sign(data)
    assert verdict(data) is Verdict.VALID
    assert verdict(data, printed=seals.zone()) is Verdict.PRINTED_DIFFERS
    assert verdict(data, printed={"sex": "F"}) is Verdict.PRINTED_DIFFERS


def test_the_report_is_what_a_program_reads():
    report = seal.verify(seals.sealed(), [SIGNER.certificate()], {"sex": "M"}, at=seals.AT).report()
    assert report["verdict"] == "printed data differ"
    assert report["differences"] == ["sex"]
    assert report["profile"] == "FD/02"
    assert report["header"]["issue_date"] == "2026-11-02"
    assert report["header"]["certificate_reference"] == "001A2"
    assert report["messages"]["3"] == {
        "name": "register_number",
        "hex": encode_c40("RO2611000042", "").hex(),
        "text": "RO2611000042",
    }
    assert report["messages"]["2"]["text"] == "\n".join(seals.zone().to_lines())


def test_the_verdicts_have_the_words_of_the_standard_s_map():
    words = {"valid", "signature wrong", "unknown signer", "signer expired", "printed data differ"}
    assert {one.value for one in Verdict} == words


@pytest.mark.parametrize("bad", [b"", b"\x30\x03\x02\x01\x01", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAA"])
def test_what_is_no_certificate_is_refused(bad):
    with pytest.raises(CertificateError):
        verdict(seals.sealed(), bad)


def test_a_key_of_no_known_curve_is_refused():
    """Parameters of one's own make any point a key for any signature (CVE-2020-0601)."""
    curve = curves.NIST256p
    generator = ecdsa.ellipticcurve.PointJacobi.from_affine(curve.generator * 2, generator=True)
    generator = ecdsa.ellipticcurve.PointJacobi(
        curve.curve, generator.x(), generator.y(), 1, curve.order, generator=True
    )
    own = ecdsa.curves.Curve("own", curve.curve, generator, (1, 2, 3))
    key = ecdsa.SigningKey.from_secret_exponent(5, own).verifying_key.to_der(curve_parameters_encoding="explicit")
    with pytest.raises(CertificateError, match="curve of its own"):
        verdict(seals.sealed(), seals.certificate(key))


def test_a_key_of_another_kind_is_refused():
    rsa = openssl("rsa", "-pubout", "-outform", "DER", input=openssl("genrsa", "2048"))
    with pytest.raises(CertificateError, match="no EC public key"):
        verdict(seals.sealed(), seals.certificate(rsa))


@pytest.mark.parametrize(
    ("bits", "name"),
    [
        (192, "sha224"),
        (224, "sha224"),
        (225, "sha256"),
        (256, "sha256"),
        (320, "sha384"),
        (384, "sha384"),
        (512, "sha512"),
    ],
)
def test_the_hash_follows_the_curve(bits, name):
    assert hash_for(bits)(b"").name == name


def test_a_curve_without_a_hash_is_refused():
    with pytest.raises(CertificateError, match="521 bits"):
        hash_for(521)
