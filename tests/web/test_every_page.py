"""Every page of the staff in Romanian: no sentence of the catalogue is left in English, no code stands for a word."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.web.frame import catalogues
from tests.fixtures.databases import Folder
from tests.web.addresses import Address, every_page, key_of  # noqa: F401 - a fixture
from tests.web.conftest import Browser
from tests.web.test_access import things  # noqa: F401 - a fixture

PLACE = re.compile(r"%\(\w+\)[sd]")
CODE = re.compile(r"[a-z]{2,}(_[a-z]{2,})+|(request|document|job|account|person|portrait|station)\.[a-z_]+")
AS_WRITTEN = "/rules/"
"""A version of the rules is shown as its file has it, with the keys and the languages of the file."""
FEW_LETTERS = 4
"""A sentence with fewer letters beside its places is like any other."""
UNREAD = ("script", "style", "template", "kbd")
SAID = {"alt", "title", "placeholder", "aria-label"}


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to words."""
    return sqlite


class Words(HTMLParser):
    """What a reader of a page reads, piece by piece; not what is said to be in another language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: set[str] = set()
        self._unread: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs).get("lang", "ro") == "ro" and tag not in UNREAD
        if tag == self._unread[0] if self._unread else not own:
            self._unread.append(tag)
        self.pieces |= {" ".join(value.split()) for name, value in attrs if name in SAID and value}

    def handle_endtag(self, tag: str) -> None:
        if self._unread and tag == self._unread[0]:
            self._unread.pop()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.pieces.add(" ".join(data.split()))


@pytest.fixture(scope="module")
def english() -> re.Pattern[str]:
    """The English of every sentence that Romanian says otherwise."""
    romanian = catalogues.read(catalogues.FOLDER / "ro" / "LC_MESSAGES" / "messages.po")
    plain = {message.id: message.string for message in romanian if isinstance(message.id, str) and message.id}
    own = {" ".join(str(text).split()) for text in plain.values()}
    said = {" ".join(text.split()) for text, translated in plain.items() if text != translated} - own
    told = [text for text in said if len(re.findall(r"[a-z]", PLACE.sub("", text))) >= FEW_LETTERS]
    return re.compile("|".join(".+".join(map(re.escape, PLACE.split(text))) for text in sorted(told)))


def test_no_page_is_half_in_english(
    client: Browser,
    office: Office,
    every_page: list[Address],  # noqa: F811
    english: re.Pattern[str],
) -> None:
    keys = {role: key_of(office, role) for role in RoleName}
    pieces: dict[str, str] = {}
    pages = 0
    for address in every_page:
        if address.path.startswith(AS_WRITTEN):
            continue
        client.set_cookie("liman", keys[address.role])
        answer = client.get(address.path, query_string={"lang": "ro"}, follow_redirects=True)
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html":
            pages += answer.status_code == 200
            pieces |= {piece: address.path for piece in Words(answer.text).pieces}
    assert pages > 80
    with office.reading() as look:
        names = set(look.session.scalars(select(Staff.full_name)))  # the tests name people by their roles
    found = [
        (path, piece)
        for piece, path in pieces.items()
        if piece not in names and (english.fullmatch(piece) or CODE.fullmatch(piece))
    ]
    assert found == [], "\n".join(f"{path}: {piece}" for path, piece in found)


def test_what_is_left_in_english_is_found(english: re.Pattern[str]) -> None:
    page = '<p title="To check">De <b lang="en">Open</b></p>'
    page += "<p>Work at Timișoara</p><script>Close</script>"
    page += "<td>proof_of_residence"
    assert {piece for piece in Words(page).pieces if english.fullmatch(piece) or CODE.fullmatch(piece)} == {
        "To check",
        "Work at Timișoara",
        "proof_of_residence",
    }
