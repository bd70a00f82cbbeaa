"""The text of a manual: one small Markdown file a role and language, beside this module.

It has a heading, headings below, steps (`1.`), points (`-`), pictures (`![what it shows](name)`), and in a line the
words of a page (`**To complete**`), a link to a page (`[To complete](desk.queues.to_complete)`) and a key (`` `g` ``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from issuance.models.staff import RoleName

FOLDER = Path(__file__).parent
BLOCKS = re.compile(
    r"(?P<title>#\s)|(?P<heading>##\s)|(?P<step>\d+\.\s)|(?P<point>-\s)|!\[(?P<shows>.+)\]\((?P<name>[\w-]+)\)$"
)
PARTS = re.compile(r"\*\*(?P<label>.+?)\*\*|\[(?P<link>.+?)\]\((?P<endpoint>[\w.]+)\)|`(?P<key>.+?)`")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: plain words, the words of a page (with `endpoint` a link to it), or a key."""

    kind: Literal["plain", "label", "key"]
    text: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, step, point or picture; a picture has its name in `picture`."""

    kind: str
    parts: tuple[Part, ...]
    picture: str = ""


@cache
def manual(role: RoleName, language: str) -> tuple[Block, ...]:
    """The manual of a role in `ro` or `en`."""
    text = (FOLDER / language / f"{role}.md").read_text("utf-8")
    return tuple(_block(" ".join(block.split())) for block in _blocks(text))


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs stand between empty lines; each step and each point is a block of its own."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield from re.split(r"\n(?=\d+\.\s|-\s)", paragraph)


def _block(text: str) -> Block:
    found = BLOCKS.match(text)
    if not found:
        return Block("paragraph", tuple(_parts(text)))
    if found["name"]:
        return Block("picture", (Part("plain", found["shows"]),), found["name"])
    return Block(str(found.lastgroup), tuple(_parts(text[found.end() :])))


def _parts(text: str) -> Iterator[Part]:
    """The pieces of a line, in order."""
    end = 0
    for found in PARTS.finditer(text):
        if found.start() > end:
            yield Part("plain", text[end : found.start()])
        if found["key"]:
            yield Part("key", found["key"])
        else:
            yield Part("label", found["label"] or found["link"], found["endpoint"] or "")
        end = found.end()
    if end < len(text):
        yield Part("plain", text[end:])
