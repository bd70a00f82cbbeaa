"""Nobody outside stops the office by sending much: what a page does not take is refused before it is read."""

from __future__ import annotations

import pytest

from tests.attack.conftest import RealOffice

LARGE = b"reference=" + "\u0344\u0345".encode() * 650_000
"""2.6 MB of marks that take long to put in order: Unicode form C of them cost the release before 30 s a request."""

SENTENCES = {
    "/status": "Go back and send less.",
    "/login": "This page takes at most 16 kB. Send a smaller file, or shorten the text.",
}
HEAD = "POST {path} HTTP/1.1\r\nHost: liman\r\nAccept-Language: en\r\nContent-Length: {length}\r\n\r\n"


@pytest.mark.parametrize("path", ["/status", "/login", "/tf-validate", "/nothing-here", "/static/css/liman.css"])
def test_a_large_body_is_refused_before_it_is_sent(real_office: RealOffice, path: str) -> None:
    """Only the head is sent: a server that wants the body first would wait for it."""
    head = HEAD.format(path=path, length=2_600_000)
    answer = real_office.say(head.encode()).decode()
    status = int(answer.split()[1])
    assert status in (413, 404, 405)
    assert "Connection: close" in answer
    if path in SENTENCES:
        assert status == 413
        assert SENTENCES[path] in answer


@pytest.mark.parametrize("path", ["/status", "/login"])
def test_who_sends_all_of_it_still_reads_the_sentence(real_office: RealOffice, path: str) -> None:
    answer = real_office.send("POST", path, LARGE, **{"Accept-Language": "en"})
    assert (answer.status, SENTENCES[path] in answer.text) == (413, True)


@pytest.mark.parametrize("path", ["/status", "/login"])
def test_a_body_without_a_length_is_cut_off_too(real_office: RealOffice, path: str) -> None:
    chunk = b"186a0\r\n" + LARGE[:100_000] + b"\r\n"
    head = f"POST {path} HTTP/1.1\r\nHost: liman\r\nAccept-Language: en\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = real_office.say(head.encode() + chunk).decode()  # its end never comes
    assert answer.startswith("HTTP/1.1 413 ")
    assert SENTENCES[path] in answer


def test_who_asks_first_is_not_told_to_go_on(real_office: RealOffice) -> None:
    head = HEAD.format(path="/status", length=9_000_000).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n")
    answer = real_office.say(head.encode()).decode()
    assert answer.startswith("HTTP/1.1 413 ")


def test_a_reference_of_nine_megabytes_never_reaches_the_page(real_office: RealOffice) -> None:
    answer = real_office.send("POST", "/status", b"reference=" + b"A" * 9_000_000)
    assert answer.status == 413


def test_a_page_takes_what_fits(real_office: RealOffice) -> None:
    answer = real_office.send("POST", "/status", b"reference=" + b"A" * 15_000, **{"Accept-Language": "en"})
    assert answer.status == 400
    assert "Shorten this to 100 characters; it has 15000." in answer.text
