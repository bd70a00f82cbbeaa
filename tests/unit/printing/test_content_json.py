"""Content from JSON: the documented example works; what is wrong is named."""

import json
from pathlib import Path

import pytest

from printing.content import DocumentContent
from printing.content_json import load_content
from printing.errors import ContentError
from printing.faces.compose import compose
from tests.faces import TEMPLATES, content

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def example():
    return json.loads((DOCS / "example-content.json").read_text("utf-8"))


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_example_composes_as_a_specimen_of_every_face(example, template):
    assert compose(load_content(json.dumps(example)), template, specimen=True)


def test_pictures_come_in_base64(example):
    full = content()
    assert load_content(full.model_dump_json()) == full


def test_every_field_is_described():
    described = (DOCS / "content.md").read_text("utf-8")
    assert [name for name in DocumentContent.model_fields if f"`{name}`" not in described] == []


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (lambda d: d.pop("family_name"), "family_name", "is missing"),
        (lambda d: d.update(surname="X"), "surname", "not a field"),
        (lambda d: d.update(sex="W"), "sex", "'F', 'M' or 'X'"),
        (lambda d: d.update(birth_date="1992-13-01"), "birth_date", "month"),
        (lambda d: d.update(birth_date="yesterday"), "birth_date", "YYYY-MM-DD"),
        (lambda d: d.update(issue_date="2026-02-30"), "issue_date", "date"),
        (lambda d: d.update(portrait="%%%"), "portrait", "base64"),
        (lambda d: d.update(document_number="rp 1"), "document_number", "pattern"),
        (lambda d: d.update(family_name=["A"]), "family_name", "string"),
        (lambda d: d.update(family_name="A" * 201), "family_name", "200"),
    ],
)
def test_a_wrong_field_is_named(example, change, field, said):
    change(example)
    with pytest.raises(ContentError, match=said) as caught:
        load_content(json.dumps(example))
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"', "[" * 5000])
def test_what_is_no_object_is_refused(text):
    with pytest.raises(ContentError, match=r"content: .*(JSON|object)"):
        load_content(text)


def test_the_refused_value_is_not_repeated(example):
    example["address"] = ["Str. Secretă 1"]
    with pytest.raises(ContentError) as caught:
        load_content(json.dumps(example))
    assert "Secret" not in str(caught.value)
