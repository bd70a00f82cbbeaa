"""Papers of holders are in all seven languages, those of the office in two; what a machine translated says so."""

from __future__ import annotations

import pytest

from issuance.law.office import text_reviews
from issuance.web.frame import catalogues
from printing.papers.wording import FOLDER, LANGUAGES, STAFF_LANGUAGES, wording

OF_THE_OFFICE = {
    *(
        "check_codes",
        "cover_sheet",
        "destruction",
        "group_list",
        "guardian_referral",
        "month_report",
        "parcel",
        "referral",
    ),
    *("stock_day", "tray_sheet"),
}
SLIPS = {"appointment", "ticket"}
"""A few words and a time; a sentence more would not fit the slip."""

PAPERS = {path.stem for path in FOLDER.glob("*.toml")} - {"captions"}
OF_HOLDERS = sorted(PAPERS - OF_THE_OFFICE)
BY_MACHINE = "A computer made this text. Only the Romanian text counts."


def test_each_paper_is_a_holders_or_the_offices() -> None:
    assert {name for name in PAPERS if wording(name).languages == STAFF_LANGUAGES} == OF_THE_OFFICE
    assert {name for name in PAPERS if wording(name).languages == LANGUAGES} == set(OF_HOLDERS)


@pytest.mark.parametrize("name", OF_HOLDERS)
def test_every_text_of_a_holders_paper_is_in_every_language(name: str) -> None:
    words = wording(name)
    said = [words.title, *words.captions.values(), *(block.texts for block in words.blocks if block.texts)]
    said += [texts for codes in words.phrases.values() for texts in codes.values()]
    assert [texts for texts in said if tuple(texts) != LANGUAGES or not all(texts.values())] == []


@pytest.mark.parametrize("name", sorted(set(OF_HOLDERS) - SLIPS))
def test_a_text_by_a_machine_says_so_until_somebody_has_read_it(name: str) -> None:
    blocks = wording(name).blocks
    (said,) = (block.texts for block in blocks if block.texts.get("en") == "Only the Romanian text counts.")
    assert said in [block.texts for block in blocks if block.kind != "signatures"][-1:], "nothing is said after it"
    for language in set(LANGUAGES) - set(STAFF_LANGUAGES):
        translated = catalogues.read(catalogues.FOLDER / language / "LC_MESSAGES" / "messages.po").get(BY_MACHINE)
        assert translated
        assert (said[language] == translated.string) == text_reviews.is_by_machine(language), language
