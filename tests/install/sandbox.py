"""A stand-in for the sandbox of a unit where systemd is not process 1: it narrows itself down, then becomes a command.

    python -m tests.install.sandbox UNIT.service PROGRAM ...

Of a unit it keeps SystemCallFilter, RestrictAddressFamilies, MemoryDenyWriteExecute and NoNewPrivileges, by the kernel
itself: libseccomp, which systemd uses too, and prctl. What systemd builds of mounts, devices and users is not there.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

NO_NEW_PRIVILEGES, MEMORY_DENY_WRITE_EXECUTE = 38, 65
ALLOW, NOT_PERMITTED = 0x7FFF0000, 0x00050001
EQUAL = 4
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class Comparison(ctypes.Structure):
    """An argument of a system call that has to be `value` (`struct scmp_arg_cmp`)."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("unused", ctypes.c_uint64),
    )


def said(unit: Path) -> dict[str, list[str]]:
    """The words of each setting of a unit; a setting that stands twice has the words of both."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        name, equals, words = line.partition("=")
        if equals:
            found.setdefault(name, []).extend(words.split())
    return found


def calls(words: list[str]) -> set[str]:
    """The system calls of a SystemCallFilter: its sets, less those behind a tilde."""
    sets = _sets()
    allowed, taking = set(_expanded("@default", sets)), True
    for word in words:
        taking = taking and not word.startswith("~")
        named = _expanded(word.lstrip("~"), sets)
        allowed = allowed | named if taking else allowed - named
    return allowed


def _sets() -> dict[str, list[str]]:
    """The named sets of this systemd."""
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True
    )
    sets: dict[str, list[str]] = {}
    name = ""
    for line in told.stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif name and line.startswith(" ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())
        elif not line.strip():
            name = ""
    return sets


def _expanded(word: str, sets: dict[str, list[str]]) -> set[str]:
    if not word.startswith("@"):
        return {word}
    return {call for part in sets[word] for call in _expanded(part, sets)}


def narrow(unit: Path) -> None:
    """Let this process do only what the unit lets its own do; for ever, and for all that it starts."""
    words, own = said(unit), ctypes.CDLL(None, use_errno=True)
    for option in (NO_NEW_PRIVILEGES, MEMORY_DENY_WRITE_EXECUTE):
        if own.prctl(option, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}")
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(NOT_PERMITTED))
    names = {name: library.seccomp_syscall_resolve_name(name.encode()) for name in calls(words["SystemCallFilter"])}
    socket = names.pop("socket")
    for family in words["RestrictAddressFamilies"]:
        only = Comparison(0, EQUAL, FAMILIES[family], 0)
        library.seccomp_rule_add_array(rules, ALLOW, socket, 1, ctypes.byref(only))
    for number in names.values():
        library.seccomp_rule_add_array(rules, ALLOW, number, 0, None)
    if library.seccomp_load(rules) != 0:
        raise OSError("the kernel did not take the filter")


if __name__ == "__main__":
    narrow(Path(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
