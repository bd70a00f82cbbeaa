"""A real CUPS on a port of loopback, in a folder of its own: `cupsd` with queues that `lpadmin` makes.

Its traps: filters run as user `lp`, who must reach the folder (not one that only root may enter); it writes a printcap
to /run; on a machine without the bus it tells nobody, which is all the same here.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.counterparts import free_port, missing, require

WHY = "printing through a CUPS queue is proved against it (Debian: cups-daemon, cups-client, cups-core-drivers)"
READY_SECONDS = 20.0
SCHEDULER = """
Listen 127.0.0.1:{port}
DirtyCleanInterval 0
Browsing No
WebInterface No
DefaultAuthType None
JobRetryInterval 1
<Location />
  Allow all
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  <Limit All>
    Allow all
  </Limit>
</Policy>
"""
FILES = """
User {user}
Group {user}
SystemGroup root
ServerRoot {folder}
CacheDir {folder}/cache
RequestRoot {folder}/spool
StateDir {folder}/state
TempDir {folder}/tmp
Printcap {folder}/printcap
AccessLog {folder}/access
ErrorLog {folder}/error
PageLog {folder}/page
ServerBin {usr}/lib/cups
DataDir {usr}/share/cups
DocumentRoot {usr}/share/cups/doc-root
"""


@dataclass
class Cups:
    """The running server: its port and its folder."""

    port: int
    folder: Path

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [require("cupsd", WHY), "-f", "-c", str(self.folder / "cupsd.conf")]
        with (self.folder / "log").open("ab") as log:
            files = ["-s", str(self.folder / "cups-files.conf")]
            self._process = subprocess.Popen([*command, *files], stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.02)
        raise AssertionError(f"cupsd did not start: {(self.folder / 'log').read_text(errors='replace')}")

    def end(self, number: int) -> None:
        """End it by a signal; SIGKILL is a crash."""
        self._process.send_signal(number)
        self._process.wait(20)

    def add(self, name: str, device_uri: str, *options: str) -> str:
        """A queue without a driver of its own, as an office makes it for an IPP printer; its address."""
        made = ["-p", name, "-E", "-v", device_uri, "-m", "everywhere"]
        self._run("lpadmin", *made, *[part for option in options for part in ("-o", option)])
        return f"ipp://127.0.0.1:{self.port}/printers/{name}"

    def pause(self, name: str) -> None:
        """Stop a queue; what it is given waits."""
        self._run("cupsdisable", name)

    def _run(self, program: str, *arguments: str) -> None:
        command = [require(program, WHY), "-h", f"127.0.0.1:{self.port}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextmanager
def cupsd() -> Iterator[Cups]:
    """CUPS without queues; ended and its folder removed afterwards."""
    program, _ = require("cupsd", WHY), require("lpadmin", WHY)
    usr = Path(program).resolve().parent.parent
    if not (usr / "lib/cups/filter/pdftopdf").exists():
        missing(f"pdftopdf is not installed: {WHY}. `make test` as root installs it.")
    folder = Path(tempfile.mkdtemp(prefix="liman-cups-"))
    try:
        cups = Cups(free_port(), folder)
        _furnish(cups, usr)
        cups.start()
        try:
            yield cups
        finally:
            cups.end(signal.SIGTERM)
    finally:
        shutil.rmtree(folder)


def _furnish(cups: Cups, usr: Path) -> None:
    user = "lp" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    for name in ("cache", "spool", "state", "tmp"):
        (cups.folder / name).mkdir()
        shutil.chown(cups.folder / name, user)
    cups.folder.chmod(0o755)
    (cups.folder / "cupsd.conf").write_text(SCHEDULER.format(port=cups.port))
    (cups.folder / "cups-files.conf").write_text(FILES.format(folder=cups.folder, usr=usr, user=user))
