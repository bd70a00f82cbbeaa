"""A document that cannot be printed is left out and named, and the others are made: nobody waits for one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import pytest

from printing.batches import writing
from printing.batches.items import Absent, BatchError, Item, Left
from printing.errors import FontMissing, PrintingError
from printing.faces import compose
from tests.processes import elsewhere
from tests.unit.batches.shared import SEALED, SIGNING, Failing, Stopped, item, items

GONE = PrintingError("This was destroyed under the retention rules.")


class Poisoned:
    """Many documents, of which some cannot be made."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.wrong: dict[int, Item | Absent] = {
            11: changed(11, family_name="W" * 200),
            12: changed(12, family_name="\N{HEBREW LETTER ALEF}\N{CJK UNIFIED IDEOGRAPH-4E2D}"),
            13: changed(13, portrait=b"no picture"),
            14: changed(14, portrait=b"\xff\xd8\xff\xe0" + b"x" * 50_000 + b"\xff\xd9"),
            15: Absent("RP0000015", GONE),
            16: Absent(None, GONE),
            17: changed(17, portrait=None),
            18: Item(*changed(18)[:2], b"x" * 500),
            19: changed(19, birth_date="1990-02-31"),
            count - 1: changed(count - 1, family_name=""),
        }

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, places: slice) -> Sequence[Item | Absent]:
        return [self.wrong.get(number) or item(number, SEALED) for number in range(*places.indices(self.count))]


def changed(number: int, **values: object) -> Item:
    one = item(number, SEALED)
    return one._replace(content=one.content.model_copy(update=values))


@pytest.mark.parametrize("processes", [1, 2])
def test_what_cannot_be_printed_is_left_out_and_named(tmp_path: Path, processes: int) -> None:
    source = Poisoned(90)
    summary = writing.write(source, tmp_path / "b.pdf", SIGNING, processes=processes, part=20)
    assert [(left.place, left.number) for left in summary.left] == [
        (place + 1, None if place == 16 else f"RP{place:07}") for place in sorted(source.wrong)
    ]
    assert summary.numbers == [f"RP{number:07}" for number in range(90) if number not in source.wrong]
    assert summary.types == {"TID": 80}
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as document:
        said = [page.get_textpage().get_text_bounded() for page in document]
    assert len(said) == summary.pages == 160
    assert [number in said[2 * at] for at, number in enumerate(summary.numbers)] == [True] * 80
    reasons = {left.place - 1: str(left.why) for left in summary.left}
    assert reasons[11].startswith("family_name: 200 characters do not fit")
    assert "\N{CJK UNIFIED IDEOGRAPH-4E2D} (U+4E2D)" in reasons[12]
    assert all(reasons[place].endswith((".", "!")) and len(reasons[place]) > 20 for place in reasons), reasons
    assert reasons[15] == reasons[16] == str(GONE)


def test_one_among_twenty_thousand_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Composed once and taken again: it is the batch that is tried, not the composer."""
    ready = compose.compose(item(0).content, item(0).template, specimen=False)
    real = compose.artworks

    def quick(job):  # type: ignore[no-untyped-def]
        return ready if job.content.document_number != "RP0012345" else real(job)

    class Many:
        one, wrong = item(0), changed(12345, family_name="W" * 200)

        def __len__(self) -> int:
            return 20_000

        def __getitem__(self, places: slice) -> list[Item]:
            return [self.wrong if number == 12345 else self.one for number in range(*places.indices(20_000))]

    def whole() -> None:
        summary = writing.write(Many(), tmp_path / "b.pdf")
        assert [(left.place, left.number) for left in summary.left] == [(12346, "RP0012345")]
        assert (len(summary.numbers), summary.pages) == (19_999, 39_998)

    monkeypatch.setattr(compose, "artworks", quick)
    assert elsewhere(whole, tmp_path / "said") == 0


def test_what_was_left_out_before_a_stop_is_named_after_it(tmp_path: Path) -> None:
    made: list[Item] = items(70)
    made[3] = made[3]._replace(content=made[3].content.model_copy(update={"family_name": "W" * 200}))
    with pytest.raises(Stopped):
        writing.write(Failing(made, 50), tmp_path / "b.pdf", processes=1, part=20)
    summary = writing.write(made, tmp_path / "b.pdf", processes=1, part=20)
    assert [(left.place, left.number) for left in summary.left] == [(4, "RP0000003")]
    assert str(summary.left[0].why).startswith("family_name: 200 characters do not fit the box of ")
    writing.write(made, tmp_path / "whole.pdf", processes=1, part=20)
    assert (tmp_path / "b.pdf").read_bytes() == (tmp_path / "whole.pdf").read_bytes()


def test_a_document_that_was_made_and_vanished_before_the_batch_went_on_is_not_in_the_file(tmp_path: Path) -> None:
    made: list[Item | Absent] = [*items(50)]
    with pytest.raises(Stopped):
        writing.write(Failing(items(50), 45), tmp_path / "b.pdf", processes=1, part=20)
    made[5] = Absent("RP0000005", GONE)
    with pytest.raises(BatchError, match="another document in place 6:"):
        writing.write(made, tmp_path / "b.pdf", processes=1, part=20)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_document_without_the_seal_of_its_type_is_left_out(tmp_path: Path, processes: int) -> None:
    summary = writing.write([item(0, SEALED), item(1)], tmp_path / "b.pdf", processes=processes, part=1)
    assert [(left.place, str(left.why)) for left in summary.left] == [
        (1, "seal: belongs on every document whose type has one, and on no specimen.")
    ]
    assert summary.numbers == ["RP0000001"]


class Shrunk(list[Item]):
    def __len__(self) -> int:
        return 12


@pytest.mark.parametrize("processes", [1, 2])
def test_a_source_that_gives_less_than_it_said_is_not_passed_over(tmp_path: Path, processes: int) -> None:
    summary = writing.write(Shrunk(items(10)), tmp_path / "b.pdf", processes=processes, part=5)
    assert [(left.place, left.number) for left in summary.left] == [(11, None), (12, None)]
    assert "is not any more" in str(summary.left[0].why)
    assert len(summary.numbers) == 10


def test_what_no_document_can_do_without_ends_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FontMissing("NotoSans-Regular.ttf", "fonts-noto-core")

    monkeypatch.setattr(compose, "artworks", missing)
    for processes in (1, 2):
        with pytest.raises(PrintingError, match="install the Debian package fonts-noto-core"):
            writing.write(items(3), tmp_path / "b.pdf", processes=processes, part=1)


def test_reasons_are_in_the_order_of_the_documents() -> None:
    assert sorted([Left(2, "b", GONE), Left(1, None, GONE)])[0].place == 1
