"""The stranger's program: it names what was done to a log, and Go's own packages agree with ours."""

from __future__ import annotations

import base64
import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuance.services.log import merkle, notes
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import Tiles, numbered
from tests.logs import KEY, ORIGIN, VKEY, audited, entry, read_by_go, stories, written
from verify import liman_audit

SIZE = 300
PARTIAL = f"tile/entries/001.p/{SIZE - 256}"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 300 entries that was signed with 40 and 270 before."""
    folder = tmp_path_factory.mktemp("logs") / "log"
    written(folder, stories(0, 40), stories(40, 270), stories(270, SIZE))
    return folder


def signed(folder: Path, size: int) -> Path:
    return folder.with_name(f"log-{size}.checkpoint")


def test_go_reads_our_log(log: Path, tmp_path: Path) -> None:
    said = read_by_go(log, tmp_path, VKEY, signed(log, 40))
    ours = [f"path {base64.b64encode(each).decode()}" for each in Tiles(log, SIZE).path(0)]
    assert said == [*ours, "continues 40", f"verified {SIZE}"]


def test_go_refuses_another_story(log: Path, tmp_path: Path) -> None:
    written(tmp_path / "log", stories(0, 40, "another"))
    assert read_by_go(log, tmp_path, VKEY, signed(tmp_path / "log", 40))[-1].startswith("refused:")


def test_a_whole_log_is_whole(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = [each for size in (40, 270) for each in ("--known", signed(log, size))]
    assert audited("export", log, *known) == 0
    assert capsys.readouterr().out == (
        f"{SIZE} entries of {ORIGIN} are what was signed, and continue 2 checkpoints.\nwhole\n"
    )


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 600])
def test_programs_of_both_sides_know_one_tree(tmp_path: Path, size: int) -> None:
    tiles, tree = written(tmp_path / "log", stories(0, size)), liman_audit.Tree()
    for each in stories(0, size):
        tree.add(liman_audit.leaf(each))
    assert tree.root() == tiles.root()
    assert audited("export", tmp_path / "log") == 0
    for at in {0, size // 2, size - 1} if size else ():
        leaf = merkle.leaf(entry(at))
        assert liman_audit.climbed(leaf, at, size, tiles.path(at)) == tiles.root()
        assert liman_audit.climbed(leaf, at, size, [*tiles.path(at), leaf]) != tiles.root()


def bundle(*entries: bytes) -> bytes:
    return b"".join(len(each).to_bytes(2, "big") + each for each in entries)


def changed(folder: Path) -> None:
    (folder / PARTIAL).write_bytes(bundle(*stories(256, 299), entry(299, "another")))


def dropped(folder: Path) -> None:
    (folder / PARTIAL).write_bytes(bundle(*stories(256, 290)))


def lost(folder: Path) -> None:
    shutil.rmtree(folder / "tile/entries/001.p")


def turned(folder: Path) -> None:
    (folder / PARTIAL).write_bytes(bundle(entry(257), entry(256), *stories(258, SIZE)))


def turned_with_hashes(folder: Path) -> None:
    shutil.rmtree(folder)
    written(folder, [*stories(0, 298), entry(299), entry(298)])


def put_back(folder: Path) -> None:
    shutil.rmtree(folder)
    written(folder, stories(0, 40), stories(40, 200))


def written_anew(folder: Path) -> None:
    shutil.rmtree(folder)
    written(folder, stories(0, SIZE, "another"))


def unsigned(folder: Path) -> None:
    another = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    root = Tiles(folder, SIZE).root()
    (folder / "checkpoint").write_text(notes.signed(Checkpoint(ORIGIN, SIZE, root), another))


def of_another(folder: Path) -> None:
    root = Tiles(folder, 270).root()
    (folder / "checkpoint").write_text(notes.signed(Checkpoint(ORIGIN, SIZE, root), KEY))


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (changed, "forged: entry 300 is not what was hashed."),
        (dropped, "cut: entry 291 was signed and is missing."),
        (lost, "cut: tile/entries/001 was signed and is missing."),
        (turned, "reordered: entry 257 was written as entry 258."),
        (turned_with_hashes, "reordered: entry 299 was written as entry 300."),
        (put_back, "cut: KNOWN has 270 entries, the folder 200."),
        (written_anew, "forked: KNOWN was signed with 270 other entries: there are two stories."),
        (unsigned, f"forged: the checkpoint of the folder does not carry the signature of {ORIGIN}."),
        (of_another, f"forged: the {SIZE} entries of the folder are not those that were signed."),
    ],
)
def test_what_was_done_is_named(
    log: Path, tmp_path: Path, attack: Callable[[Path], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(log, tmp_path / "copied"))
    attack(folder)
    assert audited("export", folder, "--known", signed(log, 270)) == 1
    assert capsys.readouterr().out == said.replace("KNOWN", str(signed(log, 270))) + "\n"


FILES = ("checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/entries/000", PARTIAL, "tile/1/000.p/1")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_of_a_log_can_be_flipped(log: Path, name: str, where: float, bit: int) -> None:
    path = log / name
    whole = path.read_bytes()
    data = bytearray(whole)
    data[int(where * len(data))] ^= 1 << bit
    try:
        path.write_bytes(bytes(data))
        assert audited("export", log) == 1
    finally:
        path.write_bytes(whole)


def test_two_checkpoints_are_compared(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = signed(log, 40), signed(log, 270)
    assert audited("consistent", old, new, "--folder", log) == 0
    assert audited("consistent", old, new) == 2
    assert audited("consistent", new, old, "--folder", log) == 1
    written(tmp_path / "log", stories(0, 40, "another"), stories(40, 270))
    other = signed(tmp_path / "log", 40)
    assert audited("consistent", other, new, "--folder", log) == 1
    assert audited("consistent", old, other) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said[2:]] == ["could not be checked", "cut", "forked", "forked"]


def test_what_cannot_be_checked_is_said(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audited("export", tmp_path) == 2
    assert audited("export", log, key="no key") == 2
    assert audited("export", log, key=VKEY.replace("office", "offise", 1)) == 2
    assert audited("proof", log / "checkpoint") == 2
    assert all(line.startswith("could not be checked: ") for line in capsys.readouterr().out.splitlines())


def test_signatures_are_those_of_rfc_8032() -> None:
    """Vector 2 of RFC 8032, 7.1; and any other bit is no signature."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert liman_audit.signed_by(public, b"\x72", signature)
    assert not liman_audit.signed_by(public, b"\x73", signature)
    for at in range(0, 512, 37):
        other = bytearray(signature)
        other[at // 8] ^= 1 << at % 8
        assert not liman_audit.signed_by(public, b"\x72", bytes(other))


def test_tiles_have_the_places_of_the_standard() -> None:
    assert [numbered(at) for at in (0, 999, 1000, 1234067)] == ["000", "999", "x001/000", "x001/x234/067"]
    assert [liman_audit.place(at) for at in (0, 999, 1000, 1234067)] == ["000", "999", "x001/000", "x001/x234/067"]


DEEP = b"[" * 9_000


def test_an_entry_nested_beyond_reading_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who made the log could otherwise end the stranger's program with a trace instead of a word."""
    written(tmp_path / "log", [DEEP])
    assert audited("export", tmp_path / "log") == 1
    assert capsys.readouterr().out == "forged: entry 1 is none of an office.\n"


def test_a_history_of_half_characters_is_forged(tmp_path: Path) -> None:
    written(tmp_path / "log", stories(0, 1))
    note = (tmp_path / "log" / "checkpoint").read_text()
    (tmp_path / "log" / "history.jsonl").write_text(json.dumps({"checkpoint": "\ud800" + note}) + "\n")
    assert audited("export", tmp_path / "log") == 1


def test_a_proof_nested_beyond_reading_proves_nothing(tmp_path: Path) -> None:
    tiles, packed = written(tmp_path / "log", stories(0, 1)), base64.b64encode(zlib.compress(DEEP)).decode()
    note = (tmp_path / "log" / "checkpoint").read_text()
    assert tiles.size == 1
    (tmp_path / "proof").write_text(f"{liman_audit.HEADER}\nextra {packed}\nindex 0\n\n{note}")
    assert audited("proof", tmp_path / "proof") == 1


def test_a_size_of_five_thousand_digits_is_no_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    text = f"{ORIGIN}\n{'9' * 5_000}\n{base64.b64encode(bytes(32)).decode()}\n"
    signature = base64.b64encode(notes.key_id(ORIGIN, KEY.public_key()) + KEY.sign(text.encode())).decode()
    (folder / "checkpoint").write_text(f"{text}\n{notes.DASH} {ORIGIN} {signature}\n")
    assert audited("export", folder) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe", b"no key"])
def test_a_file_that_holds_no_key_is_not_checked(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    written(tmp_path / "log", stories(0, 1))
    for key in (str(tmp_path / "key"), "x" * 5_000, str(tmp_path)):
        assert audited("export", tmp_path / "log", key=key) == 2
