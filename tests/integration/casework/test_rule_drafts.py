"""Later versions of the rules: one administrator drafts, another agrees; what was lodged before keeps its own."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import select, update

from issuance import document_types
from issuance.actors import SYSTEM, Actor
from issuance.document_types import Rules
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, RuleViolation
from issuance.law.documents.limits import limits_on
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest, RuleDraft, RuleVersion
from issuance.models.staff import RoleName
from issuance.services import centres, rule_versions
from issuance.services.admin import rule_book, rule_drafts
from issuance.services.admin.rule_drafts import Proposal
from issuance.services.life import collection
from issuance.services.public.status import public_status
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.fixtures.databases import on_sqlite
from tests.integration.trust.test_audit_rows import found
from tests.people import LAYLA, SmallOffice, changed

TODAY = dt.date(2026, 11, 2)
TOMORROW = TODAY + dt.timedelta(days=1)
DAY = dt.timedelta(days=1)
TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
SHORTER = {
    "validity.count": 60,
    "validity.text.ro": "după stadiul procedurii, în pași de 60 de zile",
    "validity.text.en": "by stage of the procedure, in steps of 60 days",
}


@pytest.fixture
def second(office: SmallOffice) -> Actor:
    """An administrator of another centre."""
    with office.act(SYSTEM) as act:
        centre = centres.named(act, "galati")
        new = NewAccount("second@test.example", "second", centre, [RoleName.ADMINISTRATOR], "-", given=False)
        account = accounts.add_account(act, new)
    office.actors["second"] = Actor(account.id, centre.id, frozenset({RoleName.ADMINISTRATOR}))
    return office.actors["second"]


def draft(
    office: SmallOffice,
    changes: dict[str, Any] | None = None,
    day: dt.date = TOMORROW,
    document_type: str = "TID",
    who: str = "administrator",
) -> UUID:
    with office.act(office.actors[who] if who else SYSTEM) as act:
        base = rule_versions.last(act, document_type)
        return rule_drafts.draft(act, Proposal(base, day, changes or SHORTER, "Decision 12 of the director")).id


def agree(office: SmallOffice, draft_id: UUID, who: str = "second") -> None:
    with office.act(office.actors[who]) as act:
        rule_drafts.agree(act, rule_drafts.named(act, draft_id))


def end(office: SmallOffice, draft_id: UUID, who: str = "second", why: str = "too short") -> None:
    with office.act(office.actors[who]) as act:
        rule_drafts.end(act, rule_drafts.named(act, draft_id), why)


def days_of(office: SmallOffice, number: str) -> int | None:
    """For how many days a TID is valid that is lodged and approved now."""
    case = office.carry("approved", changed(TID, case_reference=number, family_name=f"Rovin{'abcde'[int(number[-1])]}"))
    with office.reading() as look:
        document = look.session.get_one(Document, case.document_id)
        return (document.expiry_date - document.issue_date).days + 1 if document.expiry_date else None


def acts(office: SmallOffice) -> list[str]:
    with office.reading() as look:
        said = look.session.scalars(select(AuditEvent.act).where(AuditEvent.act.like("rules.%")))
        return sorted(act.removeprefix("rules.") for act in said)


def test_what_two_agreed_to_is_in_force_from_its_day_and_not_before(office: SmallOffice, second: Actor) -> None:
    draft_id = draft(office)
    assert days_of(office, "2026/TM/0001") == 90
    agree(office, draft_id)
    before = office.carry("complete", changed(TID, case_reference="2026/TM/0002", family_name="Dobre"))
    office.clock.advance(DAY)
    assert days_of(office, "2026/TM/0003") == 60
    document_id = office.approve(before.request_id)
    with office.reading() as look:
        kept = look.session.get_one(Document, document_id)
        assert kept.expiry_date == TOMORROW + dt.timedelta(days=89), "lodged before: it keeps the version of its day"
        assert rule_versions.types(look)["TID"].rules_on(TODAY).validity.count == 90
        assert rule_versions.rules_today(look, "TID").validity.count == 60
    assert acts(office) == ["agreed", "drafted", "published"]


def test_what_acts_of_a_day_go_by_changes_for_what_was_lodged_before_too(office: SmallOffice, second: Actor) -> None:
    """How long a ready document waits is of the day: the holder's page says it from that day, and not before."""
    said = "este notat după 15 zile, ajunge în seif după 30 de zile și este distrus după 100 de zile"
    agree(
        office,
        draft(
            office,
            {
                "collection.destroyed_after_days": 100,
                "collection.text.ro": said,
                "collection.text.en": "noted after 15 days, goes into the vault after 30, is destroyed after 100",
            },
            TODAY + 20 * DAY,
        ),
    )
    case = office.carry("checked", TID)
    office.clock.advance(17 * DAY)
    with office.act(SYSTEM) as act:
        assert collection.note(act) == 1
    seen = []
    for _ in range(2):
        with office.reading() as look:
            row = look.session.get_one(IssuanceRequest, case.request_id)
            shown = public_status(look, row.reference, row.person.birth_date)
        assert shown is not None
        assert shown.collect_until is not None
        seen.append((shown.collect_until - TODAY).days)
        office.clock.advance(3 * DAY)
    assert seen == [89, 99]


def test_nobody_agrees_to_what_they_drafted(office: SmallOffice, second: Actor) -> None:
    draft_id = draft(office)
    with pytest.raises(NotAllowed):
        agree(office, draft_id, "administrator")
    with pytest.raises(sa.exc.IntegrityError), office.database.transaction() as session:
        session.execute(update(RuleDraft).values(agreed_by=RuleDraft.drafted_by))
    office.clock.advance(DAY)
    assert days_of(office, "2026/TM/0001") == 90


def test_one_is_declined_with_a_word_and_withdrawn_without(office: SmallOffice, second: Actor) -> None:
    first, other = draft(office), draft(office)
    with pytest.raises(InvalidInput, match="Say why"):
        end(office, first, why="")
    end(office, first)
    end(office, other, "administrator", why="")
    for draft_id in (first, other):
        with pytest.raises(Conflict, match="answered this already"):
            agree(office, draft_id)
        with pytest.raises(Conflict, match="answered this already"):
            end(office, draft_id)
    assert acts(office) == ["declined", "drafted", "drafted", "published", "withdrawn"]


def test_a_draft_is_stale_once_another_of_its_base_was_agreed_to(office: SmallOffice, second: Actor) -> None:
    first, other = draft(office), draft(office, day=TOMORROW + 5 * DAY)
    agree(office, first)
    with pytest.raises(Conflict, match="changed after this was drafted"):
        agree(office, other)
    with pytest.raises(InvalidInput, match=r"applies from 03\.11\.2026"):
        draft(office, SHORTER | {"validity.count": 50})


def test_nobody_agrees_once_its_first_day_has_come(office: SmallOffice, second: Actor) -> None:
    draft_id = draft(office)
    office.clock.advance(dt.timedelta(hours=12, minutes=30))  # half past midnight in Bucharest
    with pytest.raises(Conflict, match="Its first day has come"):
        agree(office, draft_id)
    assert days_of(office, "2026/TM/0001") == 90
    with pytest.raises(InvalidInput, match="tomorrow or a later day"):
        draft(office)


def test_it_is_taken_back_by_one_until_its_day(office: SmallOffice, second: Actor) -> None:
    first = draft(office)
    agree(office, first)
    later = draft(office, {"deadline.days": 20, **said("deadline", "20 de zile", "20 days")}, TOMORROW + DAY)
    agree(office, later)
    with pytest.raises(Conflict, match="A later version was made from this one"):
        end(office, first, "administrator")
    end(office, later, "administrator")
    end(office, first, "administrator")
    again = draft(office)
    agree(office, again)
    office.clock.advance(DAY)
    with pytest.raises(Conflict, match="This version is in force"):
        end(office, again, "administrator")
    assert days_of(office, "2026/TM/0001") == 60
    assert acts(office)[-2:] == ["taken_back", "taken_back"]


def said(section: str, ro: str, en: str) -> dict[str, str]:
    return {f"{section}.text.ro": f"{ro} de la depunere", f"{section}.text.en": f"{en} from lodging"}


@on_sqlite
@pytest.mark.parametrize(
    ("document_type", "key", "value", "article"),
    [
        ("RP-R", "validity.count", 4, "Law 122/2006, Art 6"),
        ("RP-S", "validity.count", 3, "Law 122/2006, Art 6"),
        ("TD-C", "validity.count", 3, "Law 122/2006, Art 20(8)"),
        ("TD-S", "validity.count", 1, "Law 122/2006, Art 20(8)"),
        ("RT", "validity.count", 31, "Law 122/2006, Art 20(9)"),
        ("RP-R", "deadline.days", 31, "Law 122/2006, Art 20(6)"),
        ("RP-R", "fingerprints.from_age", 5, "Regulation (EC) 1030/2002, Art 4b"),
        ("TD-C", "fingerprints.from_age", 6, "Regulation (EC) 2252/2004, Art 1"),
        ("TD-C", "fingerprints.passing_months", 13, "Regulation (EC) 2252/2004, Art 1(2b)"),
        ("TD-C", "loss.within_hours", 24, "Law 122/2006, Art 21"),
    ],
)
def test_no_draft_breaks_an_article(
    office: SmallOffice, document_type: str, key: str, value: int, article: str
) -> None:
    with pytest.raises(RuleViolation, match=re.escape(article)) as refused:
        draft(office, {key: value}, document_type=document_type)
    assert refused.value.field == key
    assert refused.value.sentence("ro") != refused.value.sentence("en")


@on_sqlite
@pytest.mark.parametrize(
    ("document_type", "changes", "field", "words"),
    [
        ("TID", {"validity.count": 0}, "validity.count", "Give at least 1."),
        ("TID", {"validity.count": 60}, "validity.text.en", "still says the number of before"),
        ("RP-R", {"loss.text.en": "%"}, "changes", ""),
        ("RP-R", {"renewal.refusal.reason.en": "Too early"}, "renewal.refusal.reason.en", "%(opens)s"),
        ("RP-R", {"renewal.refusal.reason.en": "100% at %(opens)s"}, "renewal.refusal.reason.en", "%(opens)s"),
        ("RP-R", {"collection.vault_after_days": 10}, "collection.noted_after_days", "three growing numbers"),
        ("RP-R", {"portrait.reused_for": ["never"]}, "portrait.reused_for[1]", "do not go together"),
        ("RP-R", {"validity.legal_basis.en": "mine"}, "validity.legal_basis.en", "comes with a release"),
        ("RP-R", {"fee.allowed": True}, "fee.allowed", "comes with a release"),
        ("RP-R", {"deadline.days": 30}, "changes", "Nothing was changed."),
        ("XX", {"deadline.days": 20}, "document_type", "no document type"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_by_its_key(
    office: SmallOffice, document_type: str, changes: dict[str, Any], field: str, words: str
) -> None:
    if not words:  # a sentence without places may have a percent sign
        assert draft(office, changes, document_type=document_type)
        return
    with pytest.raises(LimanError) as refused:
        draft(office, changes, document_type=document_type)
    assert (refused.value.field, words in refused.value.sentence()) == (field, True), refused.value.sentence()


def test_the_rules_of_the_release_are_within_the_articles() -> None:
    for kind in document_types.load().values():
        for block in kind.rules:
            limits_on(block.from_date).check(block)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize("same", [True, False], ids=["one draft", "two drafts of one base"])
def test_of_two_who_agree_at_once_one_is_told(office: SmallOffice, second: Actor, *, same: bool) -> None:
    drafts = [draft(office)] * 2 if same else [draft(office), draft(office, day=TOMORROW + DAY)]
    office.actors["third"] = Actor(office.actors["supervisor"].id, second.centre_id, second.roles)
    barrier, told = threading.Barrier(2), list[Any]()

    def run(who: str, draft_id: UUID) -> None:
        try:
            with office.act(office.actors[who]) as act:
                row = act.session.get_one(RuleDraft, draft_id)
                barrier.wait(30)
                rule_drafts.agree(act, row)
            told.append(None)
        except Exception as error:
            told.append(error)

    threads = [threading.Thread(target=run, args=each) for each in zip(("second", "third"), drafts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    refused = [error for error in told if error is not None]
    assert (len(told), len(refused)) == (2, 1), told
    assert isinstance(refused[0], Conflict), refused
    with office.reading() as look:
        assert len(look.session.scalars(select(RuleDraft).where(RuleDraft.kept_id.is_not(None))).all()) == 1


# What a later release brings


def released(monkeypatch: pytest.MonkeyPatch, day: dt.date, days: int) -> None:
    """A release whose file has a block from this day, with another deadline."""
    kind = document_types.load()["TID"]
    block = json.loads(kind.rules[-1].canonical_json()) | {"from": day.isoformat()}
    block["deadline"]["days"] = days
    rules = (*kind.rules, Rules.model_validate(block))
    types = {**document_types.load(), "TID": kind.model_copy(update={"rules": rules})}
    monkeypatch.setattr(document_types, "load", lambda: types)
    monkeypatch.setattr(document_types, "get", types.__getitem__)


@on_sqlite
@pytest.mark.parametrize(
    ("offset", "on_day", "after", "crossed"),
    [
        (0, (60, 30), (60, 30), []),  # the same day: what two agreed to stays
        (1, (60, 30), (90, 25), ["2026-11-04"]),  # the later day wins, and is shown to know nothing of the office's
        (-1, (60, 30), (60, 30), ["2026-11-03"]),  # the office's own is later: it knows nothing of the release's
    ],
)
def test_a_release_meets_what_the_office_agreed_to(
    office: SmallOffice,
    second: Actor,
    monkeypatch: pytest.MonkeyPatch,
    offset: int,
    on_day: tuple[int, int],
    after: tuple[int, int],
    crossed: list[str],
) -> None:
    agree(office, draft(office))
    released(monkeypatch, TOMORROW + offset * DAY, 25)
    with office.act(SYSTEM) as act:
        assert rule_versions.publish(act) == 1
    seen = []
    for _ in range(2):
        office.clock.advance(DAY)
        with office.reading() as look:
            rules = rule_versions.rules_today(look, "TID")
            seen.append((rules.validity.count, rules.deadline.days))
            assert rule_versions.version_of(look, rules).applies_from == rules.from_date
    assert seen == [on_day, after]
    with office.reading() as look:
        editions = [each for each in rule_book.editions(look) if each.version.document_type == "TID"]
    assert [str(each.version.applies_from) for each in editions if each.overtakes] == crossed
    assert sum(not each.is_used for each in editions) == (offset == 0)
    assert sum(each.is_in_force(office.clock.today()) for each in editions) == 1


@on_sqlite
def test_what_was_agreed_to_is_used_though_a_later_release_reads_it_otherwise(
    office: SmallOffice, second: Actor
) -> None:
    agree(office, draft(office))
    with office.database.transaction() as session:  # as kept by a release that had a key more, and knew one kind less
        row = session.scalars(select(RuleVersion).join(RuleDraft, RuleDraft.kept_id == RuleVersion.id)).one()
        content = json.loads(row.content) | {"former": {"days": 3}}
        content["kinds"]["allowed"].remove("correction")
        row.content = json.dumps(content)
    office.clock.advance(DAY)
    assert days_of(office, "2026/TM/0001") == 60
    with office.reading() as look, pytest.raises(RuleViolation, match="do not know this kind"):
        rule_versions.rules_today(look, "TID").check_kind("correction")


def test_a_version_changed_by_hand_is_found(office: SmallOffice, second: Actor) -> None:
    agree(office, draft(office))
    assert found(office) == []
    with office.database.transaction() as session:
        session.execute(update(RuleDraft).values(applies_from=TODAY))
    assert found(office) == ["rule_draft applies_from row-changed"]


def test_what_is_agreed_to_is_what_was_read(office: SmallOffice, second: Actor) -> None:
    draft_id = draft(office)
    agree(office, draft_id)
    with office.reading() as look:
        row = look.session.get_one(RuleDraft, draft_id)
        assert row.kept is not None
        assert (row.kept.content, row.kept.applies_from) == (row.content, TOMORROW)
        changes = rule_book.differences(row.base.content, row.content)
        assert {one.key: (one.before, one.after) for one in changes}["validity.count"] == ("90", "60")
        assert {one.article["en"] for one in changes} == {"Law 122/2006, Art 17"}


@on_sqlite
def test_whom_it_concerns_is_counted(office: SmallOffice, second: Actor) -> None:
    office.carry("queued", TID)
    office.carry("lodged", changed(TID, case_reference="2026/TM/0002", family_name="Dobre"))
    office.carry("lodged", changed(LAYLA, case_reference="2026/TM/0003", family_name="Sandu"))
    with office.database.transaction() as session:
        old = session.scalars(select(IssuanceRequest).where(IssuanceRequest.case_reference == "2026/TM/0002")).one()
        old.lodged_on = TODAY - 30 * DAY
    with office.reading() as look:
        assert rule_drafts.concerned(look, "TID") == rule_drafts.Concerned(open_requests=2, in_print=1, lodged=1)


def test_whoever_judges_by_a_day_asks_the_register_too() -> None:
    """The rules of a release alone are for what has no register: forms with nobody's data."""
    root = Path(document_types.__file__).parents[1]
    texts = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.py")}
    by_day = {path for path, text in texts.items() if ".rules_on(" in text}
    alone = {path for path in by_day if "rule_versions" not in path + texts[path]}
    assert alone == {"commands/specimens.py", "web/case/specimen.py"}
