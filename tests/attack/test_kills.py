"""A few kills of server and station in the suite; `python -m tests.attack.kills` does two hundred."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.attack import kills


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_killed_at_random_nothing_is_lost_or_twice(empty_database_url: str, tmp_path: Path) -> None:
    tally = kills.run(empty_database_url, tmp_path, kills=6, seed=7, port=free_port())
    assert tally.faults == []
    assert (sum(tally.kills.values()), tally.made) == (6, 6)
