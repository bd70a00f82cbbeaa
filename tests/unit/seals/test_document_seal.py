"""What the seal of each type says, from frozen contents; the zones are written out by hand from Doc 9303-6."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing.content import DocumentContent, Template, mrz_of
from printing.errors import ContentError
from printing.mrz import MrzError
from printing.mrz.transliteration import to_mrz
from printing.seals import document_seal, seal
from printing.seals.encoding import SealError
from printing.seals.seal import Verdict
from tests import seals

SIGNER = seals.KeySigner()
TID = Template("TID", "temporary_identity", "TD1", "IT", seal="FD/02")
TPP = Template("TPP", "permit", "TD1", "AT", seal="FB/06")
RT = Template("RT", "sheet", "TD2", "PU", seal="5E/03")
RC = Template("RC", "paper", None, "IR", seal="FD/02")
TD_C = Template("TD-C", "travel_document_blue", "TD3", "PR")


def content(**changes: object) -> DocumentContent:
    values: dict[str, object] = {
        "document_number": "TI0000423",
        "family_name": "Al-Masri",
        "given_names": "Layla",
        "birth_date": "1992-01-XX",
        "sex": "F",
        "nationality": "SYR",
        "issue_date": "2026-11-02",
        "expiry_date": "2027-01-30",
        "place_of_issue": "Timișoara",
        "personal_number": "8901231520138",
        "reference": "ABCDEFGHJKM",
    }
    return DocumentContent.model_validate(values | changes)


def sealed(person: DocumentContent, template: Template) -> bytes:
    encoded = document_seal.encode_document(
        person, template, signer="ROIM", certificate_serial=0x1A2, signature_date=seals.SIGNED
    )
    return seal.sign(encoded, SIGNER, template.seal)


NAME = "ROUAL<MASRI<<LAYLA<<<<<<<<<<<<<<<<"


def digit(text: str) -> int:
    """The check digit, written down again from Doc 9303-3, 4.9."""
    values = [0 if one == "<" else int(one, 36) for one in text]
    return sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10


@pytest.mark.parametrize(
    ("template", "changes", "zone", "others"),
    [
        (TID, {}, f"IT{NAME}\nTI00004234SYR9201<<6F2701301<<<<<<<6", {"register_number": "ABCDEFGHJKM"}),
        (
            RC,
            {"document_number": "RC0000017", "expiry_date": None},
            f"IR{NAME}\nRC00000175SYR9201<<6F9912315<<<<<<<6",
            {"register_number": "ABCDEFGHJKM"},
        ),
        (
            TPP,
            {"document_number": "TP0000423"},
            f"AT{NAME}\nTP00004235SYR9201<<6F2701301<<<<<<<4",
            {"passport_number": ""},
        ),
        (RT, {"document_number": "RT0000017"}, f"PU{NAME}\nRT00000176SYR9201<<6F2701301<<<<<<<2", {}),
    ],
    ids=["TID", "RC", "TPP", "RT"],
)
def test_what_the_seal_of_each_type_says(
    template: Template, changes: dict[str, object], zone: str, others: dict[str, str]
) -> None:
    decoded = seal.decode(sealed(content(**changes), template))
    assert decoded.fields == {"mrz": zone} | others
    second = zone.split("\n")[1]
    digits = (digit(second[:9]), digit(second[13:19]), digit(second[21:27]))
    assert digits == (int(second[9]), int(second[19]), int(second[27]))
    assert digit(second[:10] + second[13:20] + second[21:35]) == int(second[35])
    header = decoded.header
    assert (header.profile_name, header.issuing_state, header.signer) == (template.seal, "ROU", "ROIM")
    assert (header.certificate_serial, header.issue_date, header.signature_date) == (
        0x1A2,
        dt.date(2026, 11, 2),
        seals.SIGNED,
    )


@pytest.mark.parametrize("template", [TID, RC, TPP, RT], ids=lambda template: template.document_type)
def test_a_document_s_own_fields_agree_with_its_seal_and_another_s_do_not(template: Template) -> None:
    person = content(expiry_date=None if template is RC else "2027-01-30")
    data = sealed(person, template)
    other = person.model_copy(update={"family_name": "Haddad", "issue_date": dt.date(2026, 1, 1)})
    verdicts = [
        seal.verify(data, [SIGNER.certificate()], document_seal.printed_fields(one, template), at=seals.AT)
        for one in (person, other)
    ]
    assert [checked.verdict for checked in verdicts] == [Verdict.VALID, Verdict.PRINTED_DIFFERS]
    assert verdicts[1].differences == ("primary_identifier",)


def test_a_reference_that_differs_is_a_difference() -> None:
    person = content()
    fields = document_seal.printed_fields(person.model_copy(update={"reference": "ABCDEFGHJKN"}), TID)
    checked = seal.verify(sealed(person, TID), [SIGNER.certificate()], fields, at=seals.AT)
    assert checked.differences == ("register_number",)


def test_a_type_without_a_seal_has_none() -> None:
    with pytest.raises(SealError, match="a document type with a seal, found TD-C"):
        sealed(content(), TD_C)


def test_a_printed_zone_needs_a_last_day_and_a_seal_alone_does_not() -> None:
    for wrong in (lambda: mrz_of(content(expiry_date=None), TID), lambda: sealed(content(expiry_date=None), TID)):
        with pytest.raises(ContentError, match="expiry_date: is missing"):
            wrong()
    assert sealed(content(), RC) != sealed(content(expiry_date=None), RC)


def test_what_c40_cannot_say_is_refused() -> None:
    with pytest.raises(SealError, match="register number"):
        sealed(content(reference="ABCD/EFGH"), TID)
    with pytest.raises(SealError, match="at most 12"):
        sealed(content(reference="ABCDEFGHJKMNP"), TID)


# The TD2 form


def test_the_td2_form_of_a_card_says_what_is_printed_on_it() -> None:
    person = content(family_name="Al-Masri " * 4)
    card = mrz_of(person, TID)
    form = document_seal.td2_form(person, TID)
    assert card is not None
    assert (form.layout, form.document_code, form.document_number) == ("TD2", "IT", "TI0000423")
    assert form.optional_data_1 == "", "seven characters have no room for a CNP"
    primary, _, secondary = card.to_lines()[2].partition("<<")
    assert (form.primary_identifier, form.secondary_identifier) == (primary.replace("<", " "), secondary)


@pytest.mark.parametrize("family_name", ["A" * 21, "A" * 22, "A" * 23, "A" * 24])
def test_a_name_of_the_card_s_own_length_is_cut_in_neither(family_name: str) -> None:
    """AAA...<<LAYLA takes 28, 29, 30 and 31 positions, of which the card has 30 and TD2 31."""
    person = content(family_name=family_name)
    card = mrz_of(person, TID)
    assert card is not None
    zone = "".join(document_seal.td2_form(person, TID).to_lines()[0][5:])
    assert zone.rstrip("<") == card.to_lines()[2].rstrip("<")


def test_the_td2_form_of_a_paper_without_a_zone() -> None:
    form = document_seal.td2_form(content(), RC)
    assert (form.layout, form.document_code, form.birth_date, form.expiry_date) == ("TD2", "IR", "9201<<", "270130")
    with pytest.raises(MrzError, match="document code"):
        document_seal.td2_form(content(), replace(RC, mrz_code=""))


def test_the_td2_form_of_a_sheet_is_what_it_prints() -> None:
    assert document_seal.td2_form(content(), RT) == mrz_of(content(), RT)
    zone = mrz_of(content(), RT)
    assert zone is not None
    assert zone.optional_data_1 == "", "a CNP has no room on the sheet either"


def test_a_passport_s_code_has_no_td2_form() -> None:
    with pytest.raises(MrzError, match="document code"):
        document_seal.td2_form(content(personal_number=""), TD_C)


@given(st.lists(st.text("AZaz", min_size=1, max_size=5), min_size=1, max_size=4), st.sampled_from(" -"))
def test_plain_names_take_a_short_way_to_the_same_letters(words: list[str], between: str) -> None:
    zone = mrz_of(content(family_name=between.join(words)), TID)
    assert zone is not None
    assert zone.primary_identifier == to_mrz(between.join(words))


@pytest.mark.parametrize("name", ["D'Artagnan", "Ștefan", "Al--Masri", "Al - Masri", "-Al"])
def test_other_names_take_the_long_way(name: str) -> None:
    zone = mrz_of(content(family_name=name), TID)
    assert zone is not None
    assert zone.primary_identifier == to_mrz(name)
