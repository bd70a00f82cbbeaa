"""What is drawn: bytes that were right and are damaged, JSON with odd values, texts that people never type."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

ODD = [
    "", " ", "\0", "a\0b", "\x85", "\u202e", "\ufdfa" * 300, "a" + "\u0344\u0345" * 500, "x" * 5_000, "9" * 5_000,
    "-1", "0", "1", "1e9", "NaN", "Infinity", "\u0662\u0663", "\U0001f4a9", "\ud800", "9999-12-31", "0001-01-01",
    "2026-02-30", "2026-W40-1", "20260230", "XX", "XXXX-XX-XX", "true", "on", "' OR 1=1--", "%00", "\r\n", "%(name)s",
    "../../etc/passwd", "{{7*7}}", "01890000-0000-7000-8000-000000000000", "not-a-uuid", "\u00b2", "\u2460", "\u3007",
    "½", "ﬁ", "İ", "ß", "ǅ",
]  # fmt: skip
"""Values that have broken programs: too long, not of the kind, not what they look like."""

numbers = st.sampled_from([0, 1, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, 1e308, float("nan")])
texts = st.sampled_from(ODD) | st.text(max_size=40)
leaves = st.none() | st.booleans() | numbers | st.integers() | texts
documents = st.recursive(
    leaves, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts, inside, max_size=3), max_leaves=6
)

Edit = tuple[str, float, bytes]
_edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "cut", "drop", "repeat"]),
        st.floats(0, 1, allow_nan=False),
        st.binary(min_size=1, max_size=6) | st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80"]),
    ),
    max_size=4,
)


def damaged(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the samples with a few places set, inserted, cut off, left out or repeated; or any bytes at all."""
    changed = st.builds(_edited, st.sampled_from(samples), _edits)
    return changed | changed | changed | st.binary(max_size=200)


def _edited(sample: bytes, edits: list[Edit]) -> bytes:
    data = bytearray(sample)
    for what, where, given in edits:
        at = int(where * len(data))
        match what:
            case "set":
                data[at : at + len(given)] = given
            case "insert":
                data[at:at] = given
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + len(given)]
            case _:
                data[at:at] = data[max(0, at - 40) : at] * 3
    return bytes(data)


def garbled(samples: Sequence[str]) -> st.SearchStrategy[str]:
    """The same for texts: some of their letters are others."""
    pieces = st.lists(st.tuples(st.floats(0, 1, allow_nan=False), st.integers(0, 3), texts), max_size=3)
    return st.builds(_respelt, st.sampled_from(samples), pieces) | texts


def _respelt(sample: str, pieces: list[tuple[float, int, str]]) -> str:
    for where, gone, given in pieces:
        at = int(where * len(sample))
        sample = sample[:at] + given + sample[at + gone :]
    return sample


def messages(samples: Sequence[Any]) -> st.SearchStrategy[bytes]:
    """JSON like the samples: some of its values are others, some keys are gone or new; at times it is not whole."""
    change = st.tuples(st.integers(0, 999), st.sampled_from(["put", "put", "del", "add"]), documents)
    whole = st.builds(_changed, st.sampled_from(samples), st.lists(change, max_size=3)).map(_written)
    broken = st.tuples(whole, st.integers(0, 400)).map(lambda drawn: drawn[0][: drawn[1]])
    deep = st.tuples(st.sampled_from([b"[", b'{"a":']), st.integers(10, 3_000))
    nested = deep.map(lambda drawn: drawn[0] * drawn[1])
    return whole | whole | whole | broken | st.binary(max_size=60) | nested


def _written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=True).encode()


def _changed(sample: Any, changes: list[tuple[int, str, Any]]) -> Any:
    document = {"": copy.deepcopy(sample)}
    for which, what, given in changes:
        places = list(_places(document))
        holder, key = places[which % len(places)]
        if what == "put":
            holder[key] = given
        elif what == "add" and isinstance(holder[key], dict):
            holder[key]["unheard of"] = given
        elif holder is not document:
            del holder[key]
    return document.get("")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document, as what holds it and its key."""
    keys: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
