"""Real counterparts of the tests: programs that must be there, or the test is skipped - under CI it fails."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest

# Debian keeps PostgreSQL's own programs out of the PATH.
FOLDERS = ("/usr/sbin", "/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def require(program: str, why: str) -> str:
    """The full path of `program`. Without it: skip saying `why` it is needed; with CI=true: fail."""
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *FOLDERS)))
    if found:
        return found
    missing(f"{program} is not installed: {why}. `make test` as root installs it.")


def missing(reason: str) -> NoReturn:
    """A counterpart is missing: skip with the reason, fail under CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
