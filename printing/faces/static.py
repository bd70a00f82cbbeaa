"""What all documents of a type share besides their ground: labels, captions, the type's own words, signs.

Nothing of a person is in it, so each is made once a process and kept.
"""

from __future__ import annotations

import math
from functools import cache

from printing.content import Template
from printing.faces import fields
from printing.faces.layout import Face, Layout
from printing.pages import fonts, pdf, text
from printing.pages.pdf import POINTS_PER_MM, Form, Ops


def fixed(layout: Layout, face: Face, template: Template) -> Form:
    """Labels, captions and the type's own words."""
    return _fixed(layout, face, template.document_type, tuple(template.texts.items()))


@cache
def _fixed(layout: Layout, face: Face, document_type: str, words: tuple[tuple[str, str], ...]) -> Form:
    drawn = [ops for label in face.labels for ops in fields.typeset(layout, label, label.text, f"label {label.text!r}")]
    drawn += [fields.caption(layout, value) for value in face.values if value.caption and not value.optional]
    texts = {f"text.{name}": said for name, said in words}
    for value in face.values:
        if value.of_the_type:
            drawn.append(fields.set_value(layout, value, fields.content_of(value, texts, document_type)))
    if face.chip_symbol:
        drawn.append(_chip_symbol(layout.points(face.chip_symbol)))
    return Form.of(pdf.joined((Ops("0 g"), *drawn)))


def _chip_symbol(box: pdf.Box) -> Ops:
    """The sign of a document with a contactless chip (Doc 9303-9, 2.3), in a box of proportion 9 : 5.25."""
    x, y, width, height = box
    return Ops(
        f"q {width / 9:.4f} 0 0 {height / 5.25:.4f} {x:.3f} {y:.3f} cm 0.62 w 0.31 0.31 8.38 4.63 re S\n"
        "0 2.31 3 0.63 re 6 2.31 3 0.63 re f 5.9 2.625 m 5.9 3.4 5.27 4.02 4.5 4.02 c 3.73 4.02 3.1 3.4 3.1 2.625 c "
        "3.1 1.85 3.73 1.23 4.5 1.23 c 5.27 1.23 5.9 1.85 5.9 2.625 c s Q"
    )


@cache
def silhouette(box: pdf.Box) -> Form:
    """The place of a portrait in a specimen without one: a grey head and shoulders, in unit coordinates."""
    x, y, width, height = box
    return Form.of(
        Ops(
            f"q {width:.3f} 0 0 {height:.3f} {x:.3f} {y:.3f} cm 0.87 0.89 0.91 rg 0 0 1 1 re f 0.72 0.75 0.78 rg\n"
            "0.28 0.6 m 0.28 0.95 0.72 0.95 0.72 0.6 c 0.72 0.3 0.28 0.3 0.28 0.6 c f\n"
            "0.06 0 m 0.06 0.25 0.25 0.32 0.5 0.32 c 0.75 0.32 0.94 0.25 0.94 0 c f Q"
        )
    )


@cache
def no_seal(box: pdf.Box) -> Form:
    """The place of the seal on what carries none: a crossed frame that no reader takes for a symbol."""
    x, y, width, height = box
    return Form.of(
        Ops(
            f"q 0.6 G 0.5 w {x + 2:.2f} {y + 2:.2f} {width - 4:.2f} {height - 4:.2f} re S {x + 2:.2f} {y + 2:.2f} m "
            f"{x + width - 2:.2f} {y + height - 2:.2f} l S {x + 2:.2f} {y + height - 2:.2f} m "
            f"{x + width - 2:.2f} {y + 2:.2f} l S Q"
        )
    )


@cache
def specimen(layout: Layout, face: Face) -> Form:
    """The word SPECIMEN in outline along the diagonal, left out where machines read."""
    width, height = layout.page
    foot = (face.mrz.height + layout.bleed[1]) * POINTS_PER_MM if face.mrz else 0
    word = text.shape("SPECIMEN", style="bold")
    angle = math.atan2(height - foot, width) * 0.85
    size = 0.8 * math.hypot(width, height - foot) / word.width
    cos, sin = math.cos(angle), math.sin(angle)
    unit = fonts.latin("bold").units / size
    return Form.of(
        Ops(
            f"q {layout.clip_to_eye(face)} 0.35 G {0.5 * unit:.2f} w 1 j\n"
            f"{cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {width / 2:.2f} {(height + foot) / 2:.2f} cm\n"
            f"{text.outlines('SPECIMEN', -word.width * size / 2, -0.36 * size, size, style='bold')}\nQ"
        )
    )
