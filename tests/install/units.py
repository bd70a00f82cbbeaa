"""A stand-in for systemd where it is not process 1: it starts what units say, with their account and settings.

It knows of a unit Type, User, WorkingDirectory, Environment, EnvironmentFile, UMask, ExecStart and ExecReload; not the
sandbox. What it starts ends with the script's process namespace.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FOLDERS = ("etc/systemd/system", "lib/systemd/system")
STOP_SECONDS = 20


class Failed(Exception):
    """A step did not do what the page says."""


@dataclass
class Units:
    """The units of a root: those that run, and where their words go."""

    root: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def systemctl(self, *words: str) -> None:
        """As the program of this name; Failed says what it could not do."""
        verb, *names = [word for word in words if word not in ("--now", "--quiet")]
        if verb == "daemon-reload":
            self.verify()
        for name in [each for given in names for each in self._instances(given)]:
            if verb in ("stop", "restart"):
                self.stop(name)
            if verb in ("start", "restart") or (verb == "enable" and "--now" in words):
                self.start(name)
            if verb == "reload":
                self._wait(name, "ExecReload")
            if verb not in ("enable", "start", "stop", "restart", "reload"):
                raise Failed(f"the stand-in knows no systemctl {verb}")

    def verify(self) -> None:
        """Let the real program judge the units that the page put in place."""
        program = shutil.which("systemd-analyze")
        units = sorted(path.name for path in (self.root / FOLDERS[0]).glob("liman*"))
        if program is None:
            print("    systemd-analyze is not on this machine: the units were not judged", flush=True)
            return
        judged = subprocess.run(
            [program, f"--root={self.root}", "verify", "--man=no", "--recursive-errors=no", *units],
            capture_output=True,
            text=True,
        )
        if judged.returncode != 0:
            raise Failed(f"systemd-analyze verify: {judged.stdout}{judged.stderr}")

    def start(self, name: str) -> None:
        """Start a unit; one of type oneshot or forking is waited for."""
        if name.endswith(".timer") or name in self.running:
            return
        if self._said(name).get("Type", ["simple"])[-1] in ("oneshot", "forking"):
            self._wait(name, "ExecStart")
            return
        with self._log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(self._command(name, "ExecStart"), stdout=log, stderr=log)

    def stop(self, name: str) -> None:
        """Ask it to end, and wait."""
        if process := self.running.pop(name, None):
            process.terminate()
            process.wait(STOP_SECONDS)

    def check(self) -> None:
        """Failed names a unit that ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise Failed(f"{name} ended with {process.returncode}: {self._log(name).read_text()[-2000:]}")

    def _wait(self, name: str, key: str) -> None:
        done = subprocess.run(self._command(name, key), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{name}: {done.stdout}{done.stderr}")

    def _log(self, name: str) -> Path:
        return self.root / "var" / "log" / f"{name}.log"

    def _instances(self, name: str) -> list[str]:
        """PostgreSQL has a unit a cluster behind its name."""
        if name != "postgresql":
            return [name]
        clusters = sorted((self.root / "etc" / "postgresql").glob("*/*"))
        return [f"postgresql@{path.parent.name}-{path.name}" for path in clusters]

    def _said(self, name: str) -> dict[str, list[str]]:
        """What the unit says, by key."""
        stem, _, instance = name.removesuffix(".service").partition("@")
        file = f"{stem}@.service" if instance else f"{stem}.service"
        paths = [self.root / folder / file for folder in FOLDERS if (self.root / folder / file).exists()]
        if not paths:
            raise Failed(f"there is no unit {name}")
        said: dict[str, list[str]] = {}
        for line in paths[0].read_text().replace("\\\n", " ").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith(("#", ";")):
                said.setdefault(key.strip(), []).append(value.strip().replace("%i", instance).replace("%%", "%"))
        return said

    def _command(self, name: str, key: str) -> list[str]:
        """The command of a unit in the root, as its account and with its settings."""
        said = self._said(name)
        environment = self._environment(said)
        line = re.sub(r"\$\{(\w+)\}", lambda found: environment.get(found[1], ""), said[key][-1].lstrip("-@+!"))
        account = said.get("User", ["root"])[-1]
        group = next(row.split(":")[3] for row in self._accounts() if row.startswith(f"{account}:"))
        inside = [
            *("setpriv", f"--reuid={account}", f"--regid={group}", "--init-groups", "env", "-i"),
            *(f"{key}={value}" for key, value in environment.items()),
            *("sh", "-c", 'cd "$1" && umask "$2" && shift 2 && exec "$@"', "unit"),
            *(said.get("WorkingDirectory", ["/"])[-1], said.get("UMask", ["0022"])[-1], *shlex.split(line)),
        ]
        return ["chroot", str(self.root), *inside]

    def _environment(self, said: dict[str, list[str]]) -> dict[str, str]:
        lines = [word for line in said.get("Environment", []) for word in shlex.split(line)]
        for file in said.get("EnvironmentFile", []):
            path = self.root / file.lstrip("-/")
            if not path.exists() and not file.startswith("-"):
                raise Failed(f"{file} is not there")
            lines += path.read_text().splitlines() if path.exists() else []
        pairs = [line.partition("=")[::2] for line in lines if "=" in line and not line.startswith("#")]
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8", **dict(pairs)}

    def _accounts(self) -> list[str]:
        return (self.root / "etc" / "passwd").read_text().splitlines()
