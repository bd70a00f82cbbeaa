"""A machine with PostgreSQL as Debian lays it out, in a folder of its own, to which docs/operations.md is done."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.counterparts import free_port, require

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "operations.md"
OF_THE_MACHINE = ("/var/lib/postgresql", "/etc/postgresql", "/etc/systemd", "/srv/archive", "/usr/local/bin")
DATA, SETTINGS = "var/lib/postgresql/15/main", "etc/postgresql/15/main"
PRELUDE = """
runuser() { shift 3; "$@"; }
database() {
    pg_ctl --silent --wait --timeout=240 --pgdata="$DATA" --log="$LOG" \\
        -o "-c config_file=$SETTINGS/postgresql.conf" "$@"
}
systemctl() {
    verb=$1; shift
    for unit; do
        case "$verb $unit" in
            "stop postgresql") database --mode=fast stop || true ;;
            *" postgresql") database "$verb" ;;
            "start liman-base") liman-base "$ARCHIVE" ;;
        esac
    done
}
"""
"""Stands for systemd, and for accounts: all of it is run as the account of the database."""


class Machine:
    """One machine; `port` is where its PostgreSQL listens, on loopback alone."""

    def __init__(self, folder: Path, name: str) -> None:
        self.root, self.port = folder / name, free_port()
        self.account = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        programs = Path(require("pg_verifybackup", "PostgreSQL's own means recover the register")).resolve().parent
        for place in ("var/lib/postgresql/15", f"{SETTINGS}/conf.d", "etc/systemd/system", "srv", "usr/local/bin"):
            (self.root / place).mkdir(parents=True)
        self._give_away()
        self.environment = {
            "PATH": f"{programs}:{self.root}/usr/local/bin:/usr/bin:/bin",
            **{"PGHOST": str(self.root), "PGPORT": str(self.port), "PGUSER": "postgres", "LANG": "C.UTF-8"},
            **{"DATA": str(self.root / DATA), "SETTINGS": str(self.root / SETTINGS)},
            **{"LOG": str(self.root / "log"), "ARCHIVE": str(self.root / "srv/archive")},
        }
        self._make()

    def _give_away(self) -> None:
        for path in (self.root.parent, self.root, *self.root.rglob("*")):
            shutil.chown(path, self.account)

    def _make(self) -> None:
        """As `pg_createcluster` does: settings in /etc, data in /var."""
        local = "local all all trust\nhost all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n"
        (self.root / SETTINGS / "pg_hba.conf").write_text(f"{local}local replication all trust\n")
        said = {
            "data_directory": self.root / DATA,
            "hba_file": self.root / SETTINGS / "pg_hba.conf",
            "include_dir": "conf.d",
            "unix_socket_directories": self.root,
            "listen_addresses": "127.0.0.1",
            "port": self.port,
        }
        lines = "".join(f"{name} = '{value}'\n" for name, value in said.items())
        (self.root / SETTINGS / "postgresql.conf").write_text(lines)
        self.run(
            'initdb --auth=trust --encoding=UTF8 --locale=C.UTF-8 --username=postgres --pgdata="$DATA" > /dev/null'
        )
        self.run("systemctl start postgresql")

    def run(self, text: str) -> str:
        """What shell says that ends well, run as the account of the database."""
        apart = ["setpriv", f"--reuid={self.account}", f"--regid={self.account}", "--clear-groups"]
        command = [*(apart if os.geteuid() == 0 else []), "sh", "-eu", "-c", PRELUDE + text]
        with (self.root.parent / "said").open("w+b") as said:  # no pipe: the database would hold it open
            done = subprocess.run(command, env=self.environment, cwd=self.root, stdout=said, stderr=said, check=False)
            said.seek(0)
            told = said.read().decode()
        assert done.returncode == 0, told + (self.root / "log").read_text()[-3000:]
        return told

    def do(self, name: str, **changes: str) -> str:
        """A block of the page, with the paths of this machine, and other words where they are another office's."""
        (text,) = re.findall(rf"^```sh {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
        for was, becomes in changes.items():
            text, count = re.subn(rf"^{was}=.*$", f"{was}={shlex.quote(becomes)}", text, flags=re.M)
            assert count == 1, f"{name} has no {was}"
        return self.run(self.own(text))

    def own(self, text: str) -> str:
        """The text with the paths of this machine; everything there belongs to one account."""
        for path in OF_THE_MACHINE:
            text = re.sub(rf"(?<![\w/]){path}(?=[/\s:'\"])", f"{self.root}{path}", text)
        return text.replace("/opt/liman/deploy", str(self.root.parent / "deploy")).replace(
            " -o postgres -g postgres", ""
        )

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database here."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def ask(self, statement: str, database: str = "postgres") -> object:
        """The one value that a statement gives, or None, outside any transaction."""
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            done = connection.execute(statement)  # type: ignore[call-overload]
            row = done.fetchone() if done.description else None
            return row[0] if row else None

    def lose(self) -> None:
        """The machine is gone in an instant: every process of its PostgreSQL is killed."""
        pid = int((self.root / DATA / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            os.kill(each, signal.SIGKILL)

    def end(self) -> None:
        """Whatever runs is stopped."""
        if (self.root / DATA / "postmaster.pid").exists():
            self.run("database --mode=immediate stop || true")


@contextmanager
def machines(folder: Path, *names: str) -> Iterator[list[Machine]]:
    """So many machines, with the code of this release at hand."""
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    made: list[Machine] = []
    try:
        for name in names:
            machine = Machine(folder, name)
            made.append(machine)
        for path in (folder / "deploy").iterdir():
            path.write_text(path.read_text("utf-8").replace("/srv/archive", f"{made[0].root}/srv/archive"), "utf-8")
            path.write_text(path.read_text("utf-8").replace("/usr/local/bin", f"{made[0].root}/usr/local/bin"), "utf-8")
        yield made
    finally:
        for machine in made:
            machine.end()
        shutil.rmtree(folder, ignore_errors=True)
