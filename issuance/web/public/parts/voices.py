"""What the kiosk says aloud: `python -m issuance.web.public.parts.voices` makes the files, a sentence each.

espeak-ng speaks, opusenc packs. A file is named by what it says, so that no old file speaks for a new sentence. The
sentences are of the code and not of an office: the files lie beside the code, made by `.ci/setup.py` (ADR 0075).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as translated
from jinja2 import nodes

from issuance import document_types
from issuance.errors import Unfit
from issuance.web.frame import i18n
from issuance.web.frame.tongues import public_surface
from issuance.web.words.status import ANSWERS, MISSING, NOT_VALID, OTHER, REPORTED

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "voices"
TEMPLATES = ROOT / "templates" / "public" / "kiosk"
SPEAKER, PACKER = "espeak-ng", "opusenc"
PACE = 140
"""Words a minute: slower than espeak-ng's own 175, for who hears a second language."""

KBIT = 24


def name(language: str, sentence: str) -> str:
    """The name of the file that says a sentence."""
    digest = hashlib.sha256(f"{PACE} {KBIT} {sentence}".encode()).hexdigest()
    return f"{language}-{digest[:20]}.opus"


def sentences(language: str) -> list[str]:
    """Every sentence that the kiosk says aloud, in a language. Needs an application's context."""
    with force_locale(language):
        return list(dict.fromkeys(str(each) for each in _said()))


def _said() -> Iterator[Any]:
    for answer in (*ANSWERS.values(), REPORTED, NOT_VALID):
        yield from (answer.answer, *answer.now)
    yield from (*MISSING.values(), OTHER)
    for kind in document_types.load().values():
        yield from (i18n.localised(paper.text) for rules in kind.rules for paper in rules.evidence)
    yield from (translated(each) for path in sorted(TEMPLATES.glob("*.html")) for each in _in(path))


def _in(path: Path) -> Iterator[str]:
    """What a template of the kiosk hands to `said`: a sentence that stands there."""
    for call in public_surface.parsed(path).find_all(nodes.Call):
        if getattr(call.node, "name", "") == "said" and isinstance(call.args[0], nodes.Call):
            yield from (each.value for each in call.args[0].args if isinstance(each, nodes.Const))


def make(folder: Path = FOLDER, languages: Iterable[str] = ()) -> int:
    """Make the files that are not there, take away those that nobody asks for; how many there are then.

    Unfit names the program that is missing.
    """
    for program in (SPEAKER, PACKER):
        if shutil.which(program) is None:
            raise Unfit("%(program)s is not installed: the kiosk cannot speak.", program=program)
    app = Flask(__name__)
    i18n.init_app(app)
    with app.app_context():
        wanted = {
            folder / name(language, sentence): (language, sentence)
            for language in languages or i18n.of_everybody()
            for sentence in sentences(language)
        }
    folder.mkdir(parents=True, exist_ok=True)
    for path in set(folder.iterdir()) - set(wanted):
        path.unlink()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda path: path if path.exists() else _speak(path, *wanted[path]), wanted)
        return len(list(made))


def _speak(path: Path, language: str, sentence: str) -> Path:
    """Write one file, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        packed = Path(folder) / path.name
        spoken = subprocess.run(  # noqa: S603 - programs and sentences are ours
            [SPEAKER, "-b", "1", "-v", language, "-s", str(PACE), "--stdin", "--stdout"],
            input=sentence.encode(),
            capture_output=True,
            check=True,
        )
        pack = [PACKER, "--quiet", "--bitrate", str(KBIT), "--ignorelength", "-", str(packed)]
        subprocess.run(pack, input=spoken.stdout, capture_output=True, check=True)  # noqa: S603
        packed.chmod(0o644)
        return packed.replace(path)


def main() -> int:
    """Make the files; 1 when a program is missing."""
    try:
        made = make()
    except Unfit as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command for people
        return 1
    print(f"The kiosk says {made} sentences.")  # noqa: T201 - a command for people
    return 0


if __name__ == "__main__":
    sys.exit(main())
