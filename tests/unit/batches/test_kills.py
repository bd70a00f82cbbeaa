"""Whoever is killed, and whenever: the batch goes on to the bytes that it would have had."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from printing.batches import writing
from printing.batches.items import BatchError
from printing.batches.journal import Journal
from printing.batches.workers import Processes
from tests.counterparts import missing, require
from tests.processes import REFUSED, elsewhere
from tests.unit.batches.shared import SEALED, SIGNING, items

MADE = items(50, SEALED)
PART = 10


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The batch as it is when nothing goes wrong."""
    out = tmp_path_factory.mktemp("whole") / "b.pdf"
    writing.write(MADE, out, SIGNING, processes=1, part=PART)
    return out.read_bytes()


def killing(owner: object, name: str, time: int, how: str, *, worker: bool) -> None:
    """From now on a process kills itself when it calls this for the so-manieth time: before, after, or half done."""
    real, ours, calls = getattr(owner, name), os.getpid(), [0]

    def call(*given: object) -> object:
        calls[0] += worker == (os.getpid() != ours)
        if calls[0] != time or worker != (os.getpid() != ours):
            return real(*given)
        if how == "after":
            real(*given)
        if how == "half":
            file, parts, offset = given
            real(file, [b"".join(parts)[: sum(map(len, parts)) // 2]], offset)  # type: ignore[call-overload]
        os.kill(os.getpid(), signal.SIGKILL)
        threading.Event().wait()

    setattr(owner, name, call)


def write(folder: Path, processes: int = 2) -> None:
    writing.write(MADE, folder / "b.pdf", SIGNING, processes=processes, part=PART)


@pytest.mark.parametrize("how", ["before", "half", "after"])
@pytest.mark.parametrize("time", [1, 2])
def test_a_worker_that_is_killed_ends_the_batch_which_goes_on(
    tmp_path: Path, whole: bytes, how: str, time: int
) -> None:
    def act() -> None:
        killing(os, "pwritev", time, how, worker=True)
        write(tmp_path)

    assert elsewhere(act, tmp_path / "said") == REFUSED
    assert (
        (tmp_path / "said")
        .read_text()
        .startswith(
            "A process that was making this batch was ended. Begin the batch again: it goes on behind document "
        )
    )
    assert not (tmp_path / "b.pdf").exists()
    write(tmp_path)
    assert (tmp_path / "b.pdf").read_bytes() == whole


STEPS = [
    (os, "pwritev", 1, "after"),  # the head of the file
    (os, "pwritev", 3, "half"),
    (os, "fsync", 1, "before"),
    (os, "fsync", 1, "after"),
    (os, "fsync", 2, "before"),  # of the journal
    (Journal, "add", 1, "before"),
    (Journal, "add", 2, "after"),
    (Processes, "hear", 4, "before"),
    (Processes, "hear", 9, "after"),
    (Processes, "tell", 7, "after"),
    (Path, "replace", 1, "before"),
    (Path, "replace", 1, "after"),
    (Journal, "remove", 1, "after"),
]


@pytest.mark.parametrize(("owner", "name", "time", "how"), STEPS, ids=lambda value: getattr(value, "__name__", value))
def test_a_batch_whose_process_is_killed_goes_on(
    tmp_path: Path, whole: bytes, owner: object, name: str, time: int, how: str
) -> None:
    def act() -> None:
        killing(owner, name, time, how, worker=False)
        write(tmp_path)

    assert elsewhere(act, tmp_path / "said") == -signal.SIGKILL
    assert (tmp_path / "b.pdf").exists() == (name in ("replace", "remove") and how == "after")
    write(tmp_path)  # at once: workers of the dead may still write
    assert (tmp_path / "b.pdf").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.pdf"]


def test_two_do_not_write_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.1)
    with writing._locked(tmp_path / "b.pdf.part"), pytest.raises(BatchError, match="Another process is writing"):
        write(tmp_path)


def test_a_process_that_waited_for_one_that_finished_leaves_what_that_made(tmp_path: Path, whole: bytes) -> None:
    """What it had opened is the finished file by then."""
    held = threading.Event()

    def finish() -> None:
        with writing._locked(tmp_path / "b.pdf.part"):
            held.set()
            threading.Event().wait(0.3)
            (tmp_path / "b.pdf.part").write_bytes(b"finished")
            (tmp_path / "b.pdf.part").replace(tmp_path / "other.pdf")

    first = threading.Thread(target=finish)
    first.start()
    held.wait()
    write(tmp_path, 1)
    first.join()
    assert (tmp_path / "other.pdf").read_bytes() == b"finished"
    assert (tmp_path / "b.pdf").read_bytes() == whole


@pytest.mark.parametrize("processes", [1, 2])
def test_a_file_that_may_not_grow_ends_the_batch_with_a_sentence(tmp_path: Path, whole: bytes, processes: int) -> None:
    def act() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) * 7 // 10,) * 2)
        write(tmp_path, processes)

    assert elsewhere(act, tmp_path / "said") == REFUSED
    _goes_on(tmp_path, whole, "File too large", tmp_path / "said")


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """A file system of so many bytes."""
    program = require("mount", "it makes a small disk")
    if os.geteuid() != 0:
        missing("a small disk is mounted by root only")
    subprocess.run([program, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_in_the_middle_ends_the_batch_with_a_sentence(tmp_path: Path, whole: bytes, processes: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, len(whole) * 7 // 10):
        assert elsewhere(lambda: write(disk, processes), tmp_path / "said") == REFUSED
        # Of two workers the one that is ahead may find the disk full before the other's first part is whole.
        assert processes == 2 or Journal(disk / "b.pdf.journal").read().places > 0
        subprocess.run([require("mount", "it makes room"), "-o", f"remount,size={len(whole) * 3}", disk], check=True)
        _goes_on(disk, whole, "No space left on device", tmp_path / "said")


def _goes_on(folder: Path, whole: bytes, why: str, said: Path) -> None:
    """The batch says why it ended and where it goes on, and ends as it would have."""
    begun = Journal(folder / "b.pdf.journal").read()
    assert said.read_text() == (
        f"The batch cannot be written: {why}. Begin the batch again: it goes on behind document {begun.places}."
    )
    write(folder)
    assert (folder / "b.pdf").read_bytes() == whole
