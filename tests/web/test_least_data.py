"""Who makes documents and who keeps machines and accounts sees numbers and types: no name, birth date or portrait."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from issuance.models.people import Person
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.fixtures.databases import Folder
from tests.web.addresses import Address, every_page, key_of  # noqa: F401 - a fixture
from tests.web.conftest import Browser
from tests.web.test_access import things  # noqa: F401 - a fixture

PORTRAIT = re.compile(r"/cases/[0-9a-f-]{36}/(portrait|document)")


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to what pages show."""
    return sqlite


def personal(office: Office) -> re.Pattern[str]:
    """Every name, in either script, and every birth date of the register, as pages write it."""
    with office.reading() as look:
        people = look.session.scalars(select(Person)).all()
    words = {word for each in people for word in (each.family_name, each.given_names, each.native_name) if word}
    dates = {".".join(reversed(each.birth_date.split("-"))) for each in people}
    return re.compile("|".join(map(re.escape, sorted(words | dates))))


@pytest.mark.parametrize("role", [RoleName.OPERATOR, RoleName.ADMINISTRATOR])
def test_they_see_nobodys_name_or_face(
    client: Browser,
    office: Office,
    every_page: list[Address],  # noqa: F811
    role: RoleName,
) -> None:
    client.set_cookie("liman", key_of(office, role))
    found, names, pages = [], personal(office), 0
    for address in every_page:
        if role not in address.roles:
            continue
        answer = client.get(address.path, follow_redirects=True)
        pages += answer.status_code == 200
        found += [(address.path, each) for each in names.findall(answer.text) + PORTRAIT.findall(answer.text)]
    assert pages >= 10
    assert found == []


def test_who_works_with_people_does(client: Browser, office: Office, every_page: list[Address]) -> None:  # noqa: F811
    """What is looked for is found where it belongs."""
    client.set_cookie("liman", key_of(office, RoleName.CLERK))
    names = personal(office)
    assert any(names.search(client.get(each.path).text) for each in every_page if RoleName.CLERK in each.roles)
