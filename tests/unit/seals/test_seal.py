"""Seals against the worked examples of Doc 9303-13, 9303-8 and BSI TR-03137-1, and everything that must be refused.

The examples' certificates are in none of the texts, but two signatures of one key give that key away (public key
recovery): each example is verified with the key that the others were signed with.
"""

import datetime as dt
import hashlib
from dataclasses import replace
from itertools import pairwise

import ecdsa
import pytest
from ecdsa import curves

from printing.seals import seal
from printing.seals.encoding import Reader, SealError, c40_size, encode_c40, encode_date, encode_length
from printing.seals.profiles import PROFILES
from tests import seals

# TR-03137-1 version 2.5, annexes C to H. The symbol in figure 7 of annex E is another seal than its text, which says
# ARD but encodes ATD: both are here. Annex C breaks Doc 9303-6 by its document code ME.
ARRIVAL = bytes.fromhex(
    "dc026abc6d32c8a519fc0f71341145f4fd020230a5621353d9a275735bd4134bc549133c133c133c133c133ca32519a5"
    "19a4344a5e681ae7204b20d532cf4b7c133c133f030820d5201019a51aeaff404a1f218ca4392647ecff6c8abf9e796a"
    "78eebe0b1ac8cc25c4ee17eed961d1189091358d7d616f1a517abc747f6c4490ff159d4dcf50248b00b1e32e9e7805e7"
)
INSURANCE = bytes.fromhex(
    "dc026abc6d32c8a519fc0f7134116d04fc0401083fee456d2de019a8020b506572736368776569c39f03054f73636172"
    "04134ac3a2636f62c3a96e69646963747572697573ff40582ed05cb05049b4fe49744d5e70a1982f8b7afb1e90259ce4"
    "7ba9907efcf59483f0a0b421ec760d6fd2284bbac37e136f1e3be6e14a6f6bc012110cff919d0f"
)
PERMIT_TEXT = bytes.fromhex(
    "dc036abc6d32c8a727390f71341145f4fb0602305cba135875976ec066d417b59e8c6abc133c133c133c133c3fef3a29"
    "38ee43f1593d1ae52dbb26751fe64b7c133c136b0306d79519a65306ff40158cf5b0bb7fbda099e8e7c94abefc9677b2"
    "e71e9885f5cd9057a8bfcf930a6046bcf897650af8f9b0343c034d2f64ce081f95fbf3d01292d1f8165ece27d327"
)
PERMIT_FIGURE = bytes.fromhex(
    "dc036abc6d32c8a727390f71341145f4fb0602305c6a135875976ec066d417b59e8c6abc133c133c133c133c3fef3a29"
    "38ee43f1593d1ae52dbb26751fe64b7c133c136b0306d79519a65306ff404a8ce6d8edaebc03bcd262c27c7fd15353f6"
    "85711700d152d6598257185bd0586aa324a6b77890e82f145495e53f64f57b6a13280f0ecb58e64ebc4f37b4dfc3"
)
VISA = bytes.fromhex(
    "dc036abc6d32c8a72cb10f7134b798155d01022cdd52134a74da1347c6fed95cb89f9fce133c133c133c133c20383373"
    "4aaf47f0c32f1a1e20eb2625393afe310403a00000050633be1fed20c6ff38d5573247608c9b64cae022c1c5249660e5"
    "1ae316d600f974aac2129c3f093c35955314026304705cd24c1b8100711bd4411f068e8d93e8b7"
)
ADDRESS = bytes.fromhex(
    "dc036abc6d32c8a72cb10f7135b79815f9080106cf3519af974c02061a70208519a10310395e26b3d9a275735bd4cd48"
    "5ca17176ff389101f305c9aa04d2ab00212c7cf65fefcaaf565a54538b2498d681a18839c92656526c40594b0b1da12a"
    "27f687a3501278dc4145b6e64afc"
)
RESIDENCE = bytes.fromhex(
    "dc036abc6d32c8a72cb10f7135b79815f80a0106b77a38e596ce02061a203a4d1fe1030426532081ff381462bcfef51a"
    "d1b8d09de328b15c5435e64829ce548647dd579787169624a046738dc5023708319a4294811131eaac58d518cfe98b43"
    "1437"
)
# Doc 9303-8, appendix B: row by row. Its signature is dated before the document (2023 and 2026).
EMERGENCY = bytes.fromhex(
    "dc03d9c5d9cac8a73a995d913a7d9c575e030230bab3d2b3c549cd1da93c5bd458135c6f57fc133c133c133c6b38208a"
    "4d0d4a32b0c11ae6268427153f7c453c133c1345ff4039034e85da183c1cc0d3ac16732d7ee2c20d7aef7b381c0ae509"
    "f10a97890d511c3c47b94807a4d0f67ce9083a7f206f04fb35afdb8ab9658a93327a4e0ee6ed"
)
SIGNED_BY = {
    "27": (curves.BRAINPOOLP256r1, hashlib.sha256, (ARRIVAL, INSURANCE, PERMIT_TEXT, PERMIT_FIGURE)),
    "32": (curves.BRAINPOOLP224r1, hashlib.sha224, (VISA, ADDRESS, RESIDENCE)),
}
IN_2021 = dt.datetime(2021, 12, 24, tzinfo=dt.UTC)


# Doc 9303-13, 2.3.1 and appendix C; TR-03137-1, 3.2.3 and annexes. Annex G prints T2000AKA7 for what says T2000AK47.
@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("VISA01", "de515826"),
        ("BSI01", "62d719c9"),
        ("XK CD", "eb0466a9"),
        ("XK<CD", "eb0466a9"),
        ("XKCD", "eb11fe45"),
        ("DETS32", "6d32c91f"),
        ("UTO", "d9c5"),
        ("UFO001979", "d79519a65306"),
        ("05314000", "1a70208519a1"),
        ("PA5500K11", "b77a38e596ce"),
        ("21614", "26532081"),
        ("T2000AK47", "cf3519af974c"),
        ("53123MUSTERMANNSTRASSE21", "395e26b3d9a275735bd4cd485ca17176"),
    ],
)
def test_c40_as_in_the_standards(text, encoded):
    assert encode_c40(text, "text").hex() == encoded
    assert len(encoded) // 2 == c40_size(len(text))
    assert Reader(bytes.fromhex(encoded)).c40(len(encoded) // 2, "text") == text.replace(" ", "<")


@pytest.mark.parametrize(
    ("day", "encoded"),
    [("1957-03-25", "319ef5"), ("2024-09-27", "8d7ad8"), ("2020-01-14", "116d04"), ("2021-12-03", "b79815")],
)
def test_dates_as_in_the_standards(day, encoded):
    assert encode_date(dt.date.fromisoformat(day)).hex() == encoded
    assert Reader(bytes.fromhex(encoded)).date("date") == dt.date.fromisoformat(day)


# X.690, 8.1.3: 201 is the standard's own example.
@pytest.mark.parametrize(
    ("length", "encoded"), [(0, "00"), (38, "26"), (127, "7f"), (128, "8180"), (201, "81c9"), (65536, "83010000")]
)
def test_lengths_as_in_x_690(length, encoded):
    assert encode_length(length).hex() == encoded
    assert Reader(bytes.fromhex(encoded)).length("length") == length


@pytest.mark.parametrize("encoded", ["80", "8100", "817f", "820080", "8500000001", "850100000000", "ff", "81", ""])
def test_a_length_in_any_other_form_is_refused(encoded):
    with pytest.raises(SealError, match="length"):
        Reader(bytes.fromhex(encoded)).length("length")


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ("0000", "no triple is 0"),
        ("fa01", "64001 is beyond the last triple"),
        ("ffff", "65535 too"),
        ("0001", "shift 1 where no padding is"),
        ("066a", "shift 2"),
        ("fe00", "nothing"),
        ("fe3d", "<, which is written as space"),
        ("fe62", "a"),
        ("feff", "beyond ASCII"),
        ("fe45eb11", "one character before the end"),
        ("66a9eb11", "padding before the end"),
        ("eb", "half a pair"),
    ],
)
def test_what_is_no_c40_is_refused(encoded, why):
    with pytest.raises(SealError, match="C40"):
        Reader(bytes.fromhex(encoded)).c40(len(encoded) // 2, "text")


def test_the_arrival_attestation_of_annex_c():
    decoded = seal.decode(ARRIVAL)
    assert decoded.header == seal.Header(
        3, "D", "DETS", "00027", dt.date(2020, 1, 1), dt.date(2020, 1, 13), definition=0xFD, category=0x02
    )
    assert decoded.fields == {
        "mrz": "MED<<MUSTERMANN<<ERIK<<<<<<<<<<<<<<<\nM0000000<4ALB0308212M1604128<<<<<<<2",
        "register_number": "160113000085",
    }
    assert decoded.signature == ARRIVAL[-64:]
    assert decoded.mrz is None, "no code of Doc 9303-6"
    ours = seals.encode(
        issuing_state="D", signer="DETS", certificate_serial=0x27, issue_date=decoded.header.issue_date,
        signature_date=decoded.header.signature_date,
        values={"mrz": seals.zone(), "register_number": "160113000085"},
    )  # fmt: skip
    assert ours[:20] == ARRIVAL[:20]
    assert encode_c40(decoded.fields["mrz"].replace("\n", ""), "mrz") == ARRIVAL[20:68]
    assert ours[68:] == ARRIVAL[68:78]


@pytest.mark.parametrize(
    ("example", "profile", "code"),
    [(PERMIT_TEXT, "FB/06", "AT"), (PERMIT_FIGURE, "FB/06", "AR"), (EMERGENCY, "5E/03", "PU")],
)
def test_the_permit_and_the_emergency_document_byte_for_byte(example, profile, code):
    decoded = seal.decode(example)
    header, mrz = decoded.header, decoded.mrz
    assert header.profile_name == profile
    assert mrz is not None
    assert mrz.document_code == code
    values = decoded.fields | {"mrz": mrz}
    again = seals.encode(
        profile, values, issuing_state=header.issuing_state, signer=header.signer, issue_date=header.issue_date,
        certificate_serial=header.certificate_serial, signature_date=header.signature_date,
    )  # fmt: skip
    assert again == decoded.signed == example[:-66]


def test_what_the_examples_say():
    permit, emergency = seal.decode(PERMIT_FIGURE), seal.decode(EMERGENCY)
    assert permit.fields == {
        "mrz": "ARD<<RESIDORCE<<ROLAND<<<<<<<<<<<<<<\n6525845096USA7008038M2201018<<<<<<06",
        "passport_number": "UFO001979",
    }
    assert (permit.header.version, permit.header.certificate_reference, permit.header.certificate_serial) == (
        4,
        "27",
        39,
    )
    assert emergency.fields == {"mrz": "PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F2606277<<<<<<<8"}
    assert (emergency.header.issuing_state, emergency.header.signer) == ("UTO", "UTTS")
    assert emergency.header.issue_date == dt.date(2026, 6, 13)


@pytest.mark.parametrize("example", [INSURANCE, VISA, ADDRESS, RESIDENCE])
def test_other_profiles_are_decoded_without_their_messages(example):
    decoded = seal.decode(example)
    assert decoded.profile is None
    assert decoded.fields == {}
    assert decoded.mrz is None
    assert all(message.value in example for message in decoded.messages)


def test_a_surname_in_an_unknown_profile_is_kept_as_bytes():
    assert [(one.tag, one.value) for one in seal.decode(INSURANCE).messages][1] == (2, "Perschweiß".encode())


def _recovered(example, curve, function):
    """Every public key that may have made an example's signature (SEC 1, 4.1.6)."""
    size = len(seal.decode(example).signature)
    found = ecdsa.VerifyingKey.from_public_key_recovery(example[-size:], example[: -size - 2], curve, hashfunc=function)
    return {key.to_der() for key in found}


@pytest.mark.parametrize("serial", SIGNED_BY)
def test_the_signatures_of_the_standard_s_examples(serial):
    curve, function, examples = SIGNED_BY[serial]
    for one, other in pairwise((*examples, examples[0])):
        (key,) = _recovered(one, curve, function) & _recovered(examples[0] if other is one else other, curve, function)
        certificate = seals.certificate(
            key, country="DE", name="TS", serial=int(serial, 16), not_before=dt.datetime(2020, 1, 10, tzinfo=dt.UTC)
        )
        for example in examples:
            assert seal.verify(example, [certificate], at=IN_2021).verdict is seal.Verdict.VALID


def test_the_profiles_are_those_of_the_standards():
    table = {
        name: (
            profile.reference, profile.header_version, profile.modules, profile.capacity,
            [(feature.tag, feature.name, feature.size) for feature in profile.features],
        )
        for name, profile in PROFILES.items()
    }  # fmt: skip
    assert table == {
        "FD/02": ((0xFD, 2), 3, 48, 172, [(2, "mrz", 48), (3, "register_number", 8)]),
        "FB/06": ((0xFB, 6), 4, 44, 142, [(2, "mrz", 48), (3, "passport_number", 6)]),
        "FA/06": ((0xFA, 6), 4, 44, 142, [(4, "mrz", 48), (5, "sheet_number", 6)]),
        "5E/03": ((0x5E, 3), 4, 44, 142, [(2, "mrz", 48)]),
    }
    assert {profile.module_mm for profile in PROFILES.values()} == {0.3386}


@pytest.mark.parametrize(
    ("profile", "change", "part"),
    [
        ("FF/02", {}, "profile"),
        ("FD/02", {"issuing_state": "ROMA"}, "issuing_state"),
        ("FD/02", {"issuing_state": ""}, "issuing_state"),
        ("FD/02", {"signer": "RO1"}, "signer"),
        ("FD/02", {"signer": "roim"}, "signer"),
        ("FD/02", {"certificate_serial": 0}, "certificate_serial"),
        ("FD/02", {"certificate_serial": 0x100000}, "certificate_serial"),
        ("FB/06", {"certificate_serial": 1 << 160}, "certificate_serial"),
        ("FD/02", {"values": {"mrz": seals.zone()}}, "register_number"),
        ("5E/03", {"values": {"mrz": seals.zone(), "passport_number": "1"}}, "passport_number"),
        ("5E/03", {"values": {"mrz": "P<UTO"}}, "mrz"),
        ("5E/03", {"values": {"mrz": replace(seals.zone(), layout="TD1")}}, "mrz"),
        ("FD/02", {"values": {"mrz": seals.zone(), "register_number": "1234567890123"}}, "register_number"),
        ("FD/02", {"values": {"mrz": seals.zone(), "register_number": "ro1"}}, "register_number"),
        ("FD/02", {"values": {"mrz": seals.zone(), "register_number": 1}}, "register_number"),
    ],
)
def test_what_no_seal_can_say_is_refused(profile, change, part):
    with pytest.raises(SealError) as caught:
        seal.encode(profile, **{"values": seals.CONTENTS.get(profile, {}), "issuing_state": "ROU", "signer": "ROIM",
                                "certificate_serial": 1, "issue_date": seals.ISSUED,
                                "signature_date": seals.SIGNED} | change)  # fmt: skip
    assert caught.value.part == part
    assert caught.value.position is None


def test_a_person_without_a_passport_has_fillers_for_its_number():
    data = seals.sealed("FB/06", values={"mrz": seals.CONTENTS["FB/06"]["mrz"], "passport_number": ""})
    assert seal.decode(data).fields["passport_number"] == ""
    assert seal.decode(data).messages[1].value.hex() == "133c" * 3


@pytest.mark.parametrize(("profile", "serial"), [("FB/06", 0x1000), ("FA/06", 0x1000), ("5E/03", 1 << 64)])
def test_a_seal_larger_than_its_symbol_is_refused(profile, serial):
    with pytest.raises(SealError, match="at most 142 bytes"):
        seals.sealed(profile, certificate_serial=serial)


def test_a_signature_that_is_not_r_and_s_is_refused():
    class DerSigner:
        def sign(self, data: bytes) -> bytes:
            return bytes(71)

    with pytest.raises(SealError, match="signature: expected r"):
        seal.sign(seals.encode(), DerSigner(), "FD/02")


HEADER = seals.encode()[:18]
SIGNATURE = b"\xff\x40" + bytes(64)
MESSAGES = seals.encode()[18:]


@pytest.mark.parametrize(
    ("data", "part", "position"),
    [
        (b"", "magic_constant", 0),
        (b"\xdd" + HEADER[1:], "magic_constant", 0),
        (b"\xdc\x04" + HEADER[2:] + MESSAGES + SIGNATURE, "version", 1),
        (b"\xdc\x03" + HEADER[2:], "signer", 4),
        (HEADER[:2] + encode_c40("R0U", "") + HEADER[4:], "issuing_state", 2),
        (HEADER[:2] + encode_c40("R<U", "") + HEADER[4:], "issuing_state", 2),
        (HEADER[:4] + encode_c40("ROIM0GGGG", "") + HEADER[10:], "signer", 4),
        (HEADER[:4] + encode_c40("1OIM00001", "") + HEADER[10:], "signer", 4),
        (HEADER[:10] + (13012026).to_bytes(3, "big") + HEADER[13:], "issue_date", 10),
        (HEADER[:13] + (2302026).to_bytes(3, "big") + HEADER[16:], "signature_date", 13),
        (HEADER[:13] + b"\xff\xff\xff" + HEADER[16:], "signature_date", 13),
        (HEADER[:16] + b"\x00\x02" + MESSAGES + SIGNATURE, "feature_definition", 16),
        (HEADER[:16] + b"\xfb\x06" + MESSAGES + SIGNATURE, "version", 1),
        (HEADER, "message", 18),
        (HEADER + MESSAGES[:10], "mrz", 20),
        (HEADER + b"\x02\x2f" + MESSAGES[2:] + SIGNATURE, "mrz", 19),
        (HEADER + MESSAGES[:50] + SIGNATURE, "register_number", 68),
        (HEADER + SIGNATURE, "mrz", 18),
        (HEADER + MESSAGES[:50] + MESSAGES, "message 2", 68),
        (HEADER + b"\x02\x30\x00\x00" + MESSAGES[4:] + SIGNATURE, "mrz", 20),
        (HEADER + MESSAGES, "message", 78),
        (HEADER + MESSAGES + b"\xff", "signature", 79),
        (HEADER + MESSAGES + b"\xff\x00", "signature", 79),
        (HEADER + MESSAGES + b"\xff\x3f" + bytes(63), "signature", 79),
        (HEADER + MESSAGES + b"\xff\x81\x40" + bytes(64), "signature", 79),
        (HEADER + MESSAGES + b"\xff\x41" + bytes(64), "signature", 79),
        (HEADER + MESSAGES + SIGNATURE[:-1], "signature", 80),
        (HEADER + MESSAGES + SIGNATURE + b"\x00", "signature", 144),
    ],
)
def test_what_is_no_seal_is_refused_with_its_place(data, part, position):
    with pytest.raises(SealError) as caught:
        seal.decode(data)
    assert (caught.value.part, caught.value.position) == (part, position)
    assert f"byte {position} (" in str(caught.value)


def test_a_seal_is_bytes_and_no_text():
    with pytest.raises(SealError, match="expected bytes, found str"):
        seal.decode(ARRIVAL.hex())


def test_the_reference_of_version_4_has_the_length_it_says():
    header = seals.encode("5E/03")[:18]
    assert seal.decode(seals.sealed("5E/03")).header.certificate_reference == "1A2"
    for wrong in ("ROIM00", "ROIM001", "ROIM02123", "ROIM0G12", "ROIM04123"):
        with pytest.raises(SealError, match="signer"):
            seal.decode(header[:4] + encode_c40(wrong, "") + header[10:])


def test_a_zone_with_a_wrong_check_digit_is_no_mrz():
    text = "".join(seals.zone().to_lines())
    wrong = encode_c40(text[:-1] + str((int(text[-1]) + 1) % 10), "mrz")
    with pytest.raises(SealError, match=r"byte 20 \(mrz\): expected \d as composite"):
        seal.decode(HEADER + b"\x02\x30" + wrong + MESSAGES[50:] + SIGNATURE)


def test_messages_in_any_order_and_unknown_ones_are_read():
    data = HEADER + b"\x09\x02\xab\xcd" + MESSAGES[50:] + MESSAGES[:50] + SIGNATURE
    decoded = seal.decode(data)
    assert [(one.tag, one.name) for one in decoded.messages] == [(9, None), (3, "register_number"), (2, "mrz")]
    assert decoded.messages[0] == seal.Message(9, b"\xab\xcd")


def test_version_3_writes_a_message_s_length_in_one_byte():
    data = HEADER + b"\x09\xc8" + bytes(200) + MESSAGES + SIGNATURE
    assert len(seal.decode(data).messages[0].value) == 200
    longer = seals.encode("5E/03")
    data = longer[:18] + b"\x09\x81\xc8" + bytes(200) + longer[18:] + SIGNATURE
    assert len(seal.decode(data).messages[0].value) == 200, "and version 4 in DER"
