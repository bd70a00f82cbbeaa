"""The seal or the bar code on a picture of a document."""

from __future__ import annotations

import zxingcpp
from PIL import Image

_SEAL, _NUMBER = zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128
_FORMATS = zxingcpp.BarcodeFormats([_SEAL, _NUMBER])
_MOST_PIXELS = 4_000_000
"""Above so many a picture is not looked at once more at twice its size."""


def read(picture: Image.Image) -> bytes | str | None:
    """The bytes of the seal, else the text of the bar code, None when neither is seen.

    A second look at twice the size reads the few that are missed when their modules are small.
    """
    grey = picture.convert("L")
    for look in (1, 2):
        if look == 2 and grey.width * grey.height > _MOST_PIXELS:
            return None
        seen = grey if look == 1 else grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)
        found = sorted(zxingcpp.read_barcodes(seen, formats=_FORMATS), key=lambda one: one.format != _SEAL)
        if found:
            return bytes(found[0].bytes) if found[0].format == _SEAL else str(found[0].text)
    return None
