"""Gateways as data: what a file may say, and that a wrong one is refused by the name of its key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from issuance.errors import Unfit
from issuance.sending.templates import HERE, MOST_REPORTS, Template, filled, flat, load, parse, shipped

DOCS = Path(__file__).parents[3] / "docs" / "notices.md"
GOOD = (HERE / "json.toml").read_text()


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_files_made_for_releases_before_are_read() -> None:
    earlier = GOOD.replace("[report]", "[receipt]").replace("[[report.rules]]", "[[receipt.rules]]")
    assert parse("mine.toml", earlier.replace("{reports}", "{receipts}")).report == load("json").report


def test_the_release_brings_gateways_that_can_be_loaded() -> None:
    assert shipped() == ["json", "kannel", "kannel-get"]
    assert all(load(name).report for name in shipped())


def test_no_file_of_the_release_holds_a_secret() -> None:
    for name in shipped():
        said = tomllib.loads((HERE / f"{name}.toml").read_text())["request"]
        secret = [value for table in said.values() if isinstance(table, dict) for value in table.values()]
        assert [value for value in secret if "assword" in value] == [value for value in secret if "{password}" in value]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD + "\nmore = 1\n", "more"),
        (GOOD + '\n[answers]\nform = "text"\n', "answers"),
        (changed('method = "POST"', 'method = "PUT"'), "request.method"),
        (changed('method = "POST"', 'method = "GET"'), "request"),
        (changed('url = "{url}"', 'url = "https://{to}.example/"'), "request.url"),
        (changed('url = "{url}"', 'url = "{url}.example"'), "request.url"),
        (changed('url = "{url}"', 'url = "file:///etc/passwd"'), "request.url"),
        (changed("Authorization =", '"X Y" ='), "request.headers"),
        (changed("Authorization =", "Host ="), "request.headers"),
        (changed("Idempotency-Key =", "Content-Length ="), "request.headers"),
        (changed("Bearer {password}", "Bearer {text}"), "request.headers"),
        (changed("Bearer {password}", "Bearer {LIMAN_DATABASE_URL}"), "request.headers"),
        (changed('text = "{text}"', 'text = "{test}"'), "request.json"),
        (changed('text = "{text}"', 'words = "Hello"'), "request"),
        (changed('to = "{to}"', 'to = "+40722000000"'), "request"),
        (changed('to = "{to}"', 'to = "{to}"\ncoding = "{coding}"'), "coding"),
        (changed("[request.json]", "[request.form]\na = 'b'\n[request.json]"), "request"),
        (changed('form = "json"', 'form = "yaml"'), "answer.form"),
        (changed('form = "json"', 'form = "text"\npattern = "("'), "answer.pattern"),
        (changed('means = "accepted"', 'means = "perhaps"'), "answer.rules.0.means"),
        (changed("status = [200, 201, 202]", "status = []"), "answer.rules.0.status"),
        (changed("status = [429, 503]", "status = [42]"), "answer.rules.1.status"),
        (changed('id = "id"\n\n[[answer', "\n\n[[answer"), "answer.id"),
        (changed('names = "theirs"', 'names = "both"'), "report.names"),
        (GOOD[: GOOD.index("[report]")], "report"),
        (changed('where = { status = ["delivered"] }', ""), "report.rules.0.where"),
        ("request = 1\n", "request"),
        ("", "answer"),
        ("[request\n", "not TOML"),
    ],
)
def test_a_strange_file_is_refused_and_the_key_is_named(text: str, key: str) -> None:
    with pytest.raises(Unfit) as refused:
        parse("ours.toml", text)
    assert str(refused.value).startswith("ours.toml")
    assert key in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match=r"there is no gateway twilio\. Take json, kannel, kannel-get"):
        load("twilio")
    with pytest.raises(Unfit, match="there is no gateway"):
        load("../gateways/json")
    with pytest.raises(Unfit, match="cannot be read"):
        load(str(tmp_path / "away.toml"))
    (tmp_path / "latin.toml").write_bytes(b"\xe9 = 1")
    with pytest.raises(Unfit, match="cannot be read"):
        load(str(tmp_path / "latin.toml"))


def test_what_is_filled_in_is_not_looked_through() -> None:
    assert filled("{to}: {text}", {"to": "{text}", "text": "{password}", "password": "x"}) == "{text}: {password}"


def test_json_is_read_by_paths_and_its_numbers_as_written() -> None:
    answer = load("json").answer
    body = b'{"id": 12345678901234567890123, "to": [{"status": "0", "ok": true, "why": null}], "price": 0.10}'
    assert answer.fields(body) == {
        "id": "12345678901234567890123",
        "to.0.status": "0",
        "to.0.ok": "true",
        "to.0.why": "",
        "price": "0.10",
    }


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[" * 16_000, b"[1", b'{"a": NaN', b"[" * 900 + b"]" * 900, b"[" + b"1," * 7000 + b"1]"]
)
def test_an_answer_that_cannot_be_read_says_nothing(body: bytes) -> None:
    assert load("json").answer.fields(body) == {}


def test_leaves_are_bounded() -> None:
    assert flat(["x"] * 200)
    assert flat(["x"] * 201) == {}


def jasmin() -> Template:
    """The example of the page, which an office copies."""
    found = re.search(r"```toml\n(# Jasmin.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    return parse("jasmin.toml", found[1])


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ({"level": "1", "message_status": "ESME_ROK"}, []),  # the gateway got it: that is no delivery
        ({"level": "1", "message_status": "DELIVRD"}, []),  # nor when it says so (jasmin #1040)
        ({"level": "3", "message_status": "ESME_ROK"}, []),
        ({"level": "2", "message_status": "DELIVRD"}, [("9", "delivered")]),
        ({"level": "3", "message_status": "DELIVRD"}, [("9", "delivered")]),
        ({"level": "2", "message_status": "ACCEPTD"}, [("9", "operator")]),
        ({"level": "2", "message_status": "UNDELIV"}, [("9", "refused")]),
        ({"level": "1", "message_status": "ESME_RINVDSTADR"}, []),
        ({"message_status": "DELIVRD"}, []),
    ],
)
def test_a_gateway_that_only_got_the_message_delivered_nothing(
    told: dict[str, str], means: list[tuple[str, str]]
) -> None:
    report = jasmin().report
    assert report
    assert report.read({"id": "9", **told}, b"") == means


def told(*results: str) -> bytes:
    """One call that tells of several."""
    return f'{{"said": {{"results": [{",".join(results)}]}}}}'.encode()


def test_one_call_may_tell_of_several_messages() -> None:
    text = GOOD.replace('names = "theirs"', 'names = "theirs"\neach = "said.results"')
    report = parse("ours.toml", text).report
    assert report
    one = '{"id": "%d", "status": "%s"}'
    body = (
        '{"said": {"results": [' + ",".join([one % (1, "delivered"), one % (2, "lost"), one % (3, "expired")]) + "]}}"
    )
    assert report.read({}, body.encode()) == [("1", "delivered"), ("3", "refused")]
    many = '{"said": {"results": [' + ",".join([one % (1, "sent")] * (MOST_REPORTS + 1)) + "]}}"
    assert len(report.read({}, many.encode())) == MOST_REPORTS
    for odd in (b"[]", b"{}", b'{"said": []}', b'{"said": {"results": 1}}', b'{"said": {"results": [1]}}', b"null"):
        assert report.read({}, odd) == []


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "\x00", "مرحبا"])
def test_an_id_that_none_is_finds_nothing(key: str) -> None:
    report = load("kannel").report
    assert report
    assert report.read({"id": key, "level": "1"}, b"") == []
