"""Our faces as the rivals get them: every text measured and placed, every symbol drawn beforehand.

Guilloche, ghost and fine line are left out, and so is the fitting of long names: that is to their advantage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from PIL import Image, ImageFont

from printing.content import DocumentContent, mrz_of
from printing.faces import layout
from printing.faces.inks import values
from printing.faces.plan import OCR_B_BEARING, OCR_B_MIDDLE, OCR_B_PITCH, OCR_B_SIZE
from printing.pages import symbols
from printing.pages.pdf import POINTS_PER_MM
from printing.seals.profiles import PROFILES
from tests.bench import records
from tests.bench.pages import Box, Text

NOTO = Path("/usr/share/fonts/truetype/noto")
OCR_B = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
STYLES = {"regular": "NotoSans-Regular.ttf", "bold": "NotoSans-Bold.ttf", "italic": "NotoSans-Italic.ttf"}
LEADING = 1.2
MODULE_PIXELS = 4


def prepare(folder: Path, kind: str, count: int) -> None:
    """Write `KIND.faces.json`, `KIND.pages.jsonl` and the symbols of the first `count` records."""
    (folder / "symbols").mkdir(exist_ok=True)
    fonts = _fonts(folder)
    chosen = layout.load(records.template(kind).layout)
    printed = values(records.record(folder, kind, 0).content, records.template(kind))
    faces = [_face(chosen, face, printed, fonts) | _boxes(chosen, face, kind) for face in chosen.faces]
    (folder / f"{kind}.faces.json").write_text(json.dumps(faces), "utf-8")
    signer = records.Signer()
    with (folder / f"{kind}.pages.jsonl").open("w", encoding="utf-8") as file:
        for index, content in enumerate(records.contents(folder, kind, 0, count)):
            symbol = folder / "symbols" / f"{index:05}.png"
            if sealed := records.sealed(content, records.template(kind), signer):
                _symbol(sealed, records.template(kind).seal or "").save(symbol)
            page = _page(chosen, content, kind, records.portrait(folder, index), symbol)
            file.write(json.dumps(page | _to_sign(content, kind)) + "\n")


def _page(chosen: layout.Layout, content: DocumentContent, kind: str, picture: Path, symbol: Path) -> Any:
    texts = [list(_personal(chosen, face, content, kind)) for face in chosen.faces]
    return {"texts": texts, "portrait": str(picture), "symbol": str(symbol)}


def _to_sign(content: DocumentContent, kind: str) -> dict[str, Any]:
    """For those that make the symbol themselves: what is signed, and the number of the symbol's size in zxing-cpp."""
    template = records.template(kind)
    if template.seal is None:
        return {"to_sign": "", "size": 0}
    size = symbols.DATA_MATRIX_SIZES.index(PROFILES[template.seal].modules) + 1
    return {"to_sign": records.encoded(content, template, records.Signer()).hex(), "size": size}


def _face(
    chosen: layout.Layout, face: layout.Face, printed: Mapping[str, str], fonts: dict[str, str]
) -> dict[str, Any]:
    width, height = chosen.page
    fixed = list(_fixed(chosen, face, printed))
    ascents = {style: _ascent(path) for style, path in fonts.items()}
    return {"width": width, "height": height, "fixed": fixed, "fonts": fonts, "ascents": ascents}


def _boxes(chosen: layout.Layout, face: layout.Face, kind: str) -> dict[str, Box | None]:
    symbol = _symbol_box(chosen.points(face.seal), kind) if face.seal else None
    return {"portrait": chosen.points(face.portrait) if face.portrait else None, "symbol": symbol}


def _fixed(chosen: layout.Layout, face: layout.Face, printed: Mapping[str, str]) -> Iterator[Text]:
    """Labels, captions, and the words of the type."""
    for label in face.labels:
        yield from _lines(chosen, label, label.text)
    for value in face.values:
        words = printed.get(value.value, "")
        if value.caption and words:
            x, y, _, height = chosen.points(value.box)
            size = chosen.caption_size
            yield Text(x, y + height - 0.95 * size, size, "regular", " / ".join(value.caption))
        if value.value.startswith("text.") and words:
            yield from _lines(chosen, value, words if value.part is None else words.split(" / ")[value.part])


def _personal(chosen: layout.Layout, face: layout.Face, content: DocumentContent, kind: str) -> Iterator[Text]:
    printed = values(content, records.template(kind))
    for value in face.values:
        if not value.value.startswith("text."):
            words = printed[value.value].upper() if value.upper else printed[value.value]
            yield from _lines(chosen, value, words)
    zone = mrz_of(content, records.template(kind))
    lines = zone.to_lines() if zone and face.mrz else ()
    for index, line in enumerate(reversed(lines)):
        assert face.mrz
        yield _ocr_b(chosen, line, face.mrz.left, face.mrz.foot + index * face.mrz.spacing)
    if face.access_number:
        yield _ocr_b(chosen, content.access_number, face.access_number.left, face.access_number.foot)


def mrz_places(chosen: layout.Layout, face: layout.Face) -> list[tuple[float, float]]:
    """Where the lines of the zone begin, x and y of the baseline in points, from the top line down."""
    assert face.mrz
    count = 3 if chosen.width < 100 else 2  # TD1 stands on cards only
    starts = [_ocr_b(chosen, "", face.mrz.left, face.mrz.foot + at * face.mrz.spacing) for at in range(count)]
    return [(start.x, start.y) for start in reversed(starts)]


def _ocr_b(chosen: layout.Layout, words: str, left: float, foot: float) -> Text:
    x = (chosen.bleed[0] + left) * POINTS_PER_MM - OCR_B_BEARING * OCR_B_SIZE
    y = (chosen.bleed[1] + foot) * POINTS_PER_MM - OCR_B_MIDDLE * OCR_B_SIZE
    return Text(x, y, OCR_B_PITCH / 0.723, "ocr_b", words)


def _lines(chosen: layout.Layout, how: layout.Type, words: str) -> Iterator[Text]:
    """The text in lines of its box; one that is too wide for one line is set smaller, as ours does it."""
    x, y, width, _ = chosen.points(how.box)
    broken = [""]
    for word in words.split():
        longer = f"{broken[-1]} {word}".strip()
        if len(broken) < how.lines and broken[-1] and _width(longer, how) > width:
            broken.append(word)
        else:
            broken[-1] = longer
    size = min(how.size, how.size * width / max(1, *(_width(line, how) for line in broken)))
    for index, line in enumerate(reversed(broken)):
        if line:
            room = width - _width(line, how) * size / how.size
            start = x + room * {"left": 0, "centre": 0.5, "right": 1}[how.align]
            yield Text(start, y + how.drop * how.size + index * LEADING * size, size, how.style, line)


def _width(words: str, how: layout.Type) -> float:
    return _measure(how.style).getlength(words) * how.size / 1000


@cache
def _measure(style: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(NOTO / STYLES[style], 1000)


def _symbol(sealed: bytes, profile: str) -> Image.Image:
    modules = _modules(sealed, profile, (0, 0, 100, 100))
    rows = np.unpackbits(np.frombuffer(modules.rows, np.uint8).reshape(modules.side, -1), axis=1)[:, : modules.side]
    side = modules.side * MODULE_PIXELS
    return (
        Image.fromarray((255 - 255 * rows).astype(np.uint8)).resize((side, side), Image.Resampling.NEAREST).convert("1")
    )


def _symbol_box(room: tuple[float, float, float, float], kind: str) -> tuple[float, float, float, float]:
    return _modules(b"", records.template(kind).seal or "", room).box


def _modules(data: bytes, profile: str, room: tuple[float, float, float, float]) -> Any:
    chosen = PROFILES[profile]
    return symbols.data_matrix(data or b"x", chosen.modules, room, chosen.module_mm)


def _ascent(path: str) -> tuple[float, float]:
    with TTFont(path) as font:
        units = font["head"].unitsPerEm
        return font["hhea"].ascent / units, -font["hhea"].descent / units


def _fonts(folder: Path) -> dict[str, str]:
    """The font files by style; OCR-B as TrueType, since ReportLab refuses outlines of its kind."""
    converted = folder / "fonts" / "OCRB.ttf"
    if not converted.exists():
        converted.parent.mkdir()
        for name in STYLES.values():
            (converted.parent / name).write_bytes((NOTO / name).read_bytes())
        _as_truetype(OCR_B, converted)
        conf = f"<fontconfig><dir>{converted.parent}</dir><cachedir>{converted.parent}</cachedir></fontconfig>"
        converted.with_name("fonts.conf").write_text(f'<?xml version="1.0"?>{conf}', "utf-8")
    fonts = {style: str(converted.parent / name) for style, name in STYLES.items()}
    return fonts | {"ocr_b": str(converted)}


def _as_truetype(source: Path, out: Path) -> None:
    with TTFont(source) as font:
        glyphs = font.getGlyphSet()
        drawn = {}
        for name in font.getGlyphOrder():
            pen = TTGlyphPen(glyphs)
            glyphs[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
            drawn[name] = pen.glyph()
        font["glyf"], font["loca"] = newTable("glyf"), newTable("loca")
        font["glyf"].glyphOrder, font["glyf"].glyphs = font.getGlyphOrder(), drawn
        _finish(font)
        font.save(out)


def _finish(font: TTFont) -> None:
    """The tables that TrueType outlines need, without those of the others."""
    maximum = font["maxp"]
    maximum.tableVersion = 0x00010000
    for name in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
                 "maxStackElements", "maxSizeOfInstructions"):  # fmt: skip
        setattr(maximum, name, 0)
    maximum.maxZones = 1
    maximum.maxComponentElements = 0
    font["post"].formatType = 2.0
    font["post"].extraNames, font["post"].mapping = [], {}
    font.sfntVersion = "\000\001\000\000"
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
