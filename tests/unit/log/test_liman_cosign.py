"""The program of another centre: it signs what continues, never a second story, and Go reads what it signed."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuance.services.log import merkle, notes
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import Tiles
from tests.counterparts import require
from tests.logs import KEY, ORIGIN, VKEY, audited, cosigned_by_go, stories, written
from verify import liman_cosign
from verify.liman_cosign import answer, cosign

NAME, MOMENT = "galati.example/cosigner", 1772445600
SIZES = (0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cosigner that knows the log of the office."""
    require("openssl", "it makes the keys and the signatures of a cosigner")
    liman_cosign.make(tmp_path / "cosigner", NAME)
    (tmp_path / "cosigner" / "logs").write_text(f"# of the office\n{VKEY}\n")
    return tmp_path / "cosigner"


def note(tiles: Tiles, size: int) -> str:
    return notes.signed(Checkpoint(ORIGIN, size, tiles.root(size)), KEY)


def question(tiles: Tiles, old: int, size: int | None = None) -> str:
    """What the office asks when it grew from one size to another."""
    size = tiles.size if size is None else size
    path = [base64.b64encode(each).decode() for each in merkle.growth(tiles.subtree, old, size)]
    return "\n".join([f"old {old}", *path, "", note(tiles, size)])


def key(folder: Path) -> str:
    return (folder / "key").read_text().strip()


def test_go_reads_what_two_cosigners_signed(folder: Path, tmp_path: Path) -> None:
    tiles, other = written(tmp_path / "log", stories(0, 300)), tmp_path / "other"
    liman_cosign.make(other, "iasi.example/cosigner")
    (other / "logs").write_text(VKEY)
    lines = [cosign(each, question(tiles, 0), MOMENT + at) for at, each in enumerate((folder, other))]
    file, keys = tmp_path / "checkpoint", (key(folder), key(other))
    file.write_text(note(tiles, 300) + "".join(lines))
    read = [f"{MOMENT} {NAME}", f"{MOMENT + 1} iasi.example/cosigner"]
    assert cosigned_by_go(file, tmp_path, VKEY, *keys) == read
    assert audited("consistent", file, file) == 0, "the other program reads the checkpoint as before"
    for at in (80, 95, 130):  # in the moment and in the signature of the first line
        changed = list(lines[0])
        changed[at] = "A" if changed[at] != "A" else "B"
        file.write_text(note(tiles, 300) + "".join(changed) + lines[1])
        assert cosigned_by_go(file, tmp_path, VKEY, *keys)[-1].startswith("refused:")
        assert liman_cosign.cosigned_at(file.read_text(), liman_cosign.read_cosigner(keys[0])) is None


@pytest.mark.parametrize("old", SIZES)
def test_whatever_continues_is_signed_once_and_again(folder: Path, tmp_path: Path, old: int) -> None:
    tiles = written(tmp_path / "log", stories(0, 300))
    known = liman_cosign.read_cosigner(key(folder))
    if old:
        cosign(folder, question(tiles, 0, old), MOMENT)
    for size in [each for each in SIZES if each >= old]:
        (again := Path(tmp_path / f"{size}")).mkdir()
        for name in ("key", "key.pem", "logs"):
            (again / name).write_bytes((folder / name).read_bytes())
        if old:
            cosign(again, question(tiles, 0, old), MOMENT)
        line = cosign(again, question(tiles, old, size), MOMENT)
        assert liman_cosign.cosigned_at(note(tiles, size) + line, known) == MOMENT
        assert cosign(again, question(tiles, size, size), MOMENT) == line, "the same once more"


def refused(folder: Path, asked: str) -> tuple[int, str, str]:
    """What is answered, and that nothing is signed or forgotten by it."""
    before = {path: path.read_bytes() for path in (folder / "seen").glob("*")}
    said = answer(folder, asked)
    assert said[0] != 200
    assert "\u2014" not in said[2]
    assert {path: path.read_bytes() for path in (folder / "seen").glob("*")} == before
    return said


def test_no_second_story_is_signed(folder: Path, tmp_path: Path) -> None:
    """A log of the same size and another root, a shorter one, one that grew otherwise: each has its answer."""
    ours = written(tmp_path / "log", stories(0, 300))
    fork = written(tmp_path / "fork", [*stories(0, 99), *stories(99, 300, "another")])
    cosign(folder, question(ours, 0, 200), MOMENT)
    assert refused(folder, question(fork, 200, 200)) == (409, "text/x.tlog.size", "200\n")
    assert refused(folder, question(fork, 100, 150)) == (409, "text/x.tlog.size", "200\n")
    assert refused(folder, question(ours, 100, 150)) == (409, "text/x.tlog.size", "200\n")
    assert refused(folder, question(fork, 0)) == (409, "text/x.tlog.size", "200\n")
    assert refused(folder, question(fork, 200))[0] == 422
    lines = question(fork, 200).split("\n")
    borrowed = [*question(ours, 200).split("\n\n")[0].split("\n"), *lines[lines.index("") :]]
    assert refused(folder, "\n".join(borrowed))[0] == 422
    assert answer(folder, question(ours, 200))[0] == 200, "ours goes on"


def test_no_proof_but_the_right_one_is_taken(folder: Path, tmp_path: Path) -> None:
    tiles = written(tmp_path / "log", stories(0, 300))
    assert refused(folder, question(tiles, 0).replace("\n\n", f"\n{'A' * 43}=\n\n", 1))[0] == 422
    cosign(folder, question(tiles, 0, 77), MOMENT)
    head, _, checkpoint = question(tiles, 77).partition("\n\n")
    first, *path = head.split("\n")
    for at in range(len(path)):
        for wrong in ([*path[:at], *path[at + 1 :]], [*path[:at], path[at - 1], *path[at:]], path[:at]):
            assert refused(folder, "\n".join([first, *wrong, "", checkpoint]))[0] == 422
    assert answer(folder, "\n".join([first, *path, "", checkpoint]))[0] == 200


def test_strangers_and_nonsense_are_refused(folder: Path, tmp_path: Path) -> None:
    tiles = written(tmp_path / "log", stories(0, 3))
    another = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    forged = notes.signed(Checkpoint(ORIGIN, 3, tiles.root()), another)
    unknown = notes.signed(Checkpoint("elsewhere.example/office", 3, tiles.root()), KEY)
    assert refused(folder, f"old 0\n\n{forged}")[0] == 403
    assert refused(folder, f"old 0\n\n{unknown}")[0] == 404
    for odd in (
        "",
        "old",
        "old 01",
        "old -1",
        "old \u0661",
        "old 0\nnothing",
        "old 0\n" + "\n".join([f"{'A' * 43}="] * 64),
    ):
        assert refused(folder, f"{odd}\n\n{note(tiles, 3)}")[0] == 400
    assert refused(folder, f"old 4\n\n{note(tiles, 3)}")[0] == 400


def test_what_is_signed_is_on_the_disk_first(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that dies between the two has signed nothing and remembers the checkpoint: never the other way."""
    ours, fork = (written(tmp_path / name, stories(0, 9, story)) for name, story in (("log", ""), ("fork", "b")))
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    def dies(*_: object) -> str:
        assert len(synced) == 3, "the file and both folders"
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(liman_cosign, "_line", dies)
        with pytest.raises(KeyboardInterrupt):
            cosign(folder, question(ours, 0), MOMENT)
    assert refused(folder, question(fork, 0)) == (409, "text/x.tlog.size", "9\n")
    assert answer(folder, question(ours, 9))[0] == 200


def test_what_it_keeps_is_believed_only_with_the_signature_of_the_log(folder: Path, tmp_path: Path) -> None:
    ours, fork = (written(tmp_path / name, stories(0, 9, story)) for name, story in (("log", ""), ("fork", "b")))
    cosign(folder, question(ours, 0), MOMENT)
    (kept,) = (folder / "seen").iterdir()
    kept.write_text(kept.read_text().replace("\n9\n", "\n8\n"))
    assert answer(folder, question(fork, 8))[0] == 500


def test_by_hand(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One question as a file, its answer on the terminal, and who signed a checkpoint."""
    tiles = written(tmp_path / "log", stories(0, 5))
    (tmp_path / "question").write_text(question(tiles, 0))
    by_hand = ["sign", str(tmp_path / "question"), "--folder", str(folder)]
    assert liman_cosign.main(by_hand) == 0
    (tmp_path / "signed").write_text(note(tiles, 5) + capsys.readouterr().out)
    check = ["check", str(tmp_path / "signed"), "--key", VKEY, "--cosigner", key(folder)]
    assert liman_cosign.main(check) == 0
    assert capsys.readouterr().out.endswith(f"Z {NAME}\n")
    (tmp_path / "signed").write_text(note(tiles, 5))
    assert liman_cosign.main(check) == 1
    assert liman_cosign.main(by_hand) == 1
    assert "5 entries were signed last, not 0" in capsys.readouterr().err
    assert liman_cosign.main(["key", NAME, "--folder", str(folder)]) == 2
    assert liman_cosign.main([*check[:-1], VKEY]) == 2
