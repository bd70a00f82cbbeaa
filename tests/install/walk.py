"""`make try-install`: walk docs/install.md in an empty Debian of one's own, then look at the office from outside.

Everything happens in a folder under /tmp and in namespaces of its own (mounts, processes, network), which end with
this program: nothing is mounted, started or left anywhere else. Root, `debootstrap` and Debian's mirrors are needed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.install import authority, page
from tests.install.page import Block
from tests.install.units import Failed, Units
from tests.install.visitor import Visitor

ROOT = Path(__file__).parents[2]
HOST = "liman.example.ro"
ADMINISTRATOR = "ana.pop@liman.example.ro"
OWN_PASSWORD = "three words apart harbour"
BEFORE = "78a1951"
"""The release of 2026-11-22, whose register is upgraded."""

KEYS_IN_USE = (
    "from issuance.settings import *; [key_file(Settings(), name) for name in ('attempts', 'audit', 'totp', 'vault')]"
)
"""What its server made in the first minutes."""

PATIENCE = 600
"""Half seconds that a service may take: the machine may be busy."""

PROGRAMS = ("debootstrap", "unshare", "nsenter", "setpriv", "ip", "git")
SHIM = """#!/bin/sh
# Stands for systemctl: asks the script outside.
exec 9> /run/walk/lock && flock 9
echo "$*" > /run/walk/asked
read -r code said < /run/walk/answer
[ -z "$said" ] || echo "$said" >&2
exit "$code"
"""


@dataclass
class Walk:
    """One empty Debian at `root`, and what was started in it. `network` is a descriptor of the machine's network."""

    folder: Path
    network: int
    units: Units = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.folder / "root"
        self.units = Units(self.root)

    def run(self, text: str, *, network: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run shell in the root, as root; in the machine's network when asked for."""
        outside = ["nsenter", f"--net=/proc/self/fd/{self.network}"] if network else []
        return subprocess.run(
            [*outside, "chroot", str(self.root), "sh", "-eu", "-c", text],
            env=self._environment() | environment,
            pass_fds=[self.network],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def said(self, text: str, **environment: str) -> str:
        """What shell says that ends well."""
        done = self.run(text, **environment)
        if done.returncode != 0:
            raise Failed(done.stdout)
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Write a file of the root, where its own links lead."""
        subprocess.run(["chroot", self.root, "sh", "-c", f"cat > {path}"], input=text.encode(), check=True)

    def take(self, block: Block) -> None:
        """Do what a block of the page says."""
        if block.look:
            LOOKS[block.look](self)
        elif block.path:
            self.write(block.path, block.text)
        else:
            done = self.run(block.text, network=block.network)
            if done.returncode != block.exit_code:
                raise Failed(f"ended with {done.returncode}: {done.stdout[-3000:]}")
        self.units.check()

    def _environment(self) -> dict[str, str]:
        """Of a shell on the new machine; pip and TLS as on this one."""
        mirror = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
        roots = "/etc/ssl/certs/ca-certificates.crt"
        return mirror | {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            "SSL_CERT_FILE": roots,
            **({"PIP_CERT": roots} if "PIP_CERT" in mirror else {}),
        }

    # The machine

    def prepare(self, base: Path | None) -> None:
        """An empty Debian 12, with this machine's mirrors and certificates, and the code as a Git repository."""
        if base:
            subprocess.run(["cp", "--archive", "--one-file-system", base, self.root], check=True)
        else:
            mirror = self._mirror()
            self._outside("debootstrap", "--variant=minbase", "bookworm", str(self.root), mirror)
        for target, options in (("proc", ["-t", "proc", "proc"]), ("dev", ["--rbind", "/dev"])):
            subprocess.run(["mount", *options, self.root / target], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self._configure()
        release = self.root / "srv" / "liman.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, release], check=True)
        self._answer_systemctl()

    def _outside(self, *command: str) -> None:
        done = subprocess.run(
            ["nsenter", f"--net=/proc/self/fd/{self.network}", *command],
            pass_fds=[self.network],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise Failed(done.stdout[-2000:])

    def _mirror(self) -> str:
        """The mirror of this machine, else Debian's own."""
        for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
            if path.exists():
                for word in path.read_text().split():
                    if word.startswith("http") and word.rstrip("/").endswith("/debian"):
                        return word
        return "http://deb.debian.org/debian"

    def _configure(self) -> None:
        """Names, mirrors and certificates of this machine; no service starts by itself while it is installed."""
        (self.root / "etc" / "resolv.conf").unlink(missing_ok=True)
        shutil.copy("/etc/resolv.conf", self.root / "etc" / "resolv.conf")
        (self.root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {HOST}\n")
        sources = Path("/etc/apt/sources.list.d/debian.sources")
        if sources.exists():
            shutil.copy(sources, self.root / "etc" / "apt" / "sources.list.d")
            (self.root / "etc" / "apt" / "sources.list").unlink(missing_ok=True)
        settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
        kept = [line for line in settings.splitlines() if "::Proxy" in line or "::Check-" in line]
        (self.root / "etc" / "apt" / "apt.conf.d" / "99walk").write_text("\n".join(kept) + "\n")
        authorities = self.root / "usr" / "local" / "share" / "ca-certificates"
        authorities.mkdir(parents=True, exist_ok=True)
        for path in Path("/usr/local/share/ca-certificates").glob("*.crt"):
            shutil.copy(path, authorities)
        self._program("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
        self._program("usr/local/bin/systemctl", SHIM)

    def _program(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)
        (self.root / path).chmod(0o755)

    def _answer_systemctl(self) -> None:
        """Answer the stand-in inside, for as long as this program lives."""
        folder = self.root / "run" / "walk"
        folder.mkdir(parents=True)
        for name in ("asked", "answer"):
            os.mkfifo(folder / name)

        def answer() -> None:
            while True:
                words = (folder / "asked").read_text().split()
                try:
                    self.units.systemctl(*words)
                    said = "0"
                except (Failed, OSError, subprocess.SubprocessError) as error:
                    said = "1 " + " ".join(str(error).split())
                (folder / "answer").write_text(f"{said}\n")

        threading.Thread(target=answer, daemon=True).start()

    # From outside

    def visitor(self) -> Visitor:
        """A browser, as soon as the front and the server answer."""
        trusted = self.root / "usr" / "local" / "share" / "ca-certificates" / "liman.crt"
        for _ in range(PATIENCE):
            self.units.check()
            try:
                visitor = Visitor(HOST, trusted)
                if visitor.ask("/healthz").status == 200:
                    return visitor
            except OSError:
                pass
            time.sleep(0.5)
        raise Failed("nothing answers through the front")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for something that a service does by itself."""
        for _ in range(PATIENCE):
            self.units.check()
            if holds():
                return
            time.sleep(0.5)
        raise Failed(f"{what} did not happen")


def certify(walk: Walk) -> None:
    """The authority certifies both keys."""
    authority.answer(walk.root / "var/lib/liman/keys", walk.root / "srv" / "authority", walk.folder / "authority")


def log_in(walk: Walk) -> None:
    """An administrator's first log-in, and what it leaves behind."""
    password = walk.root / "var/lib/liman/first-passwords" / ADMINISTRATOR
    visitor = walk.visitor()
    if "E-mail address" not in visitor.read("/login"):
        raise Failed("the log-in page is not there")
    visitor.log_in_first(ADMINISTRATOR, password.read_text().strip(), OWN_PASSWORD)
    if "Your role asks for a passkey." not in visitor.read("/account/passkeys"):
        raise Failed("the administrator is not asked for a passkey")
    walk.said("liman set-up --from /etc/liman/office.toml")
    if password.exists() or not (password.parent / "ion.rusu@liman.example.ro").exists():
        raise Failed("set-up did not remove the password that was changed, or another one")


def ask_status(walk: Walk) -> None:
    """The status page is answered by the process without staff pages, through the front."""
    inside = "from urllib.request import urlopen; urlopen('http://127.0.0.1:5001/healthz')"
    walk.until(lambda: walk.run(f'python3 -c "{inside}"').returncode == 0, "the start of the status page")
    walk.until(lambda: walk.visitor().ask("/status").status == 200, "an answer of the status page")


def see_station(walk: Walk) -> None:
    """The station enrolled, and goes on."""
    walk.until((walk.root / "var/lib/liman-station/identity/identity.json").exists, "the enrolment of the station")


def compare(walk: Walk) -> None:
    """The restored register has the accounts of the one that works."""
    here, there = walk.said("liman accounts"), walk.said("liman accounts", LIMAN_ENVIRONMENT="/etc/liman/drill")
    if here != there or ADMINISTRATOR not in here:
        raise Failed(f"{here}\nis not\n{there}")


def upgrade(walk: Walk) -> None:
    """A register of the release before, with two accounts, is upgraded; and the office is back."""
    account = "runuser -u postgres -- createdb --owner=liman --encoding=UTF8 --locale=C.UTF-8 --template=template0"
    before = "setpriv --reuid=liman --regid=liman --init-groups .venv/bin/flask --app app"
    walk.said(
        f"""
        git -C /opt/liman worktree add --quiet /opt/before {BEFORE}
        ln -s /opt/liman/.venv /opt/before/.venv
        chown --recursive liman /opt/before  # that release compiles its words where it lies
        {account} liman_before
        install -d -m 0700 -o liman -g liman /var/lib/liman-before
        sed -e 's|/var/lib/liman|/var/lib/liman-before|' -e 's|///liman?|///liman_before?|' /etc/liman/environment \\
            > /etc/liman/before
        set -a; . /etc/liman/before; set +a
        cd /opt/before
        {before} set-up
        {before.replace("flask --app app", "python")} -c "{KEYS_IN_USE}"
        {before} add-account a@liman.example.ro --name A --centre galati --role administrator
        {before} add-account b@liman.example.ro --name B --centre galati --role clerk
        """
    )
    walk.said("liman set-up; liman verify-audit", LIMAN_ENVIRONMENT="/etc/liman/before")
    accounts = walk.said("liman accounts", LIMAN_ENVIRONMENT="/etc/liman/before")
    for line in ("a@liman.example.ro  galati  administrator  open", "b@liman.example.ro  galati  clerk  open"):
        if line not in accounts:
            raise Failed(f"after the upgrade there is no {line!r}: {accounts}")
    walk.visitor()


LOOKS: dict[str, Callable[[Walk], None]] = {
    "the authority answers": certify,
    "look at the log-in page, log in as the first administrator": log_in,
    "ask the status page": ask_status,
    "see that the station is enrolled": see_station,
    "compare the restored register": compare,
    "upgrade a register of the release before": upgrade,
}


def inside(folder: Path, network: int, base: Path | None) -> int:
    """Walk the page within the namespaces; 0 when every step is well."""
    walk, begun = Walk(folder, network), time.monotonic()
    steps: list[tuple[str, Callable[[], None]]] = [("an empty Debian 12", lambda: walk.prepare(base))]
    steps += [(block.title, lambda b=block: walk.take(b)) for block in page.blocks(page.PAGE.read_text("utf-8"))]  # type: ignore[misc]
    for title, step in steps:
        started = time.monotonic()
        try:
            step()
        except (Failed, OSError, subprocess.SubprocessError) as error:
            print(f"failed  {time.monotonic() - started:6.1f} s  {title}\n{error}", flush=True)
            return 1
        print(f"ok      {time.monotonic() - started:6.1f} s  {title}", flush=True)
    print(f"All {len(steps)} steps in {time.monotonic() - begun:.0f} s.")
    return 0


def outside(base: Path | None, patience: int) -> int:
    """Make the folder and the namespaces, walk, and remove the folder."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        print(f"This needs root and {', '.join(missing or PROGRAMS)}.")
        return 2
    folder, network = Path(tempfile.mkdtemp(prefix="liman-install-")), os.open("/proc/self/ns/net", os.O_RDONLY)
    apart = ["unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child", "--mount-proc"]
    command = [
        "setpriv",
        "--pdeathsig",
        "KILL",
        *apart,
        "--propagation",
        "private",
        sys.executable,
        "-m",
        __spec__.name,
    ]
    command += ["--inside", str(folder), "--network", str(network), *(["--base", str(base)] if base else [])]
    try:
        return subprocess.run(command, cwd=ROOT, pass_fds=[network], timeout=patience, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"failed  not done after {patience} s")
        return 1
    finally:
        if f" {folder}" not in Path("/proc/self/mountinfo").read_text():
            subprocess.run(["rm", "--recursive", "--force", "--one-file-system", folder], check=True)


def main() -> int:
    """Read the arguments, then walk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="an empty Debian 12 to copy, instead of making one")
    parser.add_argument("--patience", type=int, default=3600, help="seconds after which it is given up")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--network", type=int, default=-1, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return inside(given.inside, given.network, given.base)
    return outside(given.base, given.patience)


if __name__ == "__main__":
    sys.exit(main())
