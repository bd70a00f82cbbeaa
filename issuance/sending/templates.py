"""A gateway as data: one TOML file says how a message is put to it, and what its answers and delivery reports mean.

A file that does not follow the model is Unfit, and names the key. docs/notices.md describes each.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator

from issuance.document_types.values import Value
from issuance.errors import Unfit
from issuance.sending import Outcome
from issuance.sending.parts import Alphabet

HERE = Path(__file__).with_name("gateways")
ACCOUNT = frozenset({"url", "user", "password", "sender"})
"""What the office's settings say, so that no file holds a secret."""

MESSAGE = frozenset({"to", "digits", "text", "id", "coding", "reports", "receipts"})
"""What each message says: `digits` is `to` without its plus, `reports` the address that
takes delivery reports (`receipts` in files made for releases before)."""

PLACE = re.compile(r"\{(\w*)\}")
HEADER = re.compile(r"[A-Za-z0-9-]+")
GATEWAY_ID = re.compile(r"[\x21-\x7e]{1,100}")
"""How the other side may call a message."""

MOST_FIELDS = 200
"""Of one answer or delivery report."""

MOST_REPORTS = 100
"""Told at once."""

Fields = Mapping[str, str]
"""What an answer or delivery report says, by name; what lies deeper in JSON by its path, as `messages.0.id`."""


class Request(Value):
    """How a message is put: `query` is added to the address, at most one of `form`, `json` and `text` is the body."""

    method: Literal["GET", "POST"]
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] | None = None
    document: dict[str, Any] | None = Field(default=None, alias="json")
    text: str | None = None

    @field_validator("url")
    @classmethod
    def _names_a_host(cls, url: str) -> str:
        """The other side is never chosen by a message."""
        _check_places(url, {"url", "user"})
        if not re.match(r"(\{url\}|https?://[A-Za-z0-9.\[\]:-]+)(?=[/?]|$)", url):
            raise ValueError("an address begins with {url}, or with https:// and a host")
        return url

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not HEADER.fullmatch(name) or name.lower() in ("host", "content-length", "transfer-encoding"):
                raise ValueError(f"{name} is no header that a file may set")
            _check_places(value, (ACCOUNT | MESSAGE) - {"url", "text"})
        return headers

    @field_validator("query", "form", "document", "text")
    @classmethod
    def _names_known_places(cls, body: Any) -> Any:
        for text in _texts(body):
            _check_places(text, ACCOUNT | MESSAGE)
        return body

    @model_validator(mode="after")
    def _has_one_body(self) -> Request:
        bodies = [body for body in (self.form, self.document, self.text) if body is not None]
        if len(bodies) > 1 or (bodies and self.method == "GET"):
            raise ValueError("a POST has one of `form`, `json` and `text`, a GET none of them")
        said = {place for text in _texts([self.headers, self.query, bodies]) for place in PLACE.findall(text)}
        if "text" not in said or not said & {"to", "digits"}:
            raise ValueError("{text} and {to} (or {digits}) stand somewhere, or nobody is told anything")
        return self


class _Rule(Value):
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """A name, and the texts one of which it says. All names agree, or the rule does not apply."""

    def agrees(self, fields: Fields) -> bool:
        """Whether the fields say what the rule asks for."""
        return all(fields.get(name) in texts for name, texts in self.where.items())


class AnswerRule(_Rule):
    """What an answer means, by the status of HTTP and by what it says."""

    means: Outcome
    status: tuple[int, ...] = Field(min_length=1)

    @field_validator("status")
    @classmethod
    def _are_statuses(cls, status: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 200 <= each <= 599 for each in status):
            raise ValueError("a status of HTTP is a number from 200 to 599")
        return status


class ReportRule(_Rule):
    """What a delivery report means: the telephone has the message, the operator has it, or it will not come."""

    means: Literal["delivered", "operator", "refused"]
    where: dict[str, tuple[str, ...]] = Field(min_length=1)


class Answer(Value):
    """How an answer is read. In a `text` the named groups of `pattern` are the fields; `id` is the gateway's own."""

    form: Literal["text", "json"]
    pattern: str = ""
    id: str = ""
    rules: tuple[AnswerRule, ...] = Field(min_length=1)

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from error
        return pattern

    def means(self, status: int, fields: Fields) -> Outcome | None:
        """What the first rule says that applies; None where none does."""
        return next((rule.means for rule in self.rules if status in rule.status and rule.agrees(fields)), None)

    def fields(self, body: bytes) -> Fields:
        """What the answer says; nothing when it cannot be read."""
        if self.form == "json":
            return flat(_document(body))
        found = re.fullmatch(self.pattern, body.decode("utf-8", "replace").strip(), re.DOTALL)
        return {name: text or "" for name, text in found.groupdict().items()} if found else {}


class Report(Value):
    """How a delivery report is read: `fields` of its address or form, or `json`, whose list `each` may tell several.

    `id` is the field with the message's id, which is `ours` or `theirs`. `answer` is what the gateway wants to hear.
    """

    form: Literal["fields", "json"]
    id: str
    names: Literal["ours", "theirs"]
    each: str = ""
    answer: str = ""
    rules: tuple[ReportRule, ...] = Field(min_length=1)

    def read(self, fields: Fields, body: bytes) -> list[tuple[str, str]]:
        """Ids with what is told of them, in their order; what no rule knows is left out.

        `fields` are those of the address and of a form, `body` is what else was sent.
        """
        told = ((one.get(self.id, ""), self._means(one)) for one in self._told(fields, body))
        return [(key, means) for key, means in told if GATEWAY_ID.fullmatch(key) and means]

    def _told(self, fields: Fields, body: bytes) -> list[Fields]:
        if self.form == "fields":
            return [fields]
        document = _document(body)
        if not self.each:
            return [flat(document)]
        for name in self.each.split("."):
            document = document.get(name) if isinstance(document, dict) else None
        return [flat(one) for one in document[:MOST_REPORTS]] if isinstance(document, list) else []

    def _means(self, fields: Fields) -> str:
        return next((rule.means for rule in self.rules if rule.agrees(fields)), "")


class Template(Value):
    """A gateway. `coding` is how it calls the two alphabets; without `report` it is never asked for one."""

    request: Request
    coding: dict[Alphabet, str] = Field(default_factory=dict)
    answer: Answer
    report: Report | None = Field(default=None, validation_alias=AliasChoices("report", "receipt"))

    @model_validator(mode="after")
    def _parts_agree(self) -> Template:
        asked = {place for text in _texts(self.request.model_dump()) for place in PLACE.findall(text)}
        if ("coding" in asked) != (set(self.coding) == set(Alphabet)):
            raise ValueError("`coding` says `gsm` and `ucs2`, exactly when the request names {coding}")
        if asked & {"reports", "receipts"} and self.report is None:
            raise ValueError("`report` says how delivery reports are read, when the request asks for them by {reports}")
        if self.report and self.report.names == "theirs" and not self.answer.id:
            raise ValueError("`answer.id` says where the gateway's own id stands, when delivery reports name it")
        return self


def shipped() -> list[str]:
    """The names of the files that come with this release."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def report_of(name: str) -> Report | None:
    """How delivery reports of the gateway `name` are read; None where there is no gateway, or it tells none."""
    return load(name).report if name else None


@cache
def load(name: str) -> Template:
    """The template of the release's own `name`, or of the file at the path `name`, which ends in `.toml`."""
    is_own = name.endswith(".toml")
    if not is_own and name not in shipped():
        raise Unfit(
            "LIMAN_SMS_GATEWAY: there is no gateway %(name)s. Take %(known)s, or the path of a file of your own that"
            " ends in .toml.",
            name=name,
            known=", ".join(shipped()),
        )
    try:
        return parse(name, (Path(name) if is_own else HERE / f"{name}.toml").read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit("LIMAN_SMS_GATEWAY: %(file)s cannot be read: %(error)s.", file=name, error=error) from error


def parse(name: str, text: str) -> Template:
    """One file's text; Unfit names the file and every wrong key, and repeats nothing of what stands there."""
    try:
        return Template.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Unfit("%(file)s is not TOML: %(error)s.", file=name, error=error) from error
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
        raise Unfit("%(file)s: %(problems)s.", file=name, problems="; ".join(wrong)) from error


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each place filled once; what is filled in is not looked through for places."""
    return PLACE.sub(lambda place: values[place[1]], text)


def filled_document(document: Any, values: Mapping[str, str]) -> Any:
    """JSON with every text in it filled."""
    if isinstance(document, dict):
        return {name: filled_document(value, values) for name, value in document.items()}
    if isinstance(document, list):
        return [filled_document(value, values) for value in document]
    return filled(document, values) if isinstance(document, str) else document


def flat(document: Any) -> Fields:
    """The leaves of an object or list of JSON by their paths; none of what is too large or too deep."""
    if not isinstance(document, (dict, list)):
        return {}
    try:
        leaves = list(_leaves(document, ""))
    except RecursionError:
        return {}
    return dict(leaves) if len(leaves) <= MOST_FIELDS else {}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    else:
        yield path, {True: "true", False: "false", None: ""}.get(value, value)
    for name, each in inside:
        yield from _leaves(each, f"{path}.{name}" if path else str(name))


def _document(body: bytes) -> Any:
    """JSON whose numbers stay as they are written; None for what is none."""
    try:
        return json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _texts(value: Any) -> Iterator[str]:
    """Every text in what a file says."""
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from _texts(each)


def _check_places(text: str, known: Iterable[str]) -> None:
    for place in PLACE.findall(text):
        if place not in known:
            raise ValueError(f"there is no {{{place}}} here: take one of {', '.join(sorted(known))}")
