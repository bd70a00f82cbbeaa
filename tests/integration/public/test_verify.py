"""liman-verify at a stranger's: documents that an office made, judged by what it publishes and nothing else."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from issuance.keys import open_list_signer, store
from issuance.models.documents import Document
from issuance.models.machinery import PublicFile
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.services.public import certificates, decisions, lists
from issuance.settings import Settings
from printing.seals import seal
from tests.integration.public.conftest import Made, Run, publish
from tests.people import NOON
from tests.seals import KeySigner, encode
from verify import __main__ as program

HERE = Path(__file__).parents[3]


def test_a_seal_of_ours_is_genuine_and_valid(made: Made, run: Run) -> None:
    code, said = run(made.folder, "--hex", made.seals[made.valid.number].hex(), at=NOON + dt.timedelta(hours=3))
    assert code == 0
    assert said.startswith("GENUINE AND VALID\n")
    assert f"Number: {made.valid.number}" in said
    assert "Name: AL MASRI LAYLA" in said
    assert "List TI1 of 02.11.2026 10:00 UTC, 3 h old" in said
    assert "SYR" not in said


def test_a_damaged_print_is_read_from_its_photograph(made: Made, run: Run, tmp_path: Path) -> None:
    card = Image.open(made.photo)
    worse = card.filter(ImageFilter.GaussianBlur(1.2))
    worse = worse.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor="#999")
    worse.save(tmp_path / "photo.jpg", quality=50)
    assert run(made.folder, tmp_path / "photo.jpg")[0] == 0


def test_bytes_in_a_file_and_in_base64_are_the_same_seal(made: Made, run: Run, tmp_path: Path) -> None:
    import base64

    data = made.seals[made.valid.number]
    (tmp_path / "seal.bin").write_bytes(data)
    assert run(made.folder, tmp_path / "seal.bin")[0] == 0
    assert run(made.folder, "--base64", base64.b64encode(data).decode())[0] == 0


def test_a_document_that_was_not_handed_over_is_not_ours(made: Made, run: Run) -> None:
    """A finished card that was stolen before anybody got it."""
    code, said = run(made.folder, "--hex", made.seals[made.unfinished.number].hex())
    assert (code, said.partition("\n")[0]) == (2, "NOT OURS")
    assert "never" not in said.partition("\n")[0]
    assert run(made.folder, "--number", made.unfinished.number)[0] == 2


def test_a_number_alone_says_that_the_paper_was_not_checked(made: Made, run: Run) -> None:
    code, said = run(made.folder, "--number", made.valid.number.lower())
    assert code == 0
    assert "The paper itself was not checked" in said


def test_a_loss_is_one_verdict_with_every_other_end(made: Made, run: Run, folder: Path) -> None:
    with made.office.act(made.office.actors["clerk"]) as act:
        document = act.session.get_one(Document, made.valid.document_id)
        loss.report(act, document, Said("stolen", "holder", made.office.clock.today()))
    publish(made.office, folder)
    code, said = run(folder, "--hex", made.seals[made.valid.number].hex())
    assert (code, said.partition("\n")[0]) == (1, "GENUINE, NOT VALID")
    assert not re.search("stolen|lost|suspend|report", said, re.I)
    assert run(made.folder, "--number", made.valid.number)[0] == 0, "a folder of before says what was true before"


def test_the_last_day_is_told_by_the_seal_itself(made: Made, run: Run, folder: Path) -> None:
    """Once the folder says that no decision lets it hold longer."""
    later, data = NOON + dt.timedelta(days=100), made.seals[made.valid.number].hex()
    assert "list decisions is too old" in unchecked(run(folder, "--hex", data, at=later))
    for file in made.office.list_signer.use(lambda signer: decisions.signed([], signer, "https://liman.test", later)):
        (folder / file.name).write_bytes(file.body)
    code, said = run(folder, "--hex", data, at=later)
    assert code == 1
    assert "its last day was" in said
    for end in ("cwt", "jwt"):
        (folder / f"decisions.{end}").write_bytes(b"no list")
    assert "decisions is damaged" in unchecked(run(folder, "--hex", data, at=later))
    for end in ("cwt", "jwt"):
        (folder / f"decisions.{end}").unlink()
    assert "no list decisions" in unchecked(run(folder, "--hex", data, at=later))


# Not to know


def unchecked(said: tuple[int, str]) -> str:
    """The sentence; whatever could not be checked says nothing that reads like a cancelled document."""
    code, text = said
    assert (code, text.partition("\n")[0]) == (3, "COULD NOT BE CHECKED")
    assert not re.search("cancel|not valid|invalid|do not accept", text, re.I)
    assert "says nothing against the document or its holder" in text
    return text


@pytest.mark.parametrize(("age", "told"), [(1, "60 min old"), (24, "24 h old"), (167, "6 days old")])
def test_a_list_of_some_age_is_used_and_its_age_is_said(made: Made, run: Run, age: int, told: str) -> None:
    code, said = run(made.folder, "--number", made.valid.number, at=NOON + dt.timedelta(hours=age))
    assert code == 0
    assert told in said


def test_a_list_of_more_than_a_week_says_nothing_any_more(made: Made, run: Run) -> None:
    said = unchecked(run(made.folder, "--number", made.valid.number, at=NOON + dt.timedelta(days=7, minutes=1)))
    assert "too old" in said
    assert "List TI1 of 02.11.2026 10:00 UTC, 7 days old" in said


def test_a_list_of_the_future_says_that_the_clock_is_wrong(made: Made, run: Run) -> None:
    assert "set the clock" in unchecked(run(made.folder, "--number", made.valid.number, at=NOON - dt.timedelta(days=1)))


def test_without_the_list_or_with_another_ones_nothing_is_said(made: Made, run: Run, folder: Path) -> None:
    for end in ("cwt", "jwt"):
        (folder / f"TI1.{end}").rename(folder / f"TI1.{end}.gone")
    assert "no list TI1" in unchecked(run(folder, "--number", made.valid.number))
    assert "no list RP1" in unchecked(run(folder, "--number", "RP1000000"))
    (folder / "RP1.cwt").write_bytes((folder / "TI1.cwt.gone").read_bytes())
    assert "no list RP1" in unchecked(run(folder, "--number", "RP1000000"))
    assert run(folder, "--number", made.valid.number)[0] == 0, "a list is known by what it is signed as"


def test_one_bit_of_a_list_changed_is_found(made: Made, run: Run, folder: Path) -> None:
    (folder / "TI1.jwt").unlink()
    path = folder / "TI1.cwt"
    whole = path.read_bytes()
    for at in range(0, len(whole), 9):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        unchecked(run(folder, "--number", made.valid.number))


def test_a_list_of_another_issuer_is_not_believed(made: Made, run: Run, folder: Path, tmp_path: Path) -> None:
    """Somebody with an authority of their own, whose certificate is not in the folder."""
    settings = Settings(var=tmp_path / "other")
    (folder / "TI1.jwt").unlink()
    with open_list_signer(settings, made.office.clock) as signer:
        with made.office.reading() as look:
            due = [lists.Due(row.name, row.packed) for row in look.session.query(lists.StatusList)]
        for file in lists.signed(due, signer, "https://liman.test", NOON + dt.timedelta(hours=1)):
            (folder / file.name).write_bytes(file.body)
    unchecked(run(folder, "--number", made.valid.number, at=NOON + dt.timedelta(hours=2)))


def test_a_signer_of_seals_signs_no_lists(made: Made, run: Run, folder: Path) -> None:
    (folder / "TI1.jwt").unlink()
    with made.office.reading() as look:
        due = [lists.Due(row.name, row.packed) for row in look.session.query(lists.StatusList)]
    files: list[PublicFile] = made.office.signer.use(
        lambda signer: lists.signed(due, signer, "https://liman.test", NOON)  # type: ignore[arg-type]
    )
    for file in files:
        (folder / file.name).write_bytes(file.body)
    unchecked(run(folder, "--number", made.valid.number))


def test_a_revoked_signer_proves_nothing(made: Made, run: Run, folder: Path, tmp_path: Path) -> None:
    var = Path(shutil.copytree(made.office.settings.var, tmp_path / "var"))
    settings = made.office.settings.model_copy(update={"var": var})
    serial = made.office.list_signer.use(lambda signer: signer.serial)
    (folder / "csca.crl").write_bytes(store.revoke(settings, [serial], made.office.clock).read_bytes())
    assert "was revoked" in unchecked(run(folder, "--number", made.valid.number))


def test_a_folder_without_authority_or_signer_says_what_to_fetch(made: Made, run: Run, folder: Path) -> None:
    data = made.seals[made.valid.number].hex()
    unchecked(run(folder / "nowhere", "--hex", data))
    next(folder.glob("ROLI-*.pem")).unlink()
    assert "no certificate ROLI" in unchecked(run(folder, "--hex", data))
    (folder / "csca.pem").unlink()
    assert "csca.pem" in unchecked(run(folder, "--hex", data))


# What is shown


def test_a_seal_of_another_country_is_named(made: Made, run: Run) -> None:
    foreign = seal.sign(encode(issuing_state="D", signer="DEKR"), KeySigner(), "FD/02")
    code, said = run(made.folder, "--hex", foreign.hex())
    assert code == 2
    assert "another country, D (signer DEKR)" in said


def test_an_altered_seal_is_not_ours(made: Made, run: Run) -> None:
    data = made.seals[made.valid.number]
    assert run(made.folder, "--hex", (data[:-1] + bytes([data[-1] ^ 1])).hex())[0] == 2
    for at in range(0, len(data), 5):
        changed_ = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        assert run(made.folder, "--hex", changed_.hex())[0] in (2, 3), at


@pytest.mark.parametrize("digits", ["", "dc", "00" * 80, "dc03" + "ff" * 120])
def test_bytes_that_are_no_seal_are_not_judged(made: Made, run: Run, digits: str) -> None:
    unchecked(run(made.folder, "--hex", digits))


@pytest.mark.parametrize("number", ["", "TI", "AL MASRI", "TI10000O1", "../../../000000", "١٢٣٤٥٦٧٨٩"])
def test_what_is_no_number_is_not_judged(made: Made, run: Run, number: str) -> None:
    unchecked(run(made.folder, "--number", number))


def test_pictures_of_anything_are_not_judged(made: Made, run: Run, tmp_path: Path) -> None:
    Image.effect_noise((900, 700), 90).save(tmp_path / "noise.png")
    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    (tmp_path / "text.jpg").write_bytes(b"no picture")
    (tmp_path / "cut.png").write_bytes((tmp_path / "noise.png").read_bytes()[:4000])
    (tmp_path / "empty.png").touch()
    for path in (*sorted(tmp_path.glob("*.[pj][np]g")), tmp_path / "nothing", tmp_path):
        unchecked(run(made.folder, path))


def test_a_program_of_its_own_says_it_in_romanian_and_as_json(made: Made) -> None:
    def say(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "verify", *map(str, arguments)]
        return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)

    number = ("--number", made.valid.number, "--folder", made.folder, "--at", NOON.isoformat())
    said = say(*number, "--language", "ro")
    assert (said.returncode, said.stdout.partition("\n")[0]) == (0, "AUTENTIC ȘI VALABIL")
    told = json.loads(say(*number, "--json").stdout)
    assert (told["verdict"], told["list"]["age_seconds"]) == ("genuine and valid", 0)
    wrong = say()
    assert wrong.returncode == program.USAGE


def test_every_sentence_is_there_in_both_languages() -> None:
    sources = "".join((HERE / "verify" / f"{name}.py").read_text() for name in ("judge", "published", "__main__"))
    words = program._words()
    codes = set(re.findall(r'Unusable\("(\w+)"', sources)) | set(re.findall(r'Verdict\.\w+, "(\w+)"', sources))
    codes |= set(re.findall(r'why="(\w+)"', sources))
    codes |= {f"{kind}{code}" for kind in ("", "typed_") for code in ("valid", "never_issued")}
    assert codes == set(words["why"])
    assert all(set(each) == set(program.LANGUAGES) for kind in words.values() for each in kind.values())


def test_certificates_of_the_folder_are_those_of_the_office(made: Made) -> None:
    with made.office.reading() as look:
        signer = made.office.list_signer.use(lambda signer: signer.certificate)
        expected = certificates.files(look, signer)
    assert {name: (made.folder / name).read_bytes() for name in expected} == expected
