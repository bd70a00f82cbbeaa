"""A family at its form, as a phone sends it; and what its pages say."""

from __future__ import annotations

import html
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuance.services.ahead import codes

HADI = {
    "family_name": "المصري",
    "given_names": "هادي",
    "latin_family": "Al-Masri",
    "latin_given": "Hadi",
    "birth_date-day": "٣",
    "birth_date-month": "5",
    "birth_date-year": "1980",
    "birth_place": "حلب",
    "sex": "M",
    "nationality": "SYR",
    "language": "ar",
}
RIMA = {
    "family_name": "المصري",
    "given_names": "ريما",
    "birth_date-day-unknown": "1",
    "birth_date-month-unknown": "1",
    "birth_date-year": "2015",
    "birth_place": "حلب",
    "sex": "F",
    "nationality": "SYR",
    "language": "ar",
    "tie": "child",
}


def so_far(answer: TestResponse) -> str:
    """What the page carries on."""
    found = re.search(r'name="so_far" value="([^"]*)"', answer.text)
    assert found, words(answer)
    return found[1]


def words(answer: TestResponse) -> str:
    """What the page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def send(client: FlaskClient, before: TestResponse | None, do: str, lang: str = "", **fields: Any) -> TestResponse:
    """Press the button `do` of the page before."""
    carried = {"so_far": so_far(before)} if before is not None else {}
    return client.post(f"/ahead?lang={lang}" if lang else "/ahead", data={"do": do, **carried, **fields})


def family(client: FlaskClient, *people: dict[str, str]) -> TestResponse:
    """The page of the family, once these were filled in."""
    answer = send(client, None, "begin")
    for place, each in enumerate(people):
        if place:
            answer = send(client, answer, "add")
        answer = send(client, answer, "keep", place=str(place), **each)
        assert answer.status_code == 200, words(answer)
    return answer


def code_of(answer: TestResponse) -> str:
    """The code that the last page shows."""
    groups = re.findall(r"<span>([2-9A-Z]{5})</span>", answer.text)
    code = codes.normalise("".join(groups))
    assert code, words(answer)
    return code


def filled(client: FlaskClient, *people: dict[str, str], **wishes: Any) -> str:
    """The code of a form that was filled in and sent."""
    answer = send(client, family(client, *(people or (HADI, RIMA))), "finish", **wishes)
    assert answer.status_code == 200, words(answer)
    return code_of(answer)
