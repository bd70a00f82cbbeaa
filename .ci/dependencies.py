"""What the product is made of besides its own code: `review` judges every locked package, `sbom` writes their list.

Both read the locks (`requirements*.txt`), which pip installs by hash, and what the installed packages say of
themselves; nothing asks the network. What is allowed, and why something else is, stands in `dependencies.toml` beside
this file, releases that must never come back in `known-bad.toml`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
SBOM = ROOT / "liman.cdx.json"
DELIVERED = ("requirements", "requirements-pcsc", "requirements-photo", "requirements-photo-mesh")
"""The locks of what runs at an office; the others are for those who build and test."""
ELSEWHERE = ("requirements-bench",)
"""Locks of environments of their own, whose packages are not installed where this runs."""

ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+)(?: ; [^\\\n]+?)? \\\n((?:    --hash=\S+(?: \\)?\n)+)((?:    #.*\n?)*)", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
WANTED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?[^#\n]*?(#.*)?$")
CALENDAR = re.compile(r"(20\d\d)\.(\d{1,2})(?:\.(\d{1,2}))?")


@dataclass(frozen=True)
class Package:
    """One line of a lock: its hashes (SHA-256, hex) and the names of the packages that ask for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]

    @property
    def purl(self) -> str:
        """How the world calls this release (package-url)."""
        return f"pkg:pypi/{self.name}@{self.version}"

    @property
    def released(self) -> dt.date | None:
        """The day that its version names; None for one that counts otherwise."""
        found = CALENDAR.match(self.version)
        return dt.date(int(found[1]), int(found[2]), int(found[3] or 1)) if found else None


def packages(lock: str) -> list[Package]:
    """Every package of a lock."""
    text = (ROOT / f"{lock}.txt").read_text()
    return [
        Package(name, version, tuple(HASH.findall(hashes)), tuple(re.findall(r"(?:# via|#  ) +([\w.-]+)$", via, re.M)))
        for name, version, hashes, via in ENTRY.findall(text)
    ]


def wanted(lock: str) -> Iterator[tuple[str, str]]:
    """Each package that somebody asked for by name, and why: beside it, or at the head of the file."""
    lines = (ROOT / f"{lock}.in").read_text().splitlines()
    head = lines[0].removeprefix("#").strip() if lines[0].startswith("#") else ""
    for line in lines:
        found = WANTED.match(line)
        if found and not line.startswith("-"):
            yield found[1].lower(), (found[2] or "").removeprefix("#").strip() or head


def locks() -> list[str]:
    """The names of all locks."""
    return sorted(path.stem for path in ROOT.glob("requirements*.txt"))


def licence(name: str) -> str | None:
    """What an installed package says of its licence; None for one that is not installed here."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    kinds = [each.split(" :: ")[-1] for each in said.get_all("Classifier") or [] if each.startswith("License ::")]
    one, words = ((said.get_all(name) or [""])[0] for name in ("License-Expression", "License"))
    return one or " AND ".join(kinds) or "".join(words.strip().splitlines()[:1]) or "nothing"


def is_allowed(said: str, rules: dict[str, Any]) -> bool:
    """Whether one of the alternatives of a licence consists of allowed ones."""
    words, allowed = rules["called"], set(rules["allowed"])
    return any(all(words.get(part, part) in allowed for part in way.split(" AND ")) for way in said.split(" OR "))


# Review


def review() -> Iterator[str]:
    """What is wrong with a dependency, one sentence each."""
    rules = tomllib.loads((HERE / "dependencies.toml").read_text())
    bad = tomllib.loads((HERE / "known-bad.toml").read_text())["release"]
    for lock in locks():
        found = packages(lock)
        yield from _unhashed(lock, found)
        yield from (f"{lock}.in: {name} has no reason beside it" for name, why in wanted(lock) if not why)
        yield from (fault for each in found for fault in _known_bad(each, bad))
        yield from _old(lock, found, rules["oldest_days"])
        if lock not in ELSEWHERE:
            yield from (fault for each in found for fault in _licence(each, rules))
    yield from _stale(rules, bad)


def _unhashed(lock: str, found: list[Package]) -> Iterator[str]:
    lines = re.findall(r"^[A-Za-z0-9._-]+==", (ROOT / f"{lock}.txt").read_text(), re.M)
    if len(lines) != len(found) or not all(each.hashes for each in found):
        yield f"{lock}.txt: a line has no SHA-256"


def _licence(each: Package, rules: dict[str, Any]) -> Iterator[str]:
    said = licence(each.name)
    if said is None or is_allowed(said, rules):
        return
    if said != rules["exception"].get(each.name, {}).get("says"):
        yield f"{each.name} says of its licence {said!r}: allow it in .ci/dependencies.toml, with a reason, or leave it"


def _known_bad(each: Package, bad: list[dict[str, str]]) -> Iterator[str]:
    for one in bad:
        if one["name"] == each.name and _number(each.version) < _number(one["below"]) and not one.get("accepted"):
            yield f"{each.name} {each.version} is known to be bad ({one['id']}): {one['why']}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _old(lock: str, found: list[Package], days: int) -> Iterator[str]:
    """Packages whose version is a day, by the newest such day of the lock: no clock is asked."""
    dated = {each: each.released for each in found if each.released}
    newest = max(filter(None, dated.values()), default=None)
    for each, day in dated.items():
        if newest and day and (newest - day).days > days:
            yield f"{lock}.txt: {each.name} {each.version} is more than {days} days older than others: `make lock`"


def _stale(rules: dict[str, Any], bad: list[dict[str, str]]) -> Iterator[str]:
    """Rules about packages that nobody asks for any more."""
    known = {each.name for lock in locks() for each in packages(lock)}
    yield from (f"dependencies.toml: nothing locks {name}" for name in rules["exception"] if name not in known)
    yield from (f"known-bad.toml: nothing locks {one['name']}" for one in bad if one["name"] not in known)


# List of what is delivered


def sbom() -> dict[str, Any]:
    """CycloneDX 1.6 of everything that is delivered: releases, hashes, licences, and who asks for what.

    The same locks make the same list: it has neither a time nor a number of its own.
    """
    found = {each.name: each for lock in reversed(DELIVERED) for each in packages(lock)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    root = f"pkg:generic/{project['name']}@{project['version']}"
    asked = {name for lock in DELIVERED for name, _ in wanted(lock)}
    needs: dict[str, list[str]] = {root: [found[name].purl for name in sorted(asked & set(found))]}
    needs |= {each.purl: [other.purl for other in found.values() if each.name in other.via] for each in found.values()}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _product(project, root)},
        "components": [_component(found[name]) for name in sorted(found)],
        "dependencies": [{"ref": ref, "dependsOn": sorted(others)} for ref, others in sorted(needs.items())],
    }


def _product(project: dict[str, str], ref: str) -> dict[str, Any]:
    named = {name: project[name] for name in ("name", "version", "description")}
    licences = [{"license": {"id": project["license"]}}]
    return {"type": "application", "bom-ref": ref, "purl": ref, "licenses": licences} | named


def _component(each: Package) -> dict[str, Any]:
    """A package; its hashes are of the files that may be installed, so they stand with where these come from."""
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{each.name}/{each.version}/#files",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in each.hashes],
    }
    component: dict[str, Any] = {"type": "library", "bom-ref": each.purl, "name": each.name, "version": each.version}
    said = licence(each.name)
    licences = {"licenses": [{"license": {"name": said, "acknowledgement": "declared"}}]} if said else {}
    return component | {"purl": each.purl, "externalReferences": [files]} | licences


def main(what: str) -> int:
    """`review`: 0 when nothing is wrong. `sbom`: write the list."""
    if what == "sbom":
        SBOM.write_text(json.dumps(sbom(), indent=1) + "\n")
        print(f"{SBOM.name}: what is delivered, as CycloneDX 1.6")
        return 0
    faults = list(review())
    print("\n".join(faults) or f"{sum(len(packages(lock)) for lock in locks())} locked lines: nothing is wrong")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
