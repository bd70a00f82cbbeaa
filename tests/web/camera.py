"""What a camera reads from a page."""

from __future__ import annotations

import re

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw
from werkzeug.test import TestResponse


def read_code(answer: TestResponse) -> str:
    """The QR code on the page, drawn as a browser does."""
    picture, scale = Image.new("L", (800, 800), 255), 8
    path = re.search(r'shape-rendering="crispEdges"><path d="([^"]+)"', answer.text)
    assert path
    for box in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-", path[1]):
        x, y, width, height = (float(each) * scale for each in box)
        ImageDraw.Draw(picture).rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    (code,) = zxingcpp.read_barcodes(np.asarray(picture), formats=zxingcpp.BarcodeFormat.QRCode)
    return str(code.text)
