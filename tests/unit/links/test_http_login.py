"""Logging in over HTTP: the worked examples of RFC 7616 and RFC 2617, and which of several challenges is answered."""

from __future__ import annotations

import re
from urllib.request import AbstractDigestAuthHandler, HTTPPasswordMgr, Request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_drivers.links.http_login import Login, digest

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CLIENT = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
RFC_7616 = {"realm": "http-auth@example.org", "qop": "auth, auth-int", "nonce": NONCE, "opaque": OPAQUE}


def fields(header: str) -> dict[str, str]:
    return {name: value for name, value in re.findall(r'(\w+)="?([^",]*)"?', header.removeprefix("Digest "))}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    """Section 3.9.1."""
    params = {**RFC_7616, "algorithm": algorithm}
    found = fields(digest("Mufasa", "Circle of Life", params, "GET", "/dir/index.html", CLIENT, 1))
    assert found["response"] == response
    assert (found["nc"], found["qop"], found["opaque"], found["algorithm"]) == ("00000001", "auth", OPAQUE, algorithm)


def test_the_example_of_rfc_2617() -> None:
    """Section 3.5."""
    params = {"realm": "testrealm@host.com", "qop": "auth", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    found = fields(digest("Mufasa", "Circle Of Life", params, "GET", "/dir/index.html", "0a4f113b", 1))
    assert found["response"] == "6629fae49393a05397450978507c4ef1"
    assert "algorithm" not in found


def test_without_qop_as_the_standard_library_has_it() -> None:
    """RFC 2069's form, which old printers speak."""
    passwords = HTTPPasswordMgr()
    passwords.add_password("cups", "http://printer/ipp", "liman", "word")
    challenge = {"realm": "cups", "nonce": "abc"}
    theirs = AbstractDigestAuthHandler(passwords).get_authorization(Request("http://printer/ipp"), challenge)
    assert theirs
    ours = fields(digest("liman", "word", challenge, "GET", "/ipp", "unused", 1))
    assert ours["response"] == fields(theirs)["response"]
    assert not {"nc", "cnonce", "qop"} & set(ours)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        (["Basic realm=x"], "Basic"),
        (["basic"], "Basic"),
        (['Digest realm="x", nonce="y"'], "Digest"),
        (['Basic realm="a, b=c", Digest realm="x", nonce="y", qop="auth,auth-int"'], "Digest"),
        (['Digest realm="x", nonce="y"', "Basic realm=x"], "Digest"),
        (["Negotiate", "Basic realm=x"], "Basic"),
        (['Digest realm="x", nonce="y", algorithm=SHA-512-256, Basic realm="x"'], "Basic"),
        (['Digest realm="x", nonce="y", qop="auth-int"', "Basic"], "Basic"),
    ],
)
def test_the_best_challenge_is_answered(headers: list[str], scheme: str) -> None:
    login = Login("liman", "word")
    assert login.header("POST", "/") == {}, "nothing is told before it is asked for"
    assert login.take(headers)
    assert login.header("POST", "/")["Authorization"].split()[0] == scheme


def test_sha_256_is_better_than_md5() -> None:
    login = Login("liman", "word")
    assert login.take(['Digest realm="x", nonce="m", algorithm=MD5', 'Digest realm="x", nonce="s", algorithm=SHA-256'])
    assert fields(login.header("POST", "/")["Authorization"])["nonce"] == "s"


def test_each_request_has_the_next_count() -> None:
    login = Login("liman", "word")
    assert login.take(['Digest realm="x", nonce="y", qop="auth"'])
    assert [fields(login.header("POST", "/")["Authorization"])["nc"] for _ in range(2)] == ["00000001", "00000002"]


@pytest.mark.parametrize("headers", [[], ["Negotiate"], ["Bearer realm=x"], ["Digest qop=auth-int"], [""], ["=,="]])
def test_what_cannot_be_answered_is_not(headers: list[str]) -> None:
    login = Login("liman", "word")
    assert not login.take(headers)
    assert login.header("POST", "/") == {}


@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_challenge_is_answered_or_not(headers: list[str]) -> None:
    login = Login("liman", "word")
    assert login.take(headers) == bool(login.header("POST", "/"))
    login.take(["Digest " + header for header in headers])
    login.header("POST", "/")
