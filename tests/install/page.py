"""docs/install.md as a program: its blocks in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "install.md"
PART = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$|^<!-- walk: ([^\n]+) -->$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A block that is run (`path` empty), a file to write, or a place where the script looks from outside (`look`)."""

    line: int
    text: str
    path: str = ""
    look: str = ""
    network: bool = False
    exit_code: int = 0

    @property
    def title(self) -> str:
        """What it is, in a line."""
        first = self.look or self.path or self.text.strip().splitlines()[0]
        return f"line {self.line}: {first[:90]}"


def blocks(page: str) -> list[Block]:
    """The blocks of the page: shell to run, files to write, looks."""
    found = []
    for match in PART.finditer(page):
        language, said, text, look = match.groups()
        line = page.count("\n", 0, match.start()) + 1
        words = dict(word.partition("=")[::2] for word in (said or "").split())
        if look:
            found.append(Block(line, "", look=look))
        elif "path" in words:
            found.append(Block(line, text, path=words["path"]))
        elif language == "sh":
            found.append(Block(line, text, network="network" in words, exit_code=int(words.get("exit", 0))))
    return found


def commands(text: str) -> list[str]:
    """The command lines of a block of shell."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
