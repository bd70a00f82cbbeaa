"""Batches: every page its own person's and nobody else's, whatever the cores; stopped and gone on with; or refused."""

import io
import threading
import tracemalloc
from collections import Counter

import numpy as np
import pypdfium2
import pytest

from printing import papers
from printing.batches import chunks, writing
from printing.batches.items import BatchError, Making
from printing.faces import layout
from printing.faces.compose import compose, rasterise
from printing.pages import pdf
from printing.pages.symbols import read_data_matrix
from printing.seals import document_seal
from printing.seals.seal import Verdict, verify
from tests import faces, seals
from tests.unit.batches.shared import NAMES, SEALED, SIGNING, Failing, Signer, Stopped, item, items


def texts(path):
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def picture(path, page, dpi=100):
    with pypdfium2.PdfDocument(path) as document:
        return np.asarray(document[page].render(scale=dpi / 72).to_pil().convert("L"), dtype=np.int16)


def alone(one, face):
    artwork = compose(one.content, one.template, specimen=False)[face]
    return np.asarray(rasterise(artwork.combined, 100).convert("L"), dtype=np.int16)


@pytest.mark.parametrize("processes", [1, 2])
def test_every_page_is_that_of_its_person_alone(tmp_path, processes):
    """Pages in the middle too: what is shared between pages must not gather other people's data."""
    made, told = items(90), []
    summary = writing.write(made, tmp_path / "b.pdf", processes=processes, progress=told.append)
    assert (len(summary.numbers), summary.pages, summary.types) == (90, 180, {"RP-S": 90})
    assert told == sorted(told)
    assert told[-1] == 90
    for number in (0, 44, 45, 89):
        for face in (0, 1):
            assert (picture(tmp_path / "b.pdf", 2 * number + face) == alone(made[number], face)).all(), (number, face)
    for place, said in enumerate(texts(tmp_path / "b.pdf")):
        mine = made[place // 2].content.document_number
        assert mine in said
        assert not [
            one.content.document_number for one in made if one.content.document_number in said.replace(mine, "")
        ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.pdf"]


def test_the_bytes_do_not_depend_on_the_number_of_processes(tmp_path):
    """Three types one after the other, some sealed: what their pages share is numbered for all by one."""
    types = (faces.RESIDENCE_PERMIT, SEALED, faces.BLUE)
    made = [item(number, types[number * 5 % 3]) for number in range(130)]
    for processes in (1, 2, 3, 7):
        summary = writing.write(made, tmp_path / f"{processes}.pdf", SIGNING, processes=processes, part=20)
        assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / f"{processes}.pdf").read_bytes(), processes
    assert summary.types == Counter(one.template.document_type for one in made)
    said, at = texts(tmp_path / "7.pdf"), 0
    for one in made:
        assert one.content.document_number in said[at], at
        at += len(layout.load(one.template.layout).faces)
    assert at == len(said) == summary.pages


def test_with_other_threads_about_workers_begin_anew_and_make_the_same(tmp_path):
    """A fork could inherit a lock that one of them holds."""
    made, over = items(30, SEALED), threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        writing.write(made, tmp_path / "spawned.pdf", SIGNING, processes=2, part=10)
    finally:
        over.set()
        thread.join()
    writing.write(made, tmp_path / "alone.pdf", SIGNING, processes=1, part=10)
    assert (tmp_path / "spawned.pdf").read_bytes() == (tmp_path / "alone.pdf").read_bytes()


def test_every_seal_of_a_batch_is_signed_for_its_document(tmp_path):
    signer = Signer()
    made = items(6, SEALED)
    writing.write(made, tmp_path / "b.pdf", Making(signer=signer, signature_date=seals.SIGNED), processes=1)
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as document:
        faces_read = [read_data_matrix(page.render(scale=300 / 72).to_pil()) for page in document]
    found = [data for data in faces_read if data]
    assert len(found) == 6
    for one, data in zip(made, found, strict=True):
        printed = document_seal.printed_fields(one.content, one.template)
        verdict = verify(data, [signer.whole()], printed, at=seals.AT).verdict
        assert verdict is Verdict.VALID, verdict


def composed_of(monkeypatch):
    """The numbers of the documents that are composed from now on."""
    composed, real = [], chunks.compose.artworks
    monkeypatch.setattr(
        chunks.compose, "artworks", lambda job: composed.append(job.content.document_number) or real(job)
    )
    return composed


def test_a_batch_that_was_stopped_goes_on_where_it_was_safe(tmp_path, monkeypatch):
    made, out = items(130), tmp_path / "b.pdf"
    with pytest.raises(Stopped):
        writing.write(Failing(made, 125), out, processes=1, part=40)
    assert not out.exists(), "never a half-written batch under its name"
    with (tmp_path / "b.pdf.part").open("ab") as file:
        file.write(b"what a power cut leaves")
    composed = composed_of(monkeypatch)
    summary = writing.write(made, out, processes=1, part=40)
    assert composed == [one.content.document_number for one in made[120:]], "three parts of 40 were safe"
    assert summary.numbers == [one.content.document_number for one in made]
    assert (summary.types, summary.left) == ({"RP-S": 130}, [])
    writing.write(made, tmp_path / "whole.pdf", processes=1, part=40)
    assert out.read_bytes() == (tmp_path / "whole.pdf").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.pdf", "whole.pdf"]


def test_a_batch_is_not_gone_on_with_by_other_documents(tmp_path):
    made, out = items(60), tmp_path / "b.pdf"
    with pytest.raises(Stopped):
        writing.write(Failing(made, 50), out, processes=1, part=20)
    with pytest.raises(BatchError, match="another document in place 2:"):
        writing.write([made[0], *made[2:]], out, processes=1)
    assert not out.exists()


@pytest.mark.parametrize("left", [None, 1000])
def test_a_journal_whose_file_is_gone_or_cut_counts_for_nothing(tmp_path, left):
    made, out = items(45), tmp_path / "b.pdf"
    with pytest.raises(Stopped):
        writing.write(Failing(made, 41), out, processes=1, part=40)
    unfinished = tmp_path / "b.pdf.part"
    unfinished.write_bytes(unfinished.read_bytes()[:left]) if left else unfinished.unlink()
    writing.write(made, out, processes=1, part=40)
    writing.write(made, tmp_path / "whole.pdf", processes=1, part=40)
    assert out.read_bytes() == (tmp_path / "whole.pdf").read_bytes()


def test_a_journal_that_was_cut_off_counts_up_to_its_last_whole_line(tmp_path):
    made, out = items(70), tmp_path / "b.pdf"
    with pytest.raises(Stopped):
        writing.write(Failing(made, 65), out, processes=1, part=20)
    journal = tmp_path / "b.pdf.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    journal.write_bytes(lines[0] + lines[1][:100])
    assert len(writing.write(made, out, processes=1).numbers) == 70
    assert len(texts(out)) == 140


def test_a_batch_of_specimens_says_so_on_every_page(tmp_path):
    writing.write(items(2), tmp_path / "b.pdf", Making(specimen=True), processes=1)
    one = item(1)
    specimen = compose(one.content, one.template, specimen=True)[1]
    assert (picture(tmp_path / "b.pdf", 3) == np.asarray(rasterise(specimen.combined, 100).convert("L"))).all()


def cover(summary):
    sheet = papers.CoverSheet(
        batch="B-2026-11-21-1",
        made_on=seals.SIGNED,
        made_by="Ana Pop",
        stock="card",
        counts=tuple(papers.Count(papers.Words(ro=code, en=code), count) for code, count in summary.types.items()),
        numbers=tuple(summary.numbers),
        centre_name="Timișoara",
        centre_address="Str. Ialomiței 2",
    )
    return papers.compose(sheet).drawings


def test_the_cover_comes_first_and_lists_every_number_once(tmp_path):
    made = items(3)
    writing.write(made, tmp_path / "b.pdf", cover=cover, processes=1)
    first, *rest = texts(tmp_path / "b.pdf")
    assert len(rest) == 6
    assert [first.count(one.content.document_number) for one in made] == [1, 1, 1]
    assert "RP-S" in first
    assert not [name for name in NAMES if name in first], "a cover names nobody"
    assert (picture(tmp_path / "b.pdf", 5) == alone(made[2], 0)).all()


class Made:
    """Documents that are nowhere before they are asked for."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, places):
        return [item(number) for number in range(*places.indices(self.count))]


def test_memory_does_not_grow_with_the_batch(tmp_path):
    def peak(count):
        tracemalloc.start()
        writing.write(Made(count), tmp_path / "b.pdf", processes=1, part=20)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(40)  # what is kept once: fonts, grounds
    assert peak(160) - peak(80) < 80 * 2500, "a document that is kept has more than 5 kB"


def test_an_empty_batch_is_an_empty_file_of_its_kind(tmp_path):
    assert writing.write([], tmp_path / "b.pdf").pages == 0
    assert (tmp_path / "b.pdf").read_bytes().startswith(b"%PDF-")


def test_one_page_in_memory_is_as_one_in_a_batch():
    drawing = compose(item(0).content, item(0).template, specimen=False)[0].drawing
    output = io.BytesIO()
    pages = pdf.Pages(output, "x")
    pages.add(drawing)
    pages.close()
    assert output.getvalue() == pdf.render([drawing], "x")
