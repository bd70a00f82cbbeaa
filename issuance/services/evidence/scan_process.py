"""The process that reads one scan which somebody sent, run by `scans` as a file of its own: it may crash, not hang.

The kind is its argument, the scan its input, its output the number of pages, a line feed and the clean scan. What it
refuses is one code in its output and REFUSED as its end. A clean scan is pixels that were drawn anew: no metadata, no
script, nothing hidden under the picture comes through.
"""

from __future__ import annotations

import io
import math
import re
import resource
import sys
import zlib
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw
from PIL import Image, ImageOps

MEMORY = 1_500_000_000
"""Bytes of address space: 40 megapixels in two copies, or a page of a PDF, beside the libraries."""
CPU_SECONDS = 20
REFUSED = 3

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 3_508
"""Pixels that are kept: A4 at 300 dots per inch."""
MOST_PAGES = 20
PAGE_PIXELS = 4_000_000
"""Of a page of a PDF: A4 at 200 dots per inch."""
DPI = 200
POINTS = 72
QUALITY = 80
MOST_UNPACKED = 50_000_000

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFile|FileAttachment|RichMedia|SubmitForm|ImportData|GoToE|Rendition)"
)
"""What a PDF does beside being looked at, by the names of ISO 32000-1, 12.6 and 7.11."""
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PACKED = re.compile(rb"/ObjStm\b[^>]{0,1000}>>\s*stream\r?\n", re.DOTALL)


class Refused(Exception):
    """Why a scan is not taken, by code."""


def clean_picture(data: bytes) -> tuple[int, bytes]:
    """A JPEG or PNG as JPEG, upright and on white paper; its size is judged before a pixel is decoded."""
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise Refused("pixels")
        if picture.mode not in MODES:
            raise Refused("damaged")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
        return 1, _jpeg(_on_white(ImageOps.exif_transpose(picture)))


def _on_white(picture: Image.Image) -> Image.Image:
    has_gaps = picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info
    drawn = picture.convert("RGBA" if has_gaps else "RGB")
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB") if has_gaps else drawn


def _jpeg(picture: Image.Image) -> bytes:
    picture.info.clear()  # Pillow would carry comment and profile over
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=QUALITY)
    return output.getvalue()


def clean_pdf(data: bytes) -> tuple[int, bytes]:
    """A PDF as a new one whose pages are pictures of the old ones."""
    if any(ACTIVE.search(ESCAPED.sub(_unescaped, part)) for part in (data, *_unpacked(data))):
        raise Refused("active")
    document = _opened(data)
    _check_still(document)
    if len(document) > MOST_PAGES:
        raise Refused("pages")
    document.init_forms()  # what was typed into the boxes of a form is drawn with it
    drawn = pypdfium2.PdfDocument.new()
    for number in range(len(document)):
        _add_page(drawn, *_drawn(document[number]))
    output = io.BytesIO()
    drawn.save(output)
    return len(document), output.getvalue()


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _unpacked(data: bytes) -> Iterator[bytes]:
    """What the object streams of a PDF hold, as far as memory goes."""
    left = MOST_UNPACKED
    for found in PACKED.finditer(data):
        try:
            part = zlib.decompressobj().decompress(data[found.end() :], left)
        except zlib.error:
            continue
        left -= len(part)
        yield part
        if left <= 0:
            raise Refused("limits")


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
        raise Refused("password" if locked else "damaged") from error


def _check_still(document: pypdfium2.PdfDocument) -> None:
    """Refused when the library itself sees a script, a file within, or a form that is a program (XFA)."""
    scripts = pypdfium2.raw.FPDFDoc_GetJavaScriptActionCount(document)
    files = pypdfium2.raw.FPDFDoc_GetAttachmentCount(document)
    xfa = (pypdfium2.raw.FORMTYPE_XFA_FULL, pypdfium2.raw.FORMTYPE_XFA_FOREGROUND)
    if scripts > 0 or files > 0 or document.get_formtype() in xfa:
        raise Refused("active")


def _drawn(page: pypdfium2.PdfPage) -> tuple[Image.Image, float]:
    """The picture of a page, and how many of its pixels are a point."""
    width, height = page.get_size()
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise Refused("damaged")
    scale = min(DPI / POINTS, math.sqrt(PAGE_PIXELS / (width * height)), LONGEST_SIDE / max(width, height))
    return page.render(scale=scale).to_pil().convert("RGB"), scale


def _add_page(document: pypdfium2.PdfDocument, picture: Image.Image, scale: float) -> None:
    width, height = picture.width / scale, picture.height / scale
    page = document.new_page(width, height)
    image = pypdfium2.PdfImage.new(document)
    image.load_jpeg(io.BytesIO(_jpeg(picture)), inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
    page.insert_obj(image)
    page.gen_content()
    page.close()


def _limit() -> None:
    """From here on this process ends sooner than it harms the server."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))


def main() -> int:
    """Clean what is sent; the code of a refusal and REFUSED for what is not taken."""
    _limit()
    data, clean = sys.stdin.buffer.read(), {"pdf": clean_pdf}.get(sys.argv[1], clean_picture)
    try:
        pages, made = clean(data)
    except Refused as refusal:
        return _refuse(str(refusal))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _refuse("pixels")
    except MemoryError:
        return _refuse("limits")
    except Exception:  # decoders raise whatever a malformed file leads them to
        return _refuse("damaged")
    sys.stdout.buffer.write(b"%d\n" % pages + made)
    return 0


def _refuse(code: str) -> int:
    sys.stdout.write(code)
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
