"""What holds for every content of a chip, and for any bytes at all."""

from __future__ import annotations

import string
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from printing.chip import lds, sod, tlv
from printing.chip.facial_image import parse_dg2
from printing.chip.lds import DATA_GROUPS, DocumentDetails, LdsError, PersonalDetails
from printing.chip.security_infos import (
    ActiveAuthenticationInfo,
    ChipAuthenticationInfo,
    PaceInfo,
    TerminalAuthenticationInfo,
    encode_infos,
    parse_card_access,
    parse_infos,
)
from printing.chip.verify import Finding, Verdict, verify
from printing.pki.signing import CertificateError
from tests import chip_files
from tests.chip_files import AT

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANCHORS = [chip_files.the_authority().certificate]
PARSERS: dict[str, Callable[[bytes], object]] = {
    "COM": lds.parse_com,
    "DG1": lds.parse_dg1,
    "DG2": parse_dg2,
    "DG3": lds.parse_dg3,
    "DG11": lds.parse_dg11,
    "DG12": lds.parse_dg12,
    "DG14": lds.parse_dg14,
    "DG15": lds.parse_dg15,
    "SOD": sod.parse,
    "CardAccess": parse_card_access,
}
tags = st.sampled_from([0x02, 0x53, 0x5C, 0x60, 0x75, 0x80, 0xA0, 0xA1, 0x5F01, 0x5F0E, 0x5F2E, 0x7F2E, 0x7F61])
text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<"), min_size=1, max_size=24).filter(
    lambda one: len(one.encode()) <= 45
)
digits = st.text(string.digits, min_size=8, max_size=8)


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """A file of a finished chip cut, with a part taken out, doubled or written over."""
    data = chip_files.finished().get(name) or lds.dg3_empty(bytes(8))
    start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
    return data[:start] + draw(st.sampled_from([b"", data[start:end] * 2]) | st.binary(max_size=8)) + data[end:]


@given(st.lists(st.tuples(tags, st.binary(max_size=300)), max_size=8))
@many
def test_data_objects_come_back(objects: list[tuple[int, bytes]]) -> None:
    assert list(tlv.decode(b"".join(tlv.encode(*one) for one in objects), "DG1")) == objects


@given(st.binary(max_size=200))
@example(b"\x61\x84\xff\xff\xff\xff")
@example(b"\x61\xff" + b"\xff" * 127)
@example(b"\x7f\x61\x03\x02\x01\x00")
@many
def test_data_objects_are_read_in_one_form_only(data: bytes) -> None:
    try:
        found = tlv.decode(data, "DG1")
    except LdsError:
        return
    assert b"".join(tlv.encode(*one) for one in found) == data


@given(st.sets(st.sampled_from(sorted(DATA_GROUPS))))
@few
def test_com_comes_back(names: set[str]) -> None:
    found = lds.parse_com(lds.com(names))
    assert set(found.data_groups) == names
    assert list(found.data_groups) == sorted(names, key=DATA_GROUPS.__getitem__)


@given(
    st.builds(
        PersonalDetails,
        full_name=st.just("") | text,
        other_names=st.lists(text, max_size=4).map(tuple),
        personal_number=st.just("") | text,
        birth_date=st.just("") | digits,
        birth_place=st.lists(text, max_size=2).map(tuple),
        address=st.lists(text, max_size=2).map(tuple),
        profession=st.just("") | text,
    )
)
@few
def test_personal_details_come_back(details: PersonalDetails) -> None:
    assert lds.parse_dg11(lds.dg11(details)) == details


@given(st.builds(DocumentDetails, authority=st.just("") | text, issue_date=digits, endorsements=st.just("") | text))
@few
def test_document_details_come_back(details: DocumentDetails) -> None:
    assert lds.parse_dg12(lds.dg12(details)) == details


@given(
    st.sets(
        st.builds(PaceInfo, parameter_id=st.none() | st.integers(8, 18))
        | st.builds(ChipAuthenticationInfo, key_id=st.none() | st.integers(0, 1 << 40))
        | st.just(TerminalAuthenticationInfo())
        | st.just(ActiveAuthenticationInfo("ecdsa-plain-SHA384")),
        min_size=1,
        max_size=8,
    )
)
@few
def test_security_infos_come_back(infos: set[PaceInfo]) -> None:
    assert set(parse_infos(encode_infos(infos, "DG14"), "DG14")) == infos


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(st.data())
@few
def test_whatever_is_read_is_a_file_or_an_error_that_names_it(name: str, data: st.DataObject) -> None:
    given_bytes = data.draw(damaged(name) | st.binary(max_size=64))
    error = refusal(name, given_bytes)
    assert error is None or (error.data_group == name and str(error).startswith(name))


def refusal(name: str, data: bytes) -> LdsError | None:
    try:
        PARSERS[name](data)
    except LdsError as error:
        return error
    return None


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_no_length_field_makes_memory_grow(name: str) -> None:
    """Every length that a file of 32 kB could claim, at every place where one stands."""
    tag = lds.TAGS.get(name, 0x31).to_bytes(1)
    claims = [b"\x84\x7f\xff\xff\xff", b"\x83\xff\xff\xff", b"\x80", b"\x88" + b"\xff" * 8]
    files = [tag + claim + bytes(32_000) for claim in claims]
    files += [tag + b"\x82\x7d\x00" + (tag + claim) * 3_000 for claim in claims]
    files += [tag * 32_000, tag + b"\x82\x7d\x00" + b"\x7f\x61\x00" * 10_000, (tag + b"\x80") * 16_000]
    tracemalloc.start()
    for file in files:
        with suppress(LdsError):
            PARSERS[name](file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000


@given(st.data())
@few
def test_no_changed_byte_of_a_data_group_goes_unnoticed(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(chip_files.NAMES))
    files = chip_files.finished()
    changed = bytearray(files[name])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    found = verify(files | {name: bytes(changed)}, ANCHORS, at=AT)
    assert found.verdict in (Verdict.DATA_DIFFERS, Verdict.MALFORMED)
    assert found.files[name] in (Finding.DIFFERS, Finding.MALFORMED)


@given(damaged("SOD") | st.integers(0, len(chip_files.finished()["SOD"]) * 8 - 1))
@example(8 * 39)  # in the digest algorithms of the signed data, which CMS leaves unsigned
@few
def test_a_damaged_security_object_is_valid_only_if_it_says_the_same(data: bytes | int) -> None:
    files = chip_files.finished()
    if isinstance(data, int):
        flipped = bytearray(files["SOD"])
        flipped[data // 8] ^= 1 << data % 8
        data = bytes(flipped)
    if verify(files | {"SOD": data}, ANCHORS, at=AT).verdict is Verdict.VALID:
        assert said(data) == said(files["SOD"])


def said(file: bytes) -> tuple[object, ...]:
    """All of a security object that means something."""
    found = sod.parse(file)
    return found.digest, found.hashes, found.versions, found.certificate, found.signed, found.signature


@given(
    st.dictionaries(st.sampled_from([*PARSERS, "DG4", "DG16", "CVCA", ""]), st.binary(max_size=40), max_size=6),
    st.dictionaries(st.sampled_from(sorted(PARSERS)), st.just(b""), max_size=3),
)
@few
def test_whatever_the_files_hold_there_is_a_verdict(files: dict[str, bytes], gone: dict[str, bytes]) -> None:
    kept = {name: data for name, data in (chip_files.finished() | files).items() if name not in gone}
    found = verify(kept, ANCHORS, crls=[b"", *files.values()], at=AT)
    assert found.verdict in Verdict
    found.report()
    strange = files.keys() - gone.keys() - {"CVCA", ""}
    assert not strange or found.verdict is not Verdict.VALID


@given(st.binary(max_size=100) | st.integers(0, len(ANCHORS[0]) * 8 - 1))
@few
def test_whatever_stands_for_an_anchor_gets_a_verdict_or_its_error(anchor: bytes | int) -> None:
    if isinstance(anchor, int):
        changed = bytearray(ANCHORS[0])
        changed[anchor // 8] ^= 1 << anchor % 8
        anchor = bytes(changed)
    with suppress(CertificateError):
        assert verify(chip_files.finished(), [anchor], at=AT).verdict in Verdict
