"""Layouts as data: what is wrong is named; what is shipped works for every document type that uses it."""

import copy
import tomllib

import pytest

from issuance.document_types import registry
from printing import layout
from printing.compose import compose
from printing.errors import LayoutError
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
    assert "faces.0.values.0.colour" in _wrong(data, lambda d: d["faces"][0]["values"][0].update(colour="red"))
    assert "faces.0.photo" in _wrong(data, lambda d: d["faces"][0].update(photo=[0, 0, 1, 1]))
    assert "dpi" in _wrong(data, lambda d: d.update(dpi=300))


def test_an_unknown_field_or_style_is_named(data):
    assert "faces.0.values.0.value" in _wrong(data, lambda d: d["faces"][0]["values"][0].update(value="surname"))
    assert "faces.0.values.0.style" in _wrong(data, lambda d: d["faces"][0]["values"][0].update(style="heavy"))


def test_a_missing_key_is_named(data):
    assert "width" in _wrong(data, lambda d: d.pop("width"))
    assert "faces.0.values.0.box" in _wrong(data, lambda d: d["faces"][0]["values"][0].pop("box"))
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


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_stands_in_a_machine_zone_or_over_the_portrait(name):
    shipped = layout.load(name)
    for face in shipped.faces:
        kept = [zone for zone in face.machine_zones(shipped) if zone != face.code128]
        kept += [box for box in (face.portrait, face.code128) if box]
        for box in [value.box for value in face.values] + [label.box for label in face.labels]:
            assert not any(_overlap(box, zone) for zone in kept), (face.name, box)


def _overlap(one, other):
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_the_types_with_a_face_compose_with_their_own_words():
    composed = 0
    for kind in registry.load().values():
        template = kind.template() if kind.face else None
        if template:
            assert layout.load(template.layout).text_names() <= template.texts.keys()
            assert compose(content(), template, specimen=False, seal=bytes(100) if template.seal else None)
            composed += 1
    assert composed == 8
