"""The benchmark's own machinery, for our engine and a few records: what it makes reads back, and could fail to."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from issuance.db import Database
from issuance.law.office.statistics import statistics_law
from printing.pages.symbols import read_data_matrix
from printing.seals import document_seal, seal
from tests.bench import __main__ as bench
from tests.bench import chips, from_register, imports, noise, pages, placed, readback, records, report, rivals, sealed
from tests.bench import statistics_tables as statistics
from tests.bench.filled.office import fill
from tests.bench.measure import Job, Outcome, measure
from tests.bench.worker import engine

COUNT = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench")
    records.prepare(made, COUNT, COUNT)
    return made


@pytest.fixture(scope="module")
def batch(folder: Path) -> Path:
    ours, out = engine("ours"), folder / "batch.pdf"
    ours.many(ours.documents(folder, "sheet", 0, COUNT), out, 1)
    return out


def test_every_page_of_a_batch_reads_back(folder: Path, batch: Path) -> None:
    assert readback.problems(batch, {place: place for place in range(COUNT)}, folder, "sheet") == []


def test_pages_of_other_persons_are_found(folder: Path, batch: Path) -> None:
    found = readback.problems(batch, {0: 0, 1: 2, 2: 1, COUNT: 0}, folder, "sheet")
    for page in (2, 3):
        for what in ("the MRZ reads", "the seal is judged: printed data differ", "the portrait is not"):
            assert any(problem.startswith(f"page {page}: {what}") for problem in found), (page, what)
    assert f"page {COUNT + 1} is missing" in found
    assert not any(problem.startswith("page 1:") for problem in found)


def test_a_round_in_a_fresh_process_is_timed_watched_and_read_back(folder: Path) -> None:
    found = measure("ours", Job("single", "card", COUNT), folder, first=True)
    assert (found.missing, found.problems, found.read, found.rounds) == ("", [], 1, 1)
    assert found.rate > 0
    assert 0 < found.cost < 1000 * found.seconds * 64
    assert found.memory > 10
    assert found.bytes > 20_000


def test_an_engine_that_is_not_there_is_a_line_of_the_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "PYTHON", folder / "python")
    found = measure("skia", Job("single", "sheet", COUNT), folder, first=True)
    assert found.missing == "not installed: there is no .venv-bench"
    jobs = report.Jobs(*(Job(mode, "sheet", COUNT) for mode in ("single", "card", "one", "cores", "large")))
    outcomes = {(name, job): Outcome(missing=found.missing) for name in report.ENGINES for job in jobs.compared}
    outcomes |= {
        (report.OURS, job): Outcome(rate=2, cost=3, others=0.4, rounds=3) for job in (*jobs.compared, jobs.large)
    }
    outcomes |= {("skia", job): Outcome(rate=1, cost=9, rounds=3) for job in jobs.compared}
    written = report.markdown("1 January", jobs, outcomes, 0.2, {}, f"old figures\n{report.LIMITS}\n\nKept.\n")
    assert found.missing in written
    assert "2.00 x (skia)" in written
    assert "3.00 x (skia)" in written
    assert "Load average 0.2 before; others had at most 0.4 of the processors" in written
    assert written.endswith(f"{report.LIMITS}\n\nKept.\n")


def test_rivals_are_given_the_texts_and_pictures_of_the_same_record(folder: Path) -> None:
    placed.prepare(folder, "sheet", COUNT)
    [page] = pages.load(folder, "sheet", 2, 3)[0]
    expected = records.record(folder, "sheet", 2).content
    words = [text.words for text in page.texts]
    assert {expected.document_number, expected.family_name.upper(), expected.given_names.upper()} <= set(words)
    assert Path(page.portrait).read_bytes() == expected.portrait
    assert isinstance(page.symbol, str)
    assert Path(page.symbol).exists()
    assert len([text for text in page.texts if text.style == "ocr_b"]) == 2


def test_the_section_of_chips_is_written_anew_alone() -> None:
    old = "# Benchmarks\n\n## Layers to pixels\n\na\n\n## What limits it now\n\nb\n"
    once = chips.written(old, "## Chips\n\none")
    assert once == old.replace("## What", "## Chips\n\none\n\n## What")
    assert chips.written(once, "## Chips\n\ntwo") == once.replace("one", "two")


def test_a_file_is_measured_line_by_line(sqlite_url: str) -> None:
    """The register is filled by the bench's own loader; every line is lodged, refused or waits."""
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    fill(sqlite_url, 120, 10)
    found = dict(imports.measure(sqlite_url, 30))
    assert list(found) == ["brought", "checked", "lodged"]
    assert 0 < found["checked"].statements.total() < found["lodged"].statements.total() < 30 * 15
    assert "30 lines" in found["lodged"].sentence("lodged")


def test_rivals_that_make_the_seal_themselves_draw_the_symbol_of_the_record(folder: Path) -> None:
    placed.prepare(folder, "sheet", COUNT)
    [page] = sealed.sealed(pages.load(folder, "sheet", 1, 2)[0])
    assert isinstance(page.symbol, bytes)
    drawn = Image.open(io.BytesIO(page.symbol)).resize((352, 352), Image.Resampling.NEAREST)
    data = read_data_matrix(ImageOps.expand(drawn, 16, 255))
    assert data
    record = records.record(folder, "sheet", 1)
    printed = document_seal.printed_fields(*record)
    assert seal.verify(data, [records.certificate()], printed, at=readback.READ_AT).verdict is seal.Verdict.VALID


def test_nothing_is_published_beside_other_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "load", lambda: 0.8)
    monkeypatch.setattr("sys.argv", ["bench", "--out", str(tmp_path / "benchmarks.md")])
    with pytest.raises(SystemExit, match=r"The load average is 0\.8, above 0\.7"):
        bench.main()
    assert not (tmp_path / "benchmarks.md").exists()


def test_a_batch_out_of_a_register_is_measured_beside_one_out_of_files(folder: Path, tmp_path: Path) -> None:
    sheets = from_register.fill(Database(f"sqlite:///{tmp_path / 'register'}"), folder, COUNT)
    one, more = from_register.measure(sheets, folder, rounds=1)
    assert one.startswith(f"{COUNT} documents, 1 processes: from the register ")
    assert "processes: from the register" in more


def test_every_table_and_the_report_of_a_month_are_timed(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    fill(sqlite_url, 120, 10)
    statistics.measure([sqlite_url])
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][1:]
    assert [row[0] for row in rows] == [f"| {law.code}" for law in statistics_law().tables] + ["| report"]
    counted = {row[0].removeprefix("| "): row[1] for row in rows}
    assert int(counted["resvalid"]) > 0
    assert int(counted["tpstock"]) > 10
    assert all(float(row[2]) > 0 for row in rows)
