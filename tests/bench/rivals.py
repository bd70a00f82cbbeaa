"""Installs the engines that ours is measured against: `.venv-bench`, from its own lock, each package by itself.

What cannot be installed is a line of the table and stops nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-bench.txt"
LIBRARIES = "/usr/lib/*-linux-*"
NEEDS = {
    "WeasyPrint": {
        "libpango-1.0-0": f"{LIBRARIES}/libpango-1.0.so.0",
        "libpangoft2-1.0-0": f"{LIBRARIES}/libpangoft2-1.0.so.0",
        "libharfbuzz-subset0": f"{LIBRARIES}/libharfbuzz-subset.so.0",
    },
    "skia-python": {
        "libegl1": f"{LIBRARIES}/libEGL.so.1",
        "libgl1": f"{LIBRARIES}/libGL.so.1",
        "libfontconfig1": f"{LIBRARIES}/libfontconfig.so.1",
    },
    "pycairo, which is built here,": {
        "libcairo2-dev": "/usr/include/cairo/cairo.h",
        "pkg-config": "pkg-config",
        "gcc": "gcc",
        "libc6-dev": "/usr/include/stdlib.h",
        "python3-dev": f"{sysconfig.get_path('include')}/Python.h",
    },
}
"""The Debian packages of each engine, with a program on the PATH or a file that shows that they are there."""


def provide() -> None:
    """Install the Debian packages as `make run` does it, or name those that are missing."""
    sys.path.insert(0, str(ROOT / ".ci"))
    import setup

    needs = tuple(
        setup.Need(package, evidence, f"{engine} in the benchmark")
        for engine, packages in NEEDS.items()
        for package, evidence in packages.items()
    )
    setup.report(setup.provide(needs, may_install=os.geteuid() == 0 and bool(shutil.which("apt-get"))))


def install() -> dict[str, str]:
    """Make `.venv-bench`; by package, the last line of what went wrong with those that could not be installed."""
    provide()
    stamp = VENV / "lock.stamp"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return {}
    print("Installing the engines to compare with, in .venv-bench", flush=True)
    if failed := _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)):
        return {"python": failed}
    errors = {name: failed for name, lock in _packages() if (failed := _install(lock))}
    if not errors:
        stamp.write_text(digest)
    return errors


def _packages() -> list[tuple[str, str]]:
    """The lock cut into its packages: name, and lines with the hashes. It is whole, so none needs dependencies."""
    blocks = re.findall(r"^([a-zA-Z0-9_.-]+)(==.*(?:\n[ #].*)*)", LOCK.read_text("utf-8"), re.MULTILINE)
    return [(name, name + rest) for name, rest in blocks]


def _install(lock: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(lock)
        file.flush()
        options = ("--quiet", "--no-deps", "--require-hashes", "--build-constraint", str(LOCK))
        return _uv("pip", "install", *options, "--python", str(PYTHON), "-r", file.name)


def _uv(*arguments: str) -> str:
    """Run uv; empty, or the last line that it said."""
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run([uv, *arguments], cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ended without a word"])[-1].strip()


if __name__ == "__main__":
    for package, why in install().items():
        print(f"{package} could not be installed: {why}")
