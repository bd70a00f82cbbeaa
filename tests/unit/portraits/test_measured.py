"""The command by which an office measures its own pictures: figures by group, and no name of a picture."""

import pytest

from printing.portraits import detector
from tests.bench.portraits import labels_of, main, table
from tests.counterparts import missing
from tests.faces import portrait

SEEN = {
    "a.jpg": {"faces": False, "eyes": True},
    "b.jpg": {"faces": False, "eyes": False},
    "c.jpg": {"faces": True},
}


def _rows(text):
    return {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in text.splitlines()}


def test_false_and_missing_alarms_are_counted_by_group(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("file,headscarf,eyes\na.jpg,yes,ok\nb.jpg,no,bad\nc.jpg,,ok\n", encoding="utf-8")
    rows = _rows(table(SEEN, labels_of(file)))
    assert rows["finding"] == ["all (3)", "headscarf: no (1)", "headscarf: yes (1)"]
    assert rows["eyes"] == ["1/1 false, 1/1 missed", "0/0 false, 1/1 missed", "1/1 false"]
    assert rows["faces"] == ["1/3 alarms", "0/1 alarms", "0/1 alarms"]


def test_a_folder_goes_the_way_of_uploads(tmp_path, capsys):
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): it measures the face. `make test` installs it.")
    (tmp_path / "one.jpg").write_bytes(portrait())
    (tmp_path / "broken.png").write_bytes(b"hello")
    (tmp_path / "notes.txt").write_text("no picture")
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert _rows(printed.out)["faces"] == ["0/1 alarms"]
    assert "one" not in printed.out
    assert printed.err.startswith("broken.png: Not a photograph.")


@pytest.mark.parametrize("arguments", [[], ["/no/such/folder"], ["a", "b", "c"]])
def test_asked_wrongly_it_says_how(arguments, capsys):
    assert main(arguments) == 2
    assert "FOLDER [LABELS.csv]" in capsys.readouterr().err
