"""Whether a translation keeps what may not be translated: the places for values, and the numbers."""

from __future__ import annotations

import re

PLACE = re.compile(r"%\(\w+\)[sd]")
NUMBER = re.compile(r"\d+")


def differences(source: str, said: str) -> list[str]:
    """The places and numbers that only one of the two has, as often as it has them; empty when they agree."""
    return _only_in_one(PLACE.findall(source), PLACE.findall(said)) + _only_in_one(
        NUMBER.findall(PLACE.sub("", source)), NUMBER.findall(PLACE.sub("", said))
    )


def _only_in_one(left: list[str], right: list[str]) -> list[str]:
    return sorted(each for each in {*left, *right} if left.count(each) != right.count(each))
