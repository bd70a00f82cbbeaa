"""What all documents of a type share besides their ground: labels, captions, the type's own words, signs.

Nothing of a person is in it, so each is drawn on ReportLab's canvas once a process, and kept as a form.
"""

from __future__ import annotations

import math
from functools import cache

from printing.content import Template
from printing.faces import fields
from printing.faces.layout import Face, Layout
from printing.pages import fonts, pdf, text
from printing.pages.canvas import Canvas
from printing.pages.pdf import POINTS_PER_MM, Form


def fixed(layout: Layout, face: Face, template: Template) -> Form:
    """Labels, captions and the type's own words."""
    return _fixed(layout, face, template.document_type, tuple(template.texts.items()))


@cache
def _fixed(layout: Layout, face: Face, document_type: str, words: tuple[tuple[str, str], ...]) -> Form:
    easel = Canvas(*layout.page)
    easel.setFillGray(0)
    for label in face.labels:
        for ops in fields.typeset(layout, label, label.text, f"label {label.text!r}"):
            easel.put(ops)
    texts = {f"text.{name}": said for name, said in words}
    for value in face.values:
        if value.caption and not value.optional:
            easel.put(fields.caption(layout, value))
        if value.of_the_type:
            easel.put(fields.set_value(layout, value, fields.content_of(value, texts, document_type)))
    if face.chip_symbol:
        _chip_symbol(easel, layout.points(face.chip_symbol))
    return Form.of(easel.taken())


def _chip_symbol(easel: Canvas, box: pdf.Box) -> None:
    """The sign of a document with a contactless chip (Doc 9303-9, 2.3), in a box of proportion 9 : 5.25."""
    x, y, width, height = box
    easel.transform(width / 9, 0, 0, height / 5.25, x, y)
    easel.setLineWidth(0.62)
    easel.rect(0.31, 0.31, 8.38, 4.63)
    easel.circle(4.5, 2.625, 1.4)
    for side in (0, 6):
        easel.rect(side, 2.31, 3, 0.63, stroke=0, fill=1)


@cache
def silhouette(box: pdf.Box) -> Form:
    """The place of a portrait in a specimen without one: a grey head and shoulders."""
    x, y, width, height = box
    easel = Canvas(width, height)
    easel.transform(width, 0, 0, height, x, y)
    easel.setFillColorRGB(0.87, 0.89, 0.91)
    easel.rect(0, 0, 1, 1, stroke=0, fill=1)
    easel.setFillColorRGB(0.72, 0.75, 0.78)
    easel.ellipse(0.32, 0.37, 0.68, 0.87, stroke=0, fill=1)
    easel.wedge(0.06, -0.32, 0.94, 0.32, 0, 180, stroke=0, fill=1)
    return Form.of(easel.taken())


@cache
def no_seal(box: pdf.Box) -> Form:
    """The place of the seal on what carries none: a crossed frame that no reader takes for a symbol."""
    x, y, width, height = box
    left, foot, right, top = x + 2, y + 2, x + width - 2, y + height - 2
    easel = Canvas(width, height)
    easel.setStrokeGray(0.6)
    easel.setLineWidth(0.5)
    easel.rect(left, foot, right - left, top - foot)
    easel.lines([(left, foot, right, top), (left, top, right, foot)])
    return Form.of(easel.taken())


@cache
def specimen(layout: Layout, face: Face) -> Form:
    """The word SPECIMEN in outline along the diagonal, left out where machines read."""
    width, height = layout.page
    foot = (face.mrz.height + layout.bleed[1]) * POINTS_PER_MM if face.mrz else 0
    word = text.shape("SPECIMEN", style="bold")
    size = 0.8 * math.hypot(width, height - foot) / word.width
    easel = Canvas(width, height)
    eye = easel.beginPath()  # by the even-odd rule, which is ReportLab's own
    for box in ((0, 0, width, height), *map(layout.points, face.machine_zones(layout))):
        eye.rect(*box)
    easel.clipPath(eye, stroke=0, fill=0)
    easel.setStrokeGray(0.5)
    easel.setLineWidth(0.5 * fonts.latin("bold").units / size)
    easel.setLineJoin(1)
    easel.translate(width / 2, (height + foot) / 2)
    easel.rotate(math.degrees(math.atan2(height - foot, width) * 0.85))
    easel.addLiteral(text.outlines("SPECIMEN", -word.width * size / 2, -0.36 * size, size, style="bold"))
    return Form.of(easel.taken())
