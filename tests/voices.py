"""What the kiosk says aloud, made for a test: what set-up made before is taken over, as it takes a minute."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from issuance.web.public.parts import voices
from tests.counterparts import require


def spoken(folder: Path, languages: Iterable[str] = ()) -> Path:
    """The folder with every sentence of these languages, or of all."""
    for program in (voices.SPEAKER, voices.PACKER):
        require(program, "it makes what the kiosk says")
    if voices.FOLDER.is_dir():
        shutil.copytree(voices.FOLDER, folder)
    assert voices.make(folder, languages) == len(list(folder.iterdir()))
    return folder
