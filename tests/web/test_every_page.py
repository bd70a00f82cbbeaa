"""Every page of the staff in Romanian: no sentence of the catalogue is left in English, no code stands for a word."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.web.frame import catalogues
from tests.fixtures.databases import Folder
from tests.web.addresses import Address, every_page, key_of  # noqa: F401 - a fixture
from tests.web.conftest import Browser
from tests.web.test_access import things  # noqa: F401 - a fixture

PLACE = re.compile(r"%\(\w+\)[sd]")
CODE = re.compile(r"[a-z]{2,}(_[a-z]{2,})+|(request|document|job|account|person|portrait|station)\.[a-z_]+")
UNREAD = ("script", "style", "template")
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
    said: set[str] = set()
    for message in romanian:
        if isinstance(message.id, str) and message.id and message.id != message.string:
            said.add(".+".join(re.escape(" ".join(part.split())) for part in PLACE.split(message.id)))
    own = {" ".join(str(message.string).split()) for message in romanian}
    return re.compile("|".join(sorted(said - {re.escape(text) for text in own} - {".+"})))


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
        client.set_cookie("liman", keys[address.role])
        answer = client.get(address.path, query_string={"lang": "ro"}, follow_redirects=True)
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html":
            pages += answer.status_code == 200
            pieces |= {piece: address.path for piece in Words(answer.text).pieces}
    assert pages > 80
    found = {piece: path for piece, path in pieces.items() if english.fullmatch(piece) or CODE.fullmatch(piece)}
    assert found == {}


def test_what_is_left_in_english_is_found(english: re.Pattern[str]) -> None:
    page = '<p title="To check">De <b lang="en">Open</b></p>'
    page += "<p>Work at Timișoara</p><script>Close</script>"
    page += "<td>proof_of_residence"
    assert {piece for piece in Words(page).pieces if english.fullmatch(piece) or CODE.fullmatch(piece)} == {
        "To check",
        "Work at Timișoara",
        "proof_of_residence",
    }
