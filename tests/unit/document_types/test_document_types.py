"""The eight types against the office's own table, typed again here from docs/law.md, sections 2 and 3."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from issuance import document_types
from issuance.document_types import registry
from issuance.document_types.registry import DefinitionError, parse
from issuance.document_types.rules import Rules
from issuance.errors import NotFound, RuleViolation
from printing.faces.layout import load as load_layout

TODAY = dt.date(2026, 11, 21)

# code: (form, also, mrz layout and code, machine parts in this issue, seal, validity in words, articles)
PERMIT = ["Law 122/2006, Art 6 and Art 20(6)", "Norms (HG 1251/2006), Art 51(1)"]
RC_VALIDITY = "until the temporary identity document is issued, then withdrawn"
TRAVEL = ("booklet", None)
TABLE = {
    "RC": ("paper", None, "TD2 IR", ("seal",), "FD/02", RC_VALIDITY, ["2024/1348, Art 29(1)"]),
    "TID": (
        "card",
        "paper",
        "TD1 IT",
        ("mrz", "barcode", "seal"),
        "FD/02",
        "90 days",
        ["Law 122/2006, Art 17", "Art 29(4)"],
    ),
    "TPP": (
        "card",
        None,
        "TD1 AT",
        ("mrz", "barcode", "seal"),
        "FB/06",
        "4 March 2027",
        ["HG 367/2022", "Art 130-142"],
    ),
    "RP-R": ("card", None, "TD1 AR", ("mrz", "chip"), None, "3 years, first and later", PERMIT),
    "RP-S": ("card", None, "TD1 AR", ("mrz", "chip"), None, "2 years, first and later", PERMIT),
    "TD-C": (*TRAVEL, "TD3 PR", ("mrz", "chip"), None, "2 years, no extension", ["Law 122/2006, Art 20(8)"]),
    "TD-S": (*TRAVEL, "TD3 PT", ("mrz", "chip"), None, "2 years, no extension", ["Art 20(8)", "HG 1566/2008"]),
    "RT": (
        "sheet",
        None,
        "TD2 PU",
        ("mrz", "seal"),
        "5E/03",
        "at most 30 days; ceases by law",
        ["Art 20(9)", "HG 1305/2011"],
    ),
}
STATUSES = {
    "RC": {"applicant"},
    "TID": {"applicant"},
    "TPP": {"temporary_protection"},
    "RP-R": {"refugee"},
    "RP-S": {"subsidiary"},
    "TD-C": {"refugee"},
    "TD-S": {"subsidiary"},
    "RT": {"refugee", "subsidiary", "family_member"},
}
KINDS = {
    "RC": {"first", "replacement", "correction"},
    "TID": {"first", "extension", "replacement", "correction"},
    "TPP": {"first", "renewal", "replacement", "correction"},
    "RP-R": {"first", "renewal", "replacement", "correction"},
    "RP-S": {"first", "renewal", "replacement", "correction"},
    "TD-C": {"first", "renewal", "replacement", "correction"},
    "TD-S": {"first", "renewal", "replacement", "correction"},
    "RT": {"first", "replacement", "correction"},
}
# What docs/law.md, section 2 marks (A), and those of section 3 that touch a document.
SIGNED = ("from what age a child signs", "however old it is")
ASSUMED = {
    "RC": ["code is IR", "991231"],
    "TID": ["90 days", "code IT", *SIGNED],
    "TPP": ["2027-03-04", *SIGNED],
    "TD-C": ["XXA", "day before the anniversary", "90 days after they were taken", "voided when the decision", *SIGNED],
    "TD-S": ["code PT", "switch it off", "day before the anniversary", "90 days after they were taken", *SIGNED],
    "RP-R": ["day before the anniversary", "90 days after they were taken", "voided when the decision", *SIGNED],
    "RP-S": ["day before the anniversary", "90 days after they were taken", "voided when the decision", *SIGNED],
}


def rules(code: str, day: dt.date = TODAY) -> Rules:
    return document_types.get(code).rules_on(day)


def test_there_are_exactly_the_eight_types() -> None:
    assert set(document_types.load()) == set(TABLE)


@pytest.mark.parametrize("code", TABLE)
def test_a_type_is_as_the_office_describes_it(code: str) -> None:
    form, also, mrz, parts, seal, validity, articles = TABLE[code]
    item = document_types.get(code)
    assert (item.form, item.also_form) == (form, also)
    assert (f"{item.mrz.layout} {item.mrz.code}" if item.mrz else None) == mrz
    assert item.machine_parts == parts
    assert (item.seal.profile if item.seal else None) == seal
    assert validity in rules(code).validity.text.en
    assert all(article in rules(code).legal_basis.en for article in articles)


@pytest.mark.parametrize("code", TABLE)
def test_statuses_and_kinds(code: str) -> None:
    assert set(rules(code).entitlement.statuses) == STATUSES[code]
    assert set(rules(code).kinds.allowed) == KINDS[code]


def test_the_types_with_the_box_ask_for_a_signature() -> None:
    """RC and RT are signed by hand on the paper."""
    asked = {code: rules(code).signature for code in TABLE}
    assert {code for code, block in asked.items() if block} == {"TID", "TPP", "RP-R", "RP-S", "TD-C", "TD-S"}
    for code, block in asked.items():
        faces = load_layout(document_types.get(code).template().layout).faces
        assert any(face.signature for face in faces), code
        assert not block or set(block.reused_for) == set(rules(code).portrait.reused_for), code


@pytest.mark.parametrize("code", ASSUMED)
def test_every_assumption_is_in_the_data_in_both_languages(code: str) -> None:
    block = rules(code)
    in_english = " | ".join(item.en for item in block.assumptions)
    assert [words for words in ASSUMED[code] if words not in in_english] == []
    assert all(item.ro and item.ro != item.en for item in block.assumptions)


@pytest.mark.parametrize(
    ("code", "issued", "last_day"),
    [
        ("RP-R", dt.date(2026, 11, 21), dt.date(2029, 11, 20)),
        ("RP-S", dt.date(2026, 11, 21), dt.date(2028, 11, 20)),
        ("TD-C", dt.date(2026, 1, 1), dt.date(2027, 12, 31)),
        ("TD-S", dt.date(2026, 3, 1), dt.date(2028, 2, 29)),
        ("RP-R", dt.date(2028, 2, 29), dt.date(2031, 2, 28)),
        ("RP-S", dt.date(2028, 2, 29), dt.date(2030, 2, 28)),
        ("TID", dt.date(2026, 11, 21), dt.date(2027, 2, 18)),
        ("TPP", dt.date(2026, 11, 21), dt.date(2027, 3, 4)),
        ("TPP", dt.date(2027, 3, 4), dt.date(2027, 3, 4)),
        ("RT", dt.date(2026, 11, 1), dt.date(2026, 11, 30)),
    ],
)
def test_last_valid_day(code: str, issued: dt.date, last_day: dt.date) -> None:
    assert rules(code).valid_until(issued) == last_day


def test_no_last_day_after_temporary_protection_ended() -> None:
    with pytest.raises(RuleViolation, match=r"ended for all on 4 March 2027.*HG 367/2022"):
        rules("TPP").valid_until(dt.date(2027, 3, 5))


def test_a_registration_certificate_ends_by_an_event_and_has_no_last_day() -> None:
    assert rules("RC").valid_until(TODAY) is None
    assert [ending.event for ending in rules("RC").ends] == ["tid_issued", "case_final"]


@pytest.mark.parametrize(
    ("code", "kind", "words", "article"),
    [
        ("TD-C", "extension", "valid 2 years without extension", "Law 122/2006, Art 20(8)"),
        ("TD-S", "extension", "valid 2 years without extension", "Law 122/2006, Art 20(8)"),
        ("RP-R", "extension", "of the same length (3 years)", "Law 122/2006, Art 6"),
        ("RP-S", "extension", "of the same length (2 years)", "Law 122/2006, Art 6"),
        ("TID", "renewal", "is not renewed", "Law 122/2006, Art 17"),
        ("TPP", "extension", "the end date fixed for all", "HG 367/2022; Law 122/2006, Art 130-142"),
        ("RC", "extension", "until the temporary identity document is issued", "Regulation (EU) 2024/1348, Art 29(1)"),
        ("RT", "renewal", "at most 30 days", "Law 122/2006, Art 20(9)"),
    ],
)
def test_a_refused_kind_names_the_article_in_both_languages(code: str, kind: str, words: str, article: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        rules(code).check_kind(kind)  # type: ignore[arg-type]
    error = caught.value
    assert (error.field, error.legal_basis) == ("kind", article)
    assert words in str(error)
    assert f"({article})" in str(error)
    assert "art." in error.sentence("ro")
    assert error.sentence("ro") != str(error)


def test_the_refusal_of_an_extension_reads_as_the_house_wants_it() -> None:
    with pytest.raises(RuleViolation) as caught:
        rules("TD-C").check_kind("extension")
    assert str(caught.value) == (
        "The document cannot be extended: a travel document is valid 2 years without extension "
        "(Law 122/2006, Art 20(8)). Lodge a new request."
    )


@pytest.mark.parametrize("code", TABLE)
def test_an_allowed_kind_passes(code: str) -> None:
    for kind in KINDS[code]:
        rules(code).check_kind(kind)  # type: ignore[arg-type]


def test_only_an_applicant_gets_a_temporary_identity_document() -> None:
    rules("TID").check_status("applicant")
    with pytest.raises(RuleViolation, match=r"applicants.*Law 122/2006, Art 17"):
        rules("TID").check_status("refugee")


def test_a_residence_permit_of_the_other_status_is_pointed_to() -> None:
    with pytest.raises(RuleViolation, match="lodge a request for RP-S"):
        rules("RP-R").check_status("subsidiary")


@pytest.mark.parametrize(("code", "allowed"), [("RP-R", False), ("RP-S", False), ("TD-C", True), ("TID", True)])
def test_a_residence_permit_is_free_of_charge(code: str, allowed: bool) -> None:
    block = rules(code)
    assert block.fee_allowed is allowed
    block.check_fee(0)
    if allowed:
        block.check_fee(100)
    else:
        with pytest.raises(RuleViolation, match=r"a fee cannot be set.*Art 51\(1\)"):
            block.check_fee(1)


@pytest.mark.parametrize("code", ["TID", "RC"])
def test_a_closed_case_has_no_extension(code: str) -> None:
    rules(code).check_case(closed=False)
    with pytest.raises(RuleViolation, match="ended by a final event"):
        rules(code).check_case(closed=True)


def test_a_closed_asylum_case_does_not_hinder_a_residence_permit() -> None:
    rules("RP-R").check_case(closed=True)


def test_renewal_papers_are_taken_from_thirty_days_before_expiry() -> None:
    block, expires = rules("RP-R"), dt.date(2026, 12, 31)
    assert block.renewal_opens(expires) == dt.date(2026, 12, 1)
    block.check_renewal(expires, dt.date(2026, 12, 1))
    block.check_renewal(expires, dt.date(2027, 5, 1))
    with pytest.raises(RuleViolation, match=r"here from 01\.12\.2026"):
        block.check_renewal(expires, dt.date(2026, 11, 30))


def test_a_minor_has_a_representative_except_for_a_registration_certificate() -> None:
    child = "2010-01-01"
    rules("TID").check_representative(child, "Ionescu Maria (guardian)", TODAY)
    rules("RC").check_representative(child, "", TODAY)
    rules("TID").check_representative("1990-01-01", "", TODAY)
    with pytest.raises(RuleViolation, match="representative"):
        rules("TID").check_representative(child, " ", TODAY)


@pytest.mark.parametrize(
    ("birth_date", "minor"),
    [
        ("2008-11-21", False),
        ("2008-11-22", True),
        ("2008-XX-XX", True),
        ("2007-XX-XX", False),
        ("2008-11-XX", True),
        ("XXXX-XX-XX", False),
    ],
)
def test_who_may_be_a_minor_is_treated_as_one(birth_date: str, minor: bool) -> None:
    assert rules("TID").is_minor(birth_date, TODAY) is minor


@pytest.mark.parametrize(("code", "from_age"), [("RP-R", 6), ("RP-S", 6), ("TD-C", 12), ("TD-S", 12)])
def test_fingerprints_by_age(code: str, from_age: int) -> None:
    block = rules(code)
    assert not block.fingerprints_required(from_age - 1)
    assert block.fingerprints_required(from_age)
    assert block.fingerprints_required(None)


@pytest.mark.parametrize("code", ["RC", "TID", "TPP", "RT"])
def test_other_types_take_no_fingerprints(code: str) -> None:
    assert not rules(code).fingerprints_required(40)
    assert rules(code).retention.fingerprints_days is None
    assert rules(code).until_fingers_heal(TODAY) is None


@pytest.mark.parametrize("code", ["RP-R", "RP-S", "TD-C", "TD-S"])
def test_fingerprints_go_ninety_days_after_they_were_taken(code: str) -> None:
    assert rules(code).retention.fingerprints_days == 90


@pytest.mark.parametrize(
    ("code", "day"),
    [("RP-R", None), ("RP-S", None), ("TD-C", dt.date(2027, 11, 20)), ("TD-S", dt.date(2027, 11, 20))],
)
def test_while_no_finger_can_be_taken_a_travel_document_lasts_twelve_months(code: str, day: dt.date | None) -> None:
    assert rules(code).until_fingers_heal(dt.date(2026, 11, 21)) == day


def test_the_thirty_days_run_from_lodging_which_is_day_zero() -> None:
    block, lodged = rules("RP-R"), dt.date(2026, 11, 1)
    assert block.due_date(lodged) == dt.date(2026, 12, 1)
    assert (block.day_n(lodged, lodged), block.day_n(lodged, dt.date(2026, 12, 1))) == (0, 30)
    assert "Art 20(6)" in block.deadline.legal_basis.en


def test_a_temporary_protection_permit_is_made_in_the_same_visit() -> None:
    assert rules("TPP").due_date(TODAY) == TODAY


@pytest.mark.parametrize(("code", "hours"), [("TD-C", 48), ("TD-S", 48), ("RP-R", 120), ("RP-S", 120)])
def test_loss_is_declared_in_time(code: str, hours: int) -> None:
    assert rules(code).loss.within_hours == hours


def test_a_portrait_younger_than_six_months_serves_a_light_kind_again() -> None:
    block = rules("TID")
    assert block.portrait_reusable("extension", dt.date(2026, 5, 22), TODAY)
    assert not block.portrait_reusable("extension", dt.date(2026, 5, 21), TODAY)
    assert not block.portrait_reusable("first", dt.date(2026, 11, 1), TODAY)
    assert not block.portrait_reusable("extension", dt.date(2026, 11, 22), TODAY)


def test_hand_over_conditions() -> None:
    block = rules("RP-R")
    assert block.hand_over_requires("old_document_surrendered")
    assert not block.hand_over_requires("old_document_surrendered", "stolen")
    assert block.hand_over_requires("rights_notice")
    assert not rules("TID").hand_over_requires("rights_notice")
    assert not rules("RC").hand_over_requires("representative_present")


def test_what_to_bring_depends_on_the_kind() -> None:
    def papers(kind: str) -> set[str]:
        return {paper.code for paper in rules("RP-R").evidence_for(kind)}  # type: ignore[arg-type]

    assert "proof_of_residence" in papers("first")
    assert "declaration" not in papers("first")
    assert {"declaration", "previous_document"} <= papers("replacement")


@pytest.mark.parametrize(
    ("code", "person", "written"),
    [("TD-C", "SYR", "XXB"), ("TD-C", "XXA", "XXA"), ("TD-S", "ERI", "ERI"), ("RP-R", "SYR", "SYR")],
)
def test_nationality_on_the_document(code: str, person: str, written: str) -> None:
    mrz = document_types.get(code).mrz
    assert mrz
    assert mrz.nationality_of(person) == written


def test_travel_documents_have_a_french_title() -> None:
    for code in ("TD-C", "TD-S", "RT"):
        assert document_types.get(code).title.fr


def test_a_type_without_a_face_cannot_be_produced() -> None:
    with pytest.raises(RuleViolation, match="no face in this release"):
        document_types.get("RC").model_copy(update={"face": None}).template()


@pytest.mark.parametrize(
    ("code", "layout"),
    [
        ("RP-R", "residence_permit"),
        ("RP-S", "residence_permit"),
        ("TD-C", "travel_document_blue"),
        ("TD-S", "travel_document_grey"),
        ("TID", "temporary_identity"),
    ],
)
def test_the_template_for_the_composer(code: str, layout: str) -> None:
    template = document_types.get(code).template()
    assert (template.document_type, template.layout) == (code, layout)
    assert f"{template.mrz_layout} {template.mrz_code}" == TABLE[code][2]
    asked = load_layout(layout).text_names()
    assert asked <= set(template.texts)
    assert all(" / " in template.texts[name] for name in asked)


def test_numbers_have_nine_characters() -> None:
    numbers = {document_types.get(code).number(12345) for code in TABLE}
    assert {len(number) for number in numbers} == {9}
    assert {"RP0012345", "C00012345", "S00012345", "TI0012345"} <= numbers
    assert document_types.get("RP-R").number_prefix == document_types.get("RP-S").number_prefix
    with pytest.raises(ValueError, match="does not fit"):
        document_types.get("RP-R").number(10_000_000)


def test_before_the_first_block_there_are_no_rules() -> None:
    assert rules("RC", dt.date(2026, 6, 12))
    with pytest.raises(RuleViolation, match=r"RC has no rules for 11\.06\.2026: the first apply from 12\.06\.2026"):
        rules("RC", dt.date(2026, 6, 11))


def test_a_decree_is_a_later_block() -> None:
    text = (registry.HERE / "TPP.toml").read_text(encoding="utf-8")
    block = text[text.index("[[rules]]") :]
    later = block.replace("from = 2022-03-18", "from = 2027-02-01").replace("until = 2027-03-04", "until = 2028-03-04")
    item = parse("TPP.toml", text + "\n" + later)
    assert item.rules_on(dt.date(2027, 1, 31)).valid_until(dt.date(2027, 1, 31)) == dt.date(2027, 3, 4)
    assert item.rules_on(dt.date(2027, 2, 1)).valid_until(dt.date(2027, 2, 1)) == dt.date(2028, 3, 4)
    assert len({version.digest for version in document_types.rule_versions(item)}) == 2


def test_rule_versions_are_canonical_and_come_back_equal() -> None:
    seen = set()
    for code, item in document_types.load().items():
        for version in document_types.rule_versions(item):
            assert version.document_type == code
            assert version.digest == hashlib.sha256(version.json.encode()).hexdigest()
            assert version.json == json.dumps(
                json.loads(version.json), sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            assert Rules.from_json(version.json) == item.rules_on(version.from_date)
            assert Rules.from_json(version.json).canonical_json() == version.json
            assert Rules.from_json(version.json).digest() == version.digest
            seen.add(version.digest)
    assert len(seen) == sum(len(item.rules) for item in document_types.load().values())


def test_a_kept_block_with_a_key_of_an_earlier_release_stays_readable() -> None:
    block = rules("RP-R")
    kept = json.loads(block.canonical_json())
    kept["colour"] = "red"
    kept["validity"]["weeks"] = 3
    assert Rules.from_json(json.dumps(kept)) == block


def test_types_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        document_types.load()["RP-R"] = document_types.get("RP-S")  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        rules("RP-R").validity.count = 10


def test_an_unknown_type_is_named_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"no document type PASSPORT.*RP-R"):
        document_types.get("PASSPORT")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('form = "card"', 'form = "card"\ncolour = "red"', "colour: Extra inputs"),
        ("count = 3", "count = 3\nyeers = 2", "rules.0.validity.yeers: Extra inputs"),
        ("count = 3", "", "years and days take `count`"),
        (
            'allowed = ["first", "renewal", "replacement", "correction"]',
            'allowed = ["first"]',
            "is either allowed or refused",
        ),
        ('machine_parts = ["mrz", "chip"]', 'machine_parts = ["mrz"]', "`chip` is described exactly when"),
        (
            'machine_parts = ["mrz", "chip"]',
            'machine_parts = ["mrz", "chip", "seal"]',
            "`seal` is described exactly when",
        ),
        ("title.en =", "title.de =", "title.en: Field required"),
        ("from = 2020-01-01", "from = soon", "is not TOML"),
        ('code = "AR"', 'code = "A"', "mrz.code"),
    ],
)
def test_a_wrong_file_is_an_error_naming_file_and_key(old: str, new: str, problem: str) -> None:
    text = (registry.HERE / "RP-R.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(DefinitionError) as caught:
        parse("RP-R.toml", text.replace(old, new))
    assert "RP-R.toml" in str(caught.value)
    assert problem in str(caught.value)


def test_two_blocks_from_the_same_day_are_refused() -> None:
    text = (registry.HERE / "RP-R.toml").read_text(encoding="utf-8")
    with pytest.raises(DefinitionError, match="in order of `from`"):
        parse("RP-R.toml", text + "\n" + text[text.index("[[rules]]") :])


def test_every_text_for_people_is_in_romanian_and_english() -> None:
    def texts(value: object) -> list[dict[str, str]]:
        if isinstance(value, dict):
            own = [value] if {"ro", "en"} & set(value) else []
            return own + [found for part in value.values() for found in texts(part)]
        return [found for part in value for found in texts(part)] if isinstance(value, list) else []

    for path in Path(registry.HERE).glob("*.toml"):
        found = texts(tomllib.loads(path.read_text(encoding="utf-8")))
        assert len(found) > 30
        assert all(item["ro"].strip() and item["en"].strip() for item in found), path.name
        assert not any(set("ŞşŢţ") & set(item["ro"]) for item in found), f"{path.name}: cedilla for comma below"


def test_the_table_for_the_command_line() -> None:
    types = document_types.load().values()
    rows = document_types.table(types, TODAY)
    assert [row[0] for row in rows] == sorted(TABLE)
    assert {len(row) for row in rows} == {len(registry.HEADINGS)}
    assert "Permis de ședere (refugiat)" in [row[1] for row in document_types.table(types, TODAY, "ro")]
