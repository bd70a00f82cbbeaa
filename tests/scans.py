"""Scans for the tests: good ones of every kind, and those that must be refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image, PngImagePlugin

SECRET = "Ana Exemplu 44.43N"


@cache
def picture(kind: str, size: tuple[int, int] = (620, 877)) -> bytes:
    """A JPEG or PNG page that carries SECRET in its metadata."""
    out = io.BytesIO()
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", SECRET)
    more = {"pnginfo": note} if kind == "PNG" else {"comment": SECRET.encode(), "exif": _exif()}
    Image.new("RGB", size, "beige").save(out, kind, **more)
    return out.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    return exif.tobytes()


def pdf(*objects: bytes, catalog: bytes = b"", pages: int = 1, page: bytes = b"") -> bytes:
    """A PDF with so many pages, empty or with the words `page`; more objects are numbered from 100."""
    kids = b" ".join(b"%d 0 R" % (10 + number) for number in range(pages))
    numbered = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        2: b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        3: b"<< /Title (" + SECRET.encode() + b") >>",
    }
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] " + page + b" >>"
    numbered |= {10 + number: sheet for number in range(pages)}
    numbered |= {100 + number: data for number, data in enumerate(objects)}
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, data in numbered.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + data + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF" % (max(numbered) + 1, start)
    return bytes(out)


def stream(data: bytes, words: bytes = b"") -> bytes:
    """A compressed stream of a PDF."""
    packed = zlib.compress(data)
    return b"<< /Filter /FlateDecode /Length %d %b >>\nstream\n%b\nendstream" % (len(packed), words, packed)


SCRIPT = pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>", catalog=b"/OpenAction 100 0 R")
HIDDEN_SCRIPT = pdf(b"<< /S /J#61vaScript /JS (app.alert\\(1\\)) >>", catalog=b"/OpenAction 100 0 R")
PACKED_SCRIPT = pdf(
    stream(b"101 0 << /S /JavaScript /JS (x) >>", b"/Type /ObjStm /N 1 /First 6"), catalog=b"/OpenAction 101 0 R"
)
LAUNCH = pdf(b"<< /S /Launch /F (cmd.exe) >>", catalog=b"/OpenAction 100 0 R")
FILE_WITHIN = pdf(
    stream(b"MZ", b"/Type /EmbeddedFile"),
    b"<< /Type /Filespec /F (a.exe) /EF << /F 100 0 R >> >>",
    catalog=b"/Names << /EmbeddedFiles << /Names [(a.exe) 101 0 R] >> >>",
)


def page_that_never_ends() -> bytes:
    """A PDF of a few kilobytes whose page draws for hours: each of its forms draws the one before sixty times."""
    words = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    forms = [stream(b"0 0 595 842 re f\n" * 60, words)]
    for inner in range(8):
        forms.append(stream(b"/X Do\n" * 60, words + b" /Resources << /XObject << /X %d 0 R >> >>" % (100 + inner)))
    page = b"/Contents 109 0 R /Resources << /XObject << /X 108 0 R >> >>"
    return pdf(*forms, stream(b"/X Do\n" * 60), page=page)


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises very many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf_of_pixels(width: int, height: int) -> bytes:
    """A PDF whose one picture has so many pixels, in a few kilobytes."""
    packer = zlib.compressobj(9)
    row = b"\0" * width
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    words = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
    image = b"<< /Filter /FlateDecode /Length %d %b >>\nstream\n%b\nendstream" % (
        len(packed),
        words % (width, height),
        packed,
    )
    page = b"/Contents 101 0 R /Resources << /XObject << /X 100 0 R >> >>"
    return pdf(image, stream(b"595 0 0 842 0 0 cm /X Do"), page=page)


def archive() -> bytes:
    """A zip bomb: a hundred megabytes of nothing in a hundred kilobytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", b"\0" * 100_000_000)
    return out.getvalue()
