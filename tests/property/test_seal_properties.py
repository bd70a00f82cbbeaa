"""What holds for every seal and for any bytes at all."""

import datetime as dt
import string
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from printing.mrz import Mrz
from printing.pki.signing import CertificateError
from printing.seals import seal
from printing.seals.encoding import Reader, SealError, c40_size, encode_c40, encode_date, encode_length
from printing.seals.profiles import PROFILES
from tests import seals

SIGNER = seals.KeySigner()
CERTIFICATE = SIGNER.certificate()
ALPHANUMERIC = string.ascii_uppercase + string.digits
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
days = st.dates(dt.date(1, 1, 1))
names = st.lists(st.text(string.ascii_uppercase, min_size=1, max_size=14), min_size=1, max_size=4).map(" ".join)


@st.composite
def zones(draw: st.DrawFn) -> Mrz:
    return seals.zone(
        document_code=draw(st.sampled_from(["IT", "AT", "PU", "IR"])),
        document_number=draw(st.text(ALPHANUMERIC, min_size=1, max_size=12)),
        birth_date=draw(st.sampled_from(["000229", "9201<<", "<<<<<<", "991231"])),
        sex=draw(st.sampled_from("MF<")),
        primary_identifier=draw(names),
        secondary_identifier=draw(st.just("") | names),
    )


@given(st.text(ALPHANUMERIC + "< ", max_size=80))
@relaxed
def test_c40_comes_back(text):
    encoded = encode_c40(text, "text")
    assert len(encoded) == c40_size(len(text))
    assert Reader(encoded).c40(len(encoded), "text") == text.replace(" ", "<")


@given(st.binary(max_size=12).map(lambda data: data[: len(data) // 2 * 2]))
@example(b"\x00\x00")
@example(b"\xfe\x3d")
@relaxed
def test_c40_is_read_in_one_form_only(data):
    try:
        text = Reader(data).c40(len(data), "text")
    except SealError:
        return
    assert encode_c40(text, "text") == data


def test_every_pair_of_bytes_is_refused_or_comes_back():
    for number in range(0x10000):
        data = number.to_bytes(2, "big")
        try:
            text = Reader(data).c40(2, "text")
        except SealError:
            continue
        assert encode_c40(text, "text") == data


@given(days)
@relaxed
def test_dates_come_back(day):
    assert Reader(encode_date(day)).date("date") == day


@given(st.integers(0, 2**32 - 1))
@relaxed
def test_lengths_come_back(length):
    reader = Reader(encode_length(length))
    assert reader.length("length") == length
    assert reader.at_end


@given(
    st.sampled_from(sorted(PROFILES)), zones(), st.text(ALPHANUMERIC, max_size=9), days, days, st.integers(1, 0xFFF),
    st.sampled_from(["ROU", "D", "UTO"]), st.from_regex("[A-Z]{2}[A-Z0-9]{2}", fullmatch=True),
)  # fmt: skip
@relaxed
def test_what_is_encoded_is_decoded(profile, zone, number, issued, signed, serial, state, signer):
    values = {feature.name: zone if feature.name == "mrz" else number for feature in PROFILES[profile].features}
    data = seal.encode(
        profile, values, issuing_state=state, signer=signer, certificate_serial=serial,
        issue_date=issued, signature_date=signed,
    )  # fmt: skip
    decoded = seal.decode(seal.sign(data, SIGNER, profile))
    header = decoded.header
    assert decoded.signed == data
    assert (header.profile_name, header.issuing_state, header.signer) == (profile, state, signer)
    assert (header.certificate_serial, header.issue_date, header.signature_date) == (serial, issued, signed)
    assert decoded.mrz == Mrz.parse(zone.to_lines())
    assert all(decoded.fields[name] == number for name in values if name != "mrz")


@given(st.binary(max_size=200))
@relaxed
def test_no_bytes_end_in_anything_but_a_seal_or_its_error(data):
    with pytest.raises(SealError):
        seal.verify(b"\xdc" + data, [CERTIFICATE], at=seals.AT)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A seal cut, with a part taken out, doubled, or written over."""
    data = seals.sealed(draw(st.sampled_from(sorted(PROFILES))))
    start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
    return data[:start] + draw(st.sampled_from([b"", data[start:end] * 2]) | st.binary(max_size=8)) + data[end:]


@given(damaged())
@relaxed
def test_a_damaged_seal_is_never_valid(data):
    try:
        checked = seal.verify(data, [CERTIFICATE], at=seals.AT)
    except SealError:
        return
    whole = {seals.sealed(profile) for profile in PROFILES}
    assert (checked.verdict is seal.Verdict.VALID) == (data in whole)


@given(st.dictionaries(st.sampled_from(["sex", "birth_date", "primary_identifier", "passport_number", "?"]), st.text()))
@relaxed
def test_whatever_was_read_from_the_print_gets_a_verdict(printed):
    checked = seal.verify(seals.sealed("FB/06"), [CERTIFICATE], printed, at=seals.AT)
    assert (checked.verdict is seal.Verdict.PRINTED_DIFFERS) == bool(checked.differences)


@given(st.binary(max_size=300) | st.integers(0, len(CERTIFICATE) * 8 - 1))
@relaxed
def test_whatever_stands_for_a_certificate_gets_a_verdict_or_its_error(certificate):
    if isinstance(certificate, int):
        changed = bytearray(CERTIFICATE)
        changed[certificate // 8] ^= 1 << certificate % 8
        certificate = bytes(changed)
    with suppress(CertificateError):
        assert seal.verify(seals.sealed(), [certificate], at=seals.AT).verdict in seal.Verdict


@pytest.mark.parametrize("profile", ["FD/02", "FB/06"], ids=["version 3", "version 4"])
def test_no_flipped_bit_leaves_a_seal_valid(profile):
    """Every bit of header, message zone and signature, one at a time."""
    data = seals.sealed(profile)
    found = set()
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with suppress(SealError):
            found.add(seal.verify(bytes(flipped), [CERTIFICATE], at=seals.AT).verdict)
    assert found == {seal.Verdict.SIGNATURE_WRONG, seal.Verdict.UNKNOWN_SIGNER}
