"""Network addresses in all their written forms are one address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.values.addresses import UNREADABLE, customer, of_caller

SAME = [
    ["10.1.2.3", "10.1.2.3:5555", " 10.1.2.3 ", "::ffff:10.1.2.3", "[::ffff:10.1.2.3]:80", "::FFFF:0A01:0203"],
    ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443", "2001:0DB8:0::1", "2001:db8::ffff:1", '"[2001:db8::2]:1"'],
    ["fe80::1", "fe80::1%eth0", "[fe80::2%25eth0]:80"],
    [UNREADABLE, "", "unknown", "_hidden", "10.1.2", "010.1.2.3", "1:2:3", "[", "\0", "10.1.2.3, 10.1.2.4", "9" * 9999],
]


@pytest.mark.parametrize("forms", SAME, ids=["mapped and ports", "IPv6", "zones", "none"])
def test_every_form_of_an_address_is_one_customer(forms: list[str]) -> None:
    assert len(set(map(customer, forms))) == 1


def test_other_addresses_are_other_customers() -> None:
    firsts = [forms[0] for forms in SAME]
    others = ["10.1.2.4", "2001:db8:0:1::1", "::1"]
    assert len(set(map(customer, firsts + others))) == len(firsts + others)


@given(st.text(max_size=100))
def test_nothing_that_is_written_breaks_it(text: str) -> None:
    assert customer(customer(text).partition("/")[0]) in (customer(text), UNREADABLE)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "caller"),
    [("", 0, "a"), ("b", 0, "a"), ("b", 1, "b"), ("c, b", 1, "b"), ("c,b", 2, "c"), ("b", 2, "a"), ("", 1, "a")],
)
def test_only_proxies_of_ours_say_who_calls(forwarded: str, proxies: int, caller: str) -> None:
    assert of_caller("a", forwarded, proxies) == caller
