"""Prepare this machine for `make run` or `make test`; run by the system's Python, standard library only.

Installs Debian packages when it may (root, apt-get), makes `.venv`, and installs the hash-locked Python packages. What
cannot be installed is listed with what its absence switches off. Done steps are stamped in `.venv` by the digest of
their lock, so that a second start only compares.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
REAL_ENCODERS = "real chip encoders (the simulated one works)"
PEER_OF_CHANNEL = "the tests of the secure channel against another client"
VOICE = "the voice of the kiosk (its text stays)"
FACES = "finding the face in a portrait: its findings and the proposed crop (the clerk does it by eye); reading HEIC"
MESH = "the findings about the head's turn, eyes, mouth and light (the clerk looks by eye)"


SPOKEN = (
    "issuance/web/public/parts/voices.py",
    "issuance/web/words/status.py",
    "issuance/document_types/*.toml",
    "templates/public/kiosk/*.html",
    "translations/*/LC_MESSAGES/messages.po",
)
"""What says which sentences the kiosk speaks, and how."""


@dataclass(frozen=True)
class Unpacked:
    """Debian packages that are unpacked in `.venv`, in a folder of the first one's name, and not installed: `why`."""

    packages: tuple[str, ...]
    why: str
    switches_off: str


VIRTUAL_READER = Unpacked(("vsmartcard-vpcd",), "it would listen on all addresses", "the tests of chips behind pcscd")
ANNOUNCER = Unpacked(
    ("avahi-daemon", "libavahi-core7", "libdaemon0"),
    "it would announce this machine in its network",
    "the tests of finding printers",
)

JUDGE = Unpacked(
    ("prometheus",), "it would watch this machine", "the tests of figures and alerts by Prometheus' own program"
)

CARRIER = Unpacked(
    ("kannel", "kannel-extras", "libmariadb3", "libpcre3", "libhiredis0.14", "libct4"),
    "it would listen on all addresses, and send",
    "the tests of SMS through a real gateway",
)


@dataclass(frozen=True)
class Need:
    """A Debian package; it is there when `evidence` is: a program on the PATH, or a file by absolute glob."""

    package: str
    evidence: str
    switches_off: str

    @property
    def present(self) -> bool:
        """Whether the machine has it, however it was installed."""
        return bool(glob.glob(self.evidence) if self.evidence.startswith("/") else shutil.which(self.evidence))


VENV_NEED = Need("python3-venv", f"{sysconfig.get_path('stdlib')}/ensurepip/__main__.py", "everything")
ENCODER_NEEDS = (
    Need("libpcsclite-dev", "/usr/include/PCSC/winscard.h", REAL_ENCODERS),
    Need("gcc", "gcc", REAL_ENCODERS),
    Need("libc6-dev", "/usr/include/stdlib.h", REAL_ENCODERS),
    Need("python3-dev", f"{sysconfig.get_path('include')}/Python.h", REAL_ENCODERS),
)
VOICE_NEEDS = (Need("espeak-ng", "espeak-ng", VOICE), Need("opus-tools", "opusenc", VOICE))
RUN_NEEDS = (
    VENV_NEED,
    *ENCODER_NEEDS,
    Need("fonts-ocr-b", "/usr/share/fonts/opentype/ocr-b/OCRB.otf", "every document with a machine readable zone"),
    Need("fonts-noto-core", "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "every document and receipt"),
    *VOICE_NEEDS,
)
TEST_NEEDS = (
    Need(
        "fonts-noto-cjk",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "the tests of Chinese, Korean and Japanese names",
    ),
    Need("poppler-utils", "pdftoppm", "the tests that measure PDFs with another program"),
    *(
        Need(package, program, "the tests that open PDFs with other programs")
        for package, program in (("mupdf-tools", "mutool"), ("ghostscript", "gs"), ("qpdf", "qpdf"))
    ),
    Need("cups-ipp-utils", "ippeveprinter", "the tests against a real IPP printer"),
    Need("dbus", "dbus-run-session", "the tests against a real IPP printer"),
    Need("cups-daemon", "/usr/sbin/cupsd", "the tests of printing through CUPS"),
    Need("cups-client", "/usr/sbin/lpadmin", "the tests of printing through CUPS"),
    Need("cups-core-drivers", "/usr/lib/cups/filter/pdftopdf", "the tests of printing through CUPS"),
    Need("chromium", "chromium", "the browser tests"),
    Need("ffmpeg", "ffmpeg", "the browser tests with a camera"),
    Need("iproute2", "ip", "the tests of chips behind the real pcscd, and of finding printers"),
    Need("pcscd", "/usr/sbin/pcscd", "the tests of chips behind the real pcscd"),
    Need("libeac3", "/usr/lib/*/libeac.so.3", "the tests of PACE against OpenPACE"),
    Need("softhsm2", "softhsm2-util", "the tests against a real PKCS#11 token"),
    Need("openssl", "openssl", "the tests of certificates and signatures by another program"),
    Need("postgresql", "/usr/lib/postgresql/*/bin/initdb", "the tests on PostgreSQL"),
    Need("systemd", "systemd-analyze", "the tests of the units"),
    *(
        Need(package, evidence, "the tests of the words of the public pages")
        for package, evidence in (
            ("hunspell", "hunspell"),
            ("hunspell-ro", "/usr/share/hunspell/ro_RO.dic"),
            ("hunspell-en-us", "/usr/share/hunspell/en_US.dic"),
            ("hunspell-fr", "/usr/share/hunspell/fr_FR.dic"),
            ("hunspell-uk", "/usr/share/hunspell/uk_UA.dic"),
            ("hunspell-ar", "/usr/share/hunspell/ar.dic"),
        )
    ),
    Need("docker-compose", "docker-compose", "the test of the compose file"),
)


def succeeds(*command: str | Path) -> bool:
    """Run `command`, its output shown; whether it ended well."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode == 0


def install_packages(packages: list[str]) -> None:
    """Install Debian packages, as far as apt-get can."""
    print(f"Installing with apt-get: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=60", *command]
        done = subprocess.run(apt, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"apt-get {command[0]} failed:\n{done.stderr.strip()}", flush=True)


def provide(needs: tuple[Need, ...], *, may_install: bool) -> list[Need]:
    """Install what is missing when allowed; what is still missing afterwards."""
    missing = [need for need in needs if not need.present]
    if missing and may_install:
        install_packages([need.package for need in missing])
        missing = [need for need in missing if not need.present]
    return missing


def report(missing: list[Need]) -> None:
    """Say plainly what is missing and what that switches off."""
    if not missing:
        return
    print("Missing on this machine (Debian package: switched off without it)")
    for need in missing:
        print(f"  {need.package}: {need.switches_off}")
    print(f"To switch it on: sudo apt-get install {' '.join(need.package for need in missing)}", flush=True)


def stamp(name: str, *contents: bytes) -> tuple[Path, str]:
    """The stamp file of step `name` and what it holds once the step was done for `contents`."""
    interpreter = f"{sys.version_info[:2]} {sys.base_prefix} {ROOT}".encode()
    return VENV / f"{name}.stamp", hashlib.sha256(b"\0".join((interpreter, *contents))).hexdigest()


def is_done(step: tuple[Path, str]) -> bool:
    """Whether the step was done before with the same contents."""
    path, digest = step
    return path.exists() and path.read_text() == digest


def mark_done(step: tuple[Path, str]) -> None:
    """Remember that the step was done."""
    path, digest = step
    path.write_text(digest)


def make_venv() -> bool:
    """A fresh `.venv` with uv from its own lock: it installs the other locks several times faster than pip."""
    lock = ROOT / "requirements-setup.txt"
    step = stamp("venv", lock.read_bytes())
    if is_done(step) and PYTHON.exists():
        return True
    if VENV.is_symlink():
        print(f"{VENV.name} belongs to another folder, {VENV.resolve()}: remove the link, or run this there.")
        return False
    print("Making the virtual environment in .venv", flush=True)
    made = succeeds(sys.executable, "-m", "venv", "--clear", VENV) and with_pip(lock)
    if made:
        mark_done(step)
    return made


def with_pip(lock: Path) -> bool:
    """Install `lock` by pip, which knows the settings of an office's own mirror."""
    pip = (PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile", "--no-deps")
    return succeeds(*pip, "--require-hashes", "-r", lock)


def with_uv(lock: Path) -> bool:
    """Install `lock` by uv; what must be built here is built with tools that are in the lock too."""
    uv = (VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON)
    return succeeds(*uv, "--require-hashes", "--build-constraint", lock, "-r", lock)


def install_lock(name: str, *installers: Callable[[Path], bool]) -> bool:
    """Install `name`.txt by the first installer that can; True when it is in."""
    lock = ROOT / f"{name}.txt"
    step = stamp(name, lock.read_bytes())
    if is_done(step):
        return True
    print(f"Installing {lock.name}", flush=True)
    installed = any(install(lock) for install in installers)
    if installed:
        mark_done(step)
    return installed


def install_extra(name: str, what: str, switches_off: str, *installers: Callable[[Path], bool]) -> None:
    """Install a lock that one can do without; where it cannot be installed, say what that switches off."""
    if not install_lock(name, *installers):
        print(f"{what} could not be installed: see the message above. Switched off without it: {switches_off}.")


def unpack(what: Unpacked) -> None:
    """Unpack packages in `.venv`; where they cannot be downloaded, say what that switches off."""
    name = what.packages[0]
    folder, step = VENV / name, stamp(name)
    if is_done(step):
        return
    print(f"Unpacking {name} in {folder.relative_to(ROOT)}: installed, {what.why}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if not any(download(what.packages, folder) for download in (with_apt, with_fresh_apt)):
        print(f"{name} could not be downloaded. Switched off without it: {what.switches_off}.")
        return
    if all(succeeds("dpkg", "-x", archive, folder) for archive in folder.glob("*.deb")):
        mark_done(step)


def with_apt(packages: tuple[str, ...], folder: Path) -> bool:
    """Download packages into `folder` by the package lists that are there."""
    apt = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *packages]
    return bool(shutil.which("apt-get")) and subprocess.run(apt, cwd=folder, check=False).returncode == 0


def with_fresh_apt(packages: tuple[str, ...], folder: Path) -> bool:
    """The same by the lists of today."""
    return os.geteuid() == 0 and succeeds("apt-get", "-qq", "update") and with_apt(packages, folder)


def make_voices() -> None:
    """Let the kiosk's sentences be spoken into files, anew when one of them may have changed."""
    step = stamp("voices", *(path.read_bytes() for pattern in SPOKEN for path in sorted(ROOT.glob(pattern))))
    if is_done(step) and (ROOT / "voices").is_dir():
        return
    print("Making the voice of the kiosk", flush=True)
    if succeeds(PYTHON, "-m", "issuance.web.public.parts.voices"):
        mark_done(step)
    else:
        print(f"The kiosk's sentences could not be spoken. Switched off without them: {VOICE}.")


def main(purpose: str) -> int:
    """Prepare for `purpose`, run or test; 0 when it can start, even with something switched off."""
    if sys.version_info < OLDEST_PYTHON:
        print(f"Liman needs Python 3.11 or newer, this is {sys.version.split()[0]}: install python3.11 and try again.")
        return 1
    needs = RUN_NEEDS + (TEST_NEEDS if purpose == "test" else ())
    missing = provide(needs, may_install=os.geteuid() == 0 and bool(shutil.which("apt-get")))
    report(missing)
    if VENV_NEED in missing:
        return 1
    lock = "requirements-dev" if purpose == "test" else "requirements"
    if not make_venv() or not install_lock(lock, with_uv, with_pip):
        print("The Python packages could not be installed: see the message above, then run the same command again.")
        return 1
    if not set(ENCODER_NEEDS) & set(missing):
        install_extra("requirements-pcsc", "pyscard", REAL_ENCODERS, with_uv)
    if not set(VOICE_NEEDS) & set(missing):
        make_voices()
    install_extra("requirements-photo", "The face detector", FACES, with_uv, with_pip)
    install_extra("requirements-photo-mesh", "The mesh of the face", MESH, with_pip)
    if purpose == "test":
        install_extra("requirements-photo-test", "A photograph", "the tests of portraits on a photograph", with_pip)
        install_extra("requirements-scp03-test", "An SCP03 client", PEER_OF_CHANNEL, with_pip)
        unpack(VIRTUAL_READER)
        unpack(ANNOUNCER)
        unpack(JUDGE)
        unpack(CARRIER)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
