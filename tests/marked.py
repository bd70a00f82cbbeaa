"""Pictures and papers that carry a mark in every place beside their pixels in which a camera or a program writes."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageCms, PngImagePlugin

from tests import scans

MARK = "Marcu 44.4268N 26.1025E"
"""What a camera writes of its owner and of the place."""
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:li>{MARK}</rdf:li></rdf:RDF></x:xmpmeta>'.encode()
FORMS = tuple(MARK.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))


def exif() -> bytes:
    """EXIF with whose camera it is, a comment, a place by GPS, and a small picture."""
    found = Image.Exif()
    found[0x010F], found[0x013B], found[0x9C9D] = MARK, MARK, MARK.encode("utf-16-le")
    places = found.get_ifd(0x8825)
    places[1], places[2], places[3], places[4], places[29] = "N", (44.0, 25.0, 36.0), "E", (26.0, 6.0, 9.0), MARK
    found.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + MARK.encode()
    return found.tobytes()


def profile() -> bytes:
    """A colour profile that is right, and says more behind its end."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + MARK.encode()


def jpeg(picture: Image.Image) -> bytes:
    """EXIF, XMP, IPTC, a profile, a comment, an unknown segment, and a film behind the end."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92, exif=exif(), icc_profile=profile(), comment=MARK.encode(), xmp=XMP)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(MARK)) + MARK.encode()
    more = b"".join(_segment(marker, data) for marker, data in ((0xED, iptc), (0xEB, b"JP\0\1" + MARK.encode())))
    return out.getvalue()[:2] + more + out.getvalue()[2:] + b"\0\0\0\x18ftypmp42" + MARK.encode()


def _segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes((marker,)) + struct.pack(">H", len(data) + 2) + data


def png(picture: Image.Image) -> bytes:
    """Texts of three kinds, XMP, EXIF, a profile, and bytes behind the end."""
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", MARK)
    note.add_text("Author", MARK, zip=True)
    note.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=False)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=note, exif=exif(), icc_profile=profile())
    return out.getvalue() + MARK.encode()


def avif(picture: Image.Image) -> bytes:
    """EXIF, XMP and a profile."""
    out = io.BytesIO()
    picture.save(out, "AVIF", exif=exif(), xmp=XMP, icc_profile=profile())
    return out.getvalue()


def pdf() -> bytes:
    """A title, XMP, a remark beside the page, and words under the picture."""
    page = (
        b"/Contents 101 0 R /Annots [<< /Type /Annot /Subtype /Text /Rect [9 9 30 30] /Contents (" + FORMS[0] + b") >>]"
    )
    packed = zlib.compress(XMP)
    data = b"<< /Type /Metadata /Subtype /XML /Filter /FlateDecode /Length %d >>" % len(packed)
    streams = (data + b"\nstream\n" + packed + b"\nendstream", scans.stream(b"1 0 0 rg 0 0 595 842 re f"))
    return scans.pdf(*streams, catalog=b"/Metadata 100 0 R", page=page).replace(scans.SECRET.encode(), FORMS[0])


def found_in(data: bytes) -> list[bytes]:
    """The forms of the mark that stand in a file, as it is and in every part of it that is packed."""
    whole = b"\0".join((data, *_unpacked(data)))
    return [form for form in FORMS if form in whole]


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Everything in a file that begins like a stream of zlib and is one."""
    at = data.find(b"\x78")
    while at >= 0:
        if data[at + 1 : at + 2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[at:], 10_000_000)
        at = data.find(b"\x78", at + 1)


def parts_of(data: bytes) -> set[str]:
    """What a picture consists of: the markers of a JPEG, the chunks of a PNG."""
    return set(_markers(data) if data.startswith(b"\xff\xd8") else _chunks(data))


def _markers(data: bytes) -> Iterator[str]:
    at = 2
    while at < len(data):
        assert data[at] == 0xFF
        marker = data[at + 1]
        if marker == 0xD9:
            assert at + 2 == len(data), "something stands behind the end"
            return
        yield f"{marker:02X}"
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            while data[at] != 0xFF or data[at + 1] in (0, *range(0xD0, 0xD8)):
                at += 1
    raise AssertionError("it has no end")


def _chunks(data: bytes) -> Iterator[str]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8].decode()
        yield name
        at += 12 + length
