"""A real IPP printer on loopback: `ippeveprinter` of CUPS, with a shell script as its print engine.

Its traps: it wants a host name, not an address (`-n localhost`), no DNS-SD (`-r off`), some D-Bus (a session bus of its
own serves), and PPD page sizes with decimals.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.counterparts import missing, require

WHY = "the IPP driver is proved against it (Debian: cups-ipp-utils, dbus)"
READY_SECONDS = 20.0
SIZES = {"CR80": "153.02 242.65", "TD3": "249.45 354.33", "A4": "595.28 841.89", "A5": "419.53 595.28"}
SHOP = ("CR80", "TD3", "A4")
"""What a printer of everything has."""


@dataclass
class IppEve:
    """The running printer: its URI, and a folder with what its script printed and is told to do."""

    uri: str
    folder: Path
    process: subprocess.Popen[bytes]

    def behave(self, script: str) -> None:
        """What the engine does with the next jobs: lines of shell; `$1` is the document."""
        draft = self.folder / "behaviour.new"
        draft.write_text(script)
        draft.rename(self.folder / "behaviour")

    def printed(self) -> list[bytes]:
        """The documents that reached the engine: sheets taken, whatever became of them."""
        return [path.read_bytes() for path in sorted(self.folder.glob("printed-*"))]

    @property
    def secure_uri(self) -> str:
        """The same printer over TLS; it signed its certificate itself."""
        return self.uri.replace("ipp://", "ipps://")

    def fingerprint(self) -> str:
        """Of its certificate, as the openssl program shows it."""
        address = self.uri.removeprefix("ipp://").split("/")[0]
        certificate = ssl.get_server_certificate((address.split(":")[0], int(address.split(":")[1])))
        command = [require("openssl", WHY), "x509", "-noout", "-fingerprint", "-sha256"]
        said = subprocess.run(command, input=certificate, capture_output=True, text=True, check=True, timeout=20)
        return said.stdout.strip().split("=")[1]

    def switch_off(self) -> None:
        """Pull the plug."""
        _end(self.process)


@contextmanager
def ippeve(
    folder: Path,
    formats: str | None = None,
    says: str | None = None,
    account: tuple[str, str] | None = None,
    media: Sequence[str] = SHOP,
) -> Iterator[IppEve]:
    """A printer of these media, both sides, PDF; or with `formats` a plain one that takes only these; or one that
    `says` this of itself, in lines as `ATTR keyword sides-supported one-sided`. With an `account` it prints for this
    name and password only."""
    program, session = require("ippeveprinter", WHY), require("dbus-run-session", WHY)
    engine = _write_engine(folder)
    (folder / "keys").mkdir()
    described = ["-a", _written(folder, says)] if says else ["-P", str(_write_ppd(folder, media))]
    kind = ["-f", formats] if formats else described
    port = _free_port()
    command = [
        program,
        "-n",
        "localhost",
        "-r",
        "off",
        "-p",
        str(port),
        "-d",
        str(folder),
        "-K",
        str(folder / "keys"),
        "-c",
        str(engine),
        *kind,
        *(["-A", "--pam-service", "liman"] if account else []),
        "Card",
    ]
    shell = f"DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec {shlex.join(command)}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_doorkeeper(folder, account), session, "--", "/bin/sh", "-c", shell],
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
        try:
            _wait_for(port, folder)
            yield IppEve(f"ipp://localhost:{port}/ipp/print", folder, process)
        finally:
            _end(process)


def _doorkeeper(folder: Path, account: tuple[str, str] | None) -> list[str]:
    """A command that gives what it starts accounts of its own: PAM asks a script (it reads /etc/pam.d only)."""
    if account is None:
        return []
    if os.geteuid() != 0:
        missing(f"a printer with accounts is tried by root only: {WHY}.")
    check = folder / "check"
    name, password = map(shlex.quote, account)
    check.write_text(f'#!/bin/sh\nread -r given\n[ "$PAM_USER" = {name} ] && [ "$given" = {password} ]\n')
    check.chmod(0o755)
    service = f"auth required pam_exec.so expose_authtok quiet {check}\naccount required pam_permit.so\n"
    lay = f'mount -t tmpfs none /etc/pam.d && printf %s {shlex.quote(service)} > /etc/pam.d/liman && exec "$@"'
    return [require("unshare", WHY), "--mount", "/bin/sh", "-c", lay, "sh"]


def _write_engine(folder: Path) -> Path:
    engine = folder / "engine"
    engine.write_text(f'#!/bin/sh\ncd {shlex.quote(str(folder))}\ncp "$1" printed-$(date +%s%N)\n. ./behaviour\n')
    engine.chmod(0o755)
    (folder / "behaviour").write_text("exit 0\n")
    return engine


def _written(folder: Path, says: str) -> str:
    path = folder / "says.conf"
    path.write_text(says)
    return str(path)


def _write_ppd(folder: Path, media: Sequence[str]) -> Path:
    sizes = {name: SIZES[name] for name in media}
    lines = [
        '*PPD-Adobe: "4.3"',
        '*FormatVersion: "4.3"',
        '*FileVersion: "1.0"',
        "*LanguageVersion: English",
        "*LanguageEncoding: ISOLatin1",
        '*PCFileName: "CARD.PPD"',
        '*Product: "(Card)"',
        '*PSVersion: "(3010.000) 0"',
        '*ModelName: "Card"',
        '*ShortNickName: "Card"',
        '*NickName: "Card"',
        '*Manufacturer: "Test"',
        '*cupsFilter2: "application/pdf application/pdf 0 -"',
        "*ColorDevice: True",
        *_choices("PageSize", [f'{name}/{name}: "<</PageSize[{size}]>>setpagedevice"' for name, size in sizes.items()]),
        *_choices(
            "PageRegion", [f'{name}/{name}: "<</PageSize[{size}]>>setpagedevice"' for name, size in sizes.items()]
        ),
        f"*DefaultImageableArea: {media[0]}",
        *[f'*ImageableArea {name}: "0 0 {size}"' for name, size in sizes.items()],
        f"*DefaultPaperDimension: {media[0]}",
        *[f'*PaperDimension {name}: "{size}"' for name, size in sizes.items()],
        *_choices("Duplex", ['None/Off: ""', 'DuplexNoTumble/Long: ""', 'DuplexTumble/Short: ""']),
    ]
    path = folder / "card.ppd"
    path.write_text("\n".join(lines) + "\n")
    return path


def _choices(option: str, choices: list[str]) -> list[str]:
    default = choices[0].split("/")[0]
    head = [f"*OpenUI *{option}: PickOne", f"*Default{option}: {default}"]
    return [*head, *[f"*{option} {choice}" for choice in choices], f"*CloseUI: *{option}"]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, folder: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"ippeveprinter did not start: {(folder / 'log').read_text(errors='replace')}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the session that we started, with all in it, by its number."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
