"""The tables of a register by plain SQL, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg


class Register:
    """The tables, by SQL."""

    def __init__(self, url: str) -> None:
        self.is_lite = url.startswith("sqlite")
        if self.is_lite:
            self._connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"))
        else:
            parts = urlsplit(url)
            user, host = parts.username, parts.hostname
            self._connection = psycopg.connect(
                host=host, port=parts.port, user=user, dbname=parts.path[1:], password=parts.password
            )

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """The rows as text; keys are written as the machine's files write them."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(query)
            return [tuple("" if each is None else _key(str(each)) for each in row) for row in cursor.fetchall()]

    def close(self) -> None:
        """Done."""
        self._connection.close()


def _key(text: str) -> str:
    """SQLite keeps a key as 32 digits."""
    if len(text) == 32 and all(letter in "0123456789abcdef" for letter in text):
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return text
