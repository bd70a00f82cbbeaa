"""What rivals do who sign the seal and draw its symbol themselves: cryptography and zxing-cpp, as their users would.

Runs in the rivals' environment: it has these two, and the standard library.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace

import zxingcpp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.bench.pages import Page

_KEY = ec.derive_private_key(20261121, ec.SECP256R1())  # that of `records.Signer`
_ALGORITHM = ec.ECDSA(hashes.SHA256())
_SIGNATURE = bytes((0xFF, 64))


def sealed(pages: Sequence[Page]) -> list[Page]:
    """The pages, each with a symbol that was made just now."""
    return [replace(page, symbol=_symbol(page)) if page.to_sign else page for page in pages]


def _symbol(page: Page) -> bytes:
    """The PNG of the seal's DataMatrix, a pixel a module."""
    to_sign = bytes.fromhex(page.to_sign)
    r, s = decode_dss_signature(_KEY.sign(to_sign, _ALGORITHM))
    data = to_sign + _SIGNATURE + r.to_bytes(32, "big") + s.to_bytes(32, "big")
    symbol = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.DataMatrix, version=page.size, eci="Unknown")
    pixels = memoryview(zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False))
    side, grey = pixels.shape[0], bytes(pixels)
    rows = b"".join(b"\0" + grey[start : start + side] for start in range(0, side * side, side))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
