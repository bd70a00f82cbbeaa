"""The list of decisions that let documents hold longer: signed as a status list is, and never taken for one."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing.lists import cbor, decisions, tokens
from printing.lists.cbor import Tagged
from printing.lists.decisions import CWT_TYPE, Decision, Decisions
from printing.lists.envelope import TokenError
from tests.seals import KeySigner
from tests.unit.lists.test_status_list import unarmoured
from tests.unit.lists.test_tokens import AT, CERTIFICATE, SIGNER, TOKEN, check, our_key

DAY = dt.timedelta(days=1)
FIRST, LAST, UNTIL = dt.date(2027, 1, 1), dt.date(2027, 3, 31), dt.date(2027, 12, 31)
DECISION = Decision(
    "HG 12/2027", {"ro": "Document temporar", "en": "Temporary document"}, ("TI",), FIRST, LAST, FIRST, UNTIL, AT
)
LIST = Decisions("https://liman.test/lists/decisions", AT, AT + 7 * DAY, 3600, (DECISION,))
FORMS = {"cwt": decisions.cwt, "jwt": decisions.jwt}


@pytest.mark.parametrize("form", FORMS)
def test_it_comes_back_as_it_was_signed(form: str) -> None:
    read = decisions.read(FORMS[form](LIST, SIGNER, CERTIFICATE))
    assert (read.verify(), read.certificate, read.token.name) == (LIST, CERTIFICATE, decisions.NAME)


def test_it_is_read_by_other_programs() -> None:
    """The CWT by cbor2, the JWT by the standard library, both signatures by cryptography."""
    protected, _, payload, signature = cbor2.loads(decisions.cwt(LIST, SIGNER, CERTIFICATE)).value
    assert cbor2.loads(protected) == {1: -7, 16: "application/liman-decisions+cwt", 33: CERTIFICATE}
    said = cbor2.loads(payload)
    assert said[2] == LIST.subject
    check(our_key(), cbor2.dumps(["Signature1", protected, b"", payload]), signature)
    head, body, end = decisions.jwt(LIST, SIGNER, CERTIFICATE).split(b".")
    check(our_key(), head + b"." + body, unarmoured(end.decode()))
    header, claims = json.loads(unarmoured(head.decode())), json.loads(unarmoured(body.decode()))
    assert (header["typ"], base64.b64decode(header["x5c"][0])) == ("liman-decisions+jwt", CERTIFICATE)
    assert claims["decisions"] == said[-65537]
    assert claims["decisions"] == [
        {
            "reference": "HG 12/2027",
            "documents": {"ro": "Document temporar", "en": "Temporary document"},
            "numbers": ["TI"],
            "printed_from": "2027-01-01",
            "printed_to": "2027-03-31",
            "from": "2027-01-01",
            "until": "2027-12-31",
            "since": int(AT.timestamp()),
        }
    ]


@pytest.mark.parametrize("form", FORMS)
def test_no_bit_of_it_can_be_changed(form: str) -> None:
    data = FORMS[form](LIST, SIGNER, CERTIFICATE)
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        try:
            read = decisions.read(bytes(changed)).verify()
        except TokenError:
            continue
        assert read == LIST, at  # a JWT's last letter has bits that say nothing


@pytest.mark.parametrize("form", FORMS)
def test_neither_list_is_taken_for_the_other(form: str) -> None:
    with pytest.raises(TokenError):
        tokens.read(FORMS[form](LIST, SIGNER, CERTIFICATE))
    with pytest.raises(TokenError):
        decisions.read({"cwt": tokens.cwt, "jwt": tokens.jwt}[form](TOKEN, SIGNER, CERTIFICATE))


def test_a_list_of_another_signer_is_not_of_the_one_it_names() -> None:
    with pytest.raises(TokenError, match="signature"):
        decisions.read(decisions.cwt(LIST, KeySigner(secret=4711), CERTIFICATE)).verify()


@pytest.mark.parametrize(
    "inside",
    [
        None,
        "text",
        [1],
        [[]],
        [{}],
        [{"reference": 1}],
        *(
            [{"numbers": ["TI"], "documents": {}, "reference": "x", "since": 1, "printed_from": day} | wrong]
            for day, wrong in (("2027-02-30", {}), ("2027-01-01", {"documents": 7}), ("2027-01-01", {"numbers": "TI"}))
        ),
    ],
)
def test_what_is_no_list_of_decisions_is_refused(inside: Any) -> None:
    claims = {2: LIST.subject, 6: 1, 4: 2, 65534: 3, -65537: inside}
    header = cbor.encode({1: -7, 16: CWT_TYPE, 33: CERTIFICATE})
    with pytest.raises(TokenError):
        decisions.read(cbor.encode(Tagged(18, [header, {}, cbor2.dumps(claims), bytes(64)])))


@given(st.binary(max_size=120))
def test_any_bytes_are_refused(data: bytes) -> None:
    for start in (b"", b"\xd2\x84", b"ey"):
        with pytest.raises(TokenError):
            decisions.read(start + data)


@pytest.mark.parametrize(
    ("number", "printed", "day", "covered"),
    [
        ("TI1000423", FIRST, LAST, True),
        ("TI1000423", LAST, UNTIL, True),
        ("TI1000423", LAST, UNTIL + DAY, False),
        ("TI1000423", LAST, FIRST - DAY, False),
        ("TI1000423", FIRST - DAY, LAST, False),
        ("TI1000423", LAST + DAY, UNTIL, False),
        ("T11000423", LAST, UNTIL, False),
        ("RP1000423", LAST, UNTIL, False),
        ("", LAST, UNTIL, False),
    ],
)
def test_which_document_it_covers(number: str, printed: dt.date, day: dt.date, covered: bool) -> None:
    assert DECISION.covers(number, printed, day) is covered
