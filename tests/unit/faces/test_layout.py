"""Layouts as data: what is wrong is named; what is shipped works for every document type that uses it."""

import copy
import math
import re
import tomllib
import zlib

import pytest

from issuance.document_types import registry
from printing.errors import LayoutError
from printing.faces import layout, security
from printing.faces.compose import compose
from tests.faces import content

SHIPPED = sorted(path.stem for path in layout.FOLDER.glob("*.toml"))


@pytest.fixture
def data():
    return tomllib.loads((layout.FOLDER / "residence_permit.toml").read_text("utf-8"))


def _wrong(data, change):
    changed = copy.deepcopy(data)
    change(changed)
    with pytest.raises(LayoutError) as caught:
        layout.parse("trial", changed)
    return str(caught.value)


def test_an_unknown_key_is_named(data):
    assert "faces.front.values.text.title.colour" in _wrong(
        data, lambda d: d["faces"][0]["values"][0].update(colour="red")
    )
    assert "faces.front.photo" in _wrong(data, lambda d: d["faces"][0].update(photo=[0, 0, 1, 1]))
    assert "dpi" in _wrong(data, lambda d: d.update(dpi=300))


def test_an_unknown_field_or_style_is_named(data):
    assert "faces.front.values.surname.value" in _wrong(
        data, lambda d: d["faces"][0]["values"][0].update(value="surname")
    )
    assert "faces.front.values.text.title.style" in _wrong(
        data, lambda d: d["faces"][0]["values"][0].update(style="heavy")
    )


def test_a_missing_key_is_named(data):
    assert "width" in _wrong(data, lambda d: d.pop("width"))
    assert "faces.front.values.text.title.box" in _wrong(data, lambda d: d["faces"][0]["values"][0].pop("box"))
    assert "backgrounds.back" in _wrong(data, lambda d: d["backgrounds"].pop("back"))


def test_a_portrait_box_that_would_stretch_is_refused(data):
    assert "35 : 45" in _wrong(data, lambda d: d["faces"][0].update(portrait=[3, 12, 30, 34]))
    assert "35 : 45" in _wrong(data, lambda d: d["faces"][0].update(portrait=[3, 12, 21, 27]))


def test_an_unknown_layout_says_which_there_are():
    with pytest.raises(LayoutError, match="residence_permit"):
        layout.load("driving_licence")
    with pytest.raises(LayoutError):
        layout.load("../layouts/residence_permit")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_box_lies_on_its_face_within_the_margins(name):
    shipped = layout.load(name)
    for face in shipped.faces:
        boxes = [value.box for value in face.values] + [label.box for label in face.labels]
        boxes += [box for box in (face.portrait, face.ghost, face.signature, face.code128) if box]
        for box in boxes:  # Doc 9303-4 and -5, 2.3 and 2.4: two millimetres are left clear
            assert box.x >= 2, box
            assert box.y >= 2, box
            assert box.x + box.width <= shipped.width - 2, box
            assert box.y + box.height <= shipped.height - 2, box


def _front(**changes):
    return lambda data: data["faces"][0].update(changes)


def _moved(name, box):
    def move(data):
        next(value for value in data["faces"][0]["values"] if value["value"] == name)["box"] = box

    return move


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_moved("family_name", [33, 14, 49, 5.6]), ("family_name", "given_names")),
        (_moved("family_name", [25, 10.4, 49, 5.6]), ("family_name", "portrait")),
        (_moved("expiry_date", [68, 44, 12, 5.4]), ("expiry_date", "access_number")),
        (_front(seal=[60, 20, 16, 16]), ("seal", "given_names")),
        (_front(seal=[3, 2, 13, 8]), ("'ROU'", "seal")),
        (_front(ghost=[66, 43, 8.4, 10.8]), ("access_number", "ghost")),
        (_front(ultraviolet={"box": [60, 40, 20, 10]}), ("access_number", "ultraviolet")),
        (_front(mrz={"left": 5, "foot": 2, "spacing": 1, "height": 3}), ("signature", "mrz")),
        (_front(fine_line=[33, 12, 20, 0.3]), ("family_name", "fine_line")),
    ],
)
def test_what_lies_on_each_other_is_named_with_its_face(data, change, named):
    said = _wrong(data, change)
    assert said.startswith("Layout trial, face front: ")
    assert "overlap" in said
    assert all(name in said for name in named)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_moved("birth_date", [70, 21.6, 22, 5]), "birth_date at [70.0, 21.6, 22.0, 5.0] leaves the face"),
        (_front(portrait=[-0.3, 11.8, 27, 34.714]), "portrait at [-0.3"),
        (_front(ghost=[72, 44, 8.4, 10.8]), "ghost at [72"),
        (_front(mrz={"left": 5, "foot": 7, "spacing": 4, "height": 60}), "mrz at"),
        (_moved("birth_date", [61, 21.6, 0, 5]), "birth_date.box"),
        (_moved("birth_date", [61, 21.6, float("nan"), 5]), "birth_date.box"),
        (_moved("birth_date", [61, 21.6, float("inf"), 5]), "birth_date.box"),
        (_moved("birth_date", [61, 21.6, 5]), "birth_date.box"),
    ],
)
def test_a_box_off_its_face_or_without_a_size_is_named(data, change, said):
    assert said in _wrong(data, change)


def test_the_bleed_belongs_to_the_face_and_the_ghost_may_lie_under_texts(data):
    data["faces"][0]["chip_symbol"] = [-0.2, 50, 6.2, 3.617]
    data["faces"][0]["ghost"] = [40, 12, 8.4, 10.8]
    assert layout.parse("trial", data)


def test_a_ground_that_would_never_end_is_refused(data):
    assert "strands" in _wrong(data, lambda d: d["backgrounds"]["front"]["ropes"][0].update(strands=10**9))
    assert "period" in _wrong(data, lambda d: d["backgrounds"]["front"]["ropes"][0].update(period=1e-9))
    assert "petals" in _wrong(data, lambda d: d["backgrounds"]["front"]["rosettes"][0].update(petals=10**9))
    assert "inks" in _wrong(data, lambda d: d["backgrounds"]["front"].update(inks=[]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'like = "trial"', "like: 'trial' is no other layout"),
        (b'like = "nowhere"', "like: 'nowhere' is no other layout"),
        (b"width = ", "trial"),
        (b"# \xff", "utf-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path, content, said):
    monkeypatch.setattr(layout, "FOLDER", tmp_path)
    (tmp_path / "trial.toml").write_bytes(content)
    with pytest.raises(LayoutError, match="Layout trial") as caught:
        layout.load("trial")
    assert said in str(caught.value)


def test_the_types_with_a_face_compose_with_their_own_words():
    composed = 0
    for kind in registry.load().values():
        template = kind.template() if kind.face else None
        if template:
            assert layout.load(template.layout).text_names() <= template.texts.keys()
            assert compose(content(), template, specimen=False, seal=bytes(100) if template.seal else None)
            composed += 1
    assert composed == 8


@pytest.mark.parametrize("name", SHIPPED)
def test_a_ground_has_no_more_line_than_is_quickly_drawn(name):
    """A renderer pays for each millimetre of line: 3 m on a card are about 6 ms at 300 dpi."""
    shipped = layout.load(name)
    for face in shipped.faces:
        code = zlib.decompress(security.background(shipped, face).compressed).decode()
        arcs = [[float(number) for number in arc] for arc in re.findall(r"(\S+) (\S+) \S+ \S+ (\S+) (\S+) c\b", code)]
        metres = 1.5 * sum(math.dist(arc[:2], arc[2:]) for arc in arcs) / 1000
        assert 0.1 < metres / (shipped.width * shipped.height) * 85.6 * 53.98 <= 3


def test_a_ground_is_drawn_by_reportlab_and_says_nothing_of_a_person():
    shipped = layout.load("residence_permit")
    code = zlib.decompress(security.background(shipped, shipped.faces[0]).compressed).decode()
    assert code.startswith("q\n2.834646 0 0 -2.834646"), "millimetres, downwards"
    said = {bytes.fromhex(words).decode("utf-16-be") for words in re.findall("FEFF([0-9a-f]*)", code)}
    assert said == {words.text for words in shipped.backgrounds["front"].microtext}


def test_words_of_the_ground_have_words_a_box_and_a_colour(data):
    def microtext(**changes):
        whole = {"text": "ROU", "box": [3, 2, 10, 0.3], "colour": "#000000"} | changes
        return lambda d: d["backgrounds"]["front"].update(microtext=[whole])

    assert "microtext" in _wrong(data, microtext(text=""))
    assert "microtext" in _wrong(data, microtext(colour="black"))
    assert "microtext" in _wrong(data, microtext(box=[3, 2, 10]))
    assert "second" in _wrong(data, lambda d: d["backgrounds"]["front"].pop("second"))
