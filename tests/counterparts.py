"""Real counterparts of the tests: programs of this machine that we talk to and did not write."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

# Debian keeps PostgreSQL's own programs out of the PATH.
FOLDERS = ("/usr/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def require(program: str, why: str) -> Path:
    """Where `program` is; without it the test is skipped with the reason `why`, and fails under CI=true."""
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *FOLDERS)))
    if found is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"{program} is not installed: {why}. `make test` as root installs it.")
    return Path(found)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
