"""Printers that are really announced: `ippeveprinter` by avahi-daemon, in a network and with a `/run` of their own.

The traps: avahi leaves out the loopback, so there is a pair of virtual cables; it wants a user of its own, so there are
other lists of users and hosts; ippeveprinter listens on both families of the name that it is given.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.counterparts import missing, require

ROOT = Path(__file__).parents[2]
AVAHI = ROOT / ".venv" / "avahi-daemon" / "usr"
WHY = "finding printers is proved against it (Debian: cups-ipp-utils, dbus, iproute2)"
READY_SECONDS = 20.0
ADDRESS, PORT = "10.99.0.1", 8631
CONF = """
[server]
host-name=office
use-ipv6=no
allow-interfaces=print0
[publish]
publish-hinfo=no
publish-workstation=no
"""
NETWORK = """
set -e
ip link set lo up
ip link add print0 type veth peer name print1
ip link set print0 up
ip link set print1 up
ip addr add 10.99.0.1/24 dev print0
ip addr add fd99::1/64 dev print0 nodad
ip route add 224.0.0.0/4 dev print0
(cat /etc/passwd; echo avahi:x:999:999::/:/bin/false) > passwd
(cat /etc/group; echo avahi:x:999:) > group
(cat /etc/hosts; echo 10.99.0.1 office.local; echo fd99::1 office.local) > hosts
for list in passwd group hosts; do mount --bind $list /etc/$list; done
mount -t tmpfs none /run
export LD_LIBRARY_PATH={libraries}
exec dbus-run-session -- sh -c '
  export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
  {avahi} --no-drop-root --no-chroot --no-rlimits -f avahi.conf &
  until [ -e /run/avahi-daemon/pid ]; do sleep 0.05; done
  {printers}
  wait'
"""


class Network:
    """The running network; commands can be run in it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def find(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m card_drivers find` by a machine of this network."""
        inside = [require("nsenter", WHY), "--net", "-t", str(self._process.pid)]
        command = [*inside, sys.executable, "-m", "card_drivers", "find", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


@contextmanager
def network(folder: Path, names: tuple[str, ...]) -> Iterator[Network]:
    """A network with a printer of each name, all of one kind, on ports from `PORT` on."""
    (library,) = [*AVAHI.glob("lib/*/")] or [None]
    if library is None or os.geteuid() != 0:
        missing("avahi-daemon is not unpacked in .venv, or nobody is root here: `make test` as root unpacks it.")
    for program in ("unshare", "ip", "dbus-run-session"):
        require(program, WHY)
    (folder / "avahi.conf").write_text(CONF)
    printers = "".join(_printer(folder, name, PORT + number) for number, name in enumerate(names))
    script = NETWORK.format(libraries=library, avahi=AVAHI / "sbin" / "avahi-daemon", printers=printers)
    command = [require("unshare", WHY), "--net", "--mount", require("setpriv", WHY), "--pdeathsig", "KILL"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "sh", "-c", script], stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        _wait_for(process, folder, len(names))
        yield Network(process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _printer(folder: Path, name: str, port: int) -> str:
    keys = folder / str(port)
    keys.mkdir()
    how = ["-n", "office.local", "-p", str(port), "-f", "application/pdf", "-d", str(folder), "-K", str(keys)]
    return (
        shlex.join([require("ippeveprinter", WHY), *how, "-M", "Card", "-m", "Maker", name]).replace("'", '"') + " & "
    )


def _wait_for(process: subprocess.Popen[bytes], folder: Path, count: int) -> None:
    """Until each printer listens; their announcements follow, and a search listens for them."""
    inside = [require("nsenter", WHY), "--net", "-t", str(process.pid), require("ss", WHY), "-ltnH"]
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        listening = subprocess.run(inside, capture_output=True, text=True, timeout=10).stdout
        if all(f":{PORT + number} " in listening for number in range(count)):
            return
        time.sleep(0.05)
    raise AssertionError(f"no printer is announced: {(folder / 'log').read_text(errors='replace')}")


def openssl_fingerprint(folder: Path, port: int) -> str:
    """Of the certificate that the printer on `port` made for itself, as the openssl program shows it."""
    (certificate,) = (folder / str(port)).glob("*.crt")
    command = [require("openssl", WHY), "x509", "-noout", "-fingerprint", "-sha256", "-in", str(certificate)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip().split("=")[1]
