"""The units of deploy/ are shut in, all alike, and what they run works within."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drill import Drill
from tests.install import sandbox

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted(path.name for path in DEPLOY.glob("*.service"))
OWN = {"User", "WorkingDirectory", "EnvironmentFile", "ReadWritePaths", "IPAddressDeny", "IPAddressAllow"}
"""What a unit may say in its own way; how it is started too."""
MOST_EXPOSED = 2.0
MDWE_SINCE = (6, 3)
"""The kernel whose processes can give up writable programs by themselves."""

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze judges units")


def exposure(unit: Path) -> float:
    """What systemd thinks that a service can do to its machine: 10 is everything."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", told)
    assert found, told
    return float(found[1])


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_shut_in(unit: str) -> None:
    assert exposure(DEPLOY / unit) <= MOST_EXPOSED


@needs_systemd
def test_a_service_that_is_not_would_be_noticed(tmp_path: Path) -> None:
    unit = tmp_path / "open.service"
    unit.write_text("[Service]\nUser=liman\nExecStart=/bin/true\n")
    assert exposure(unit) > MOST_EXPOSED


def test_all_are_shut_in_alike() -> None:
    """Whoever takes one line away says so for all."""
    walls = [
        {name: words for name, words in sandbox.said(DEPLOY / unit).items() if name not in OWN} for unit in SERVICES
    ]
    shared = set.intersection(*(set(each) for each in walls))
    assert {"SystemCallFilter", "MemoryDenyWriteExecute", "PrivateUsers", "ProtectSystem"} <= shared
    different = {name for name in shared if len({tuple(each[name]) for each in walls}) > 1}
    assert different <= {"Description", "After", "ExecStart", "Type", "RestartSec", "OnCalendar"}


def can_narrow() -> bool:
    """Whether this kernel and its libraries can do what the sandbox does."""
    release = tuple(int(part) for part in platform.release().split(".")[:2])
    has_library = any(Path("/usr/lib").glob("*/libseccomp.so.2")) or Path("/usr/lib/libseccomp.so.2").exists()
    return release >= MDWE_SINCE and has_library and shutil.which("systemd-analyze") is not None


@pytest.mark.skipif(not can_narrow(), reason="systemd, libseccomp, and a kernel from 6.3 on make the sandbox")
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_document_is_made_within(database_url: str, tmp_path: Path) -> None:
    """Server and station as their units shut them in: an order is composed and signed, and a card is printed."""
    drill = Drill(tmp_path / "var", database_url)
    for program, unit in (("server", "liman"), ("station", "liman-station")):
        words = (sys.executable, "-m", sandbox.__name__, str(DEPLOY / f"{unit}.service"))
        drill.within[program] = words
    with drill.server(), drill.station():
        drill.approve(1)
        drill.wait_until_made(1)


@pytest.mark.skipif(not can_narrow(), reason="systemd, libseccomp, and a kernel from 6.3 on make the sandbox")
@pytest.mark.parametrize(
    "what",
    [
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)",
        "import os; os.chroot('/')",
    ],
)
def test_what_is_shut_out_is_refused(what: str) -> None:
    """Else the stand-in would shut nothing in."""
    begin = [sys.executable, "-m", sandbox.__name__, DEPLOY / "liman.service"]
    done = subprocess.run([*begin, sys.executable, "-c", what], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PermissionError" in done.stderr
