"""The register gets the tables of the next release while a server of this one works: nothing that was typed is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app import NOT_LOADED, create_app
from issuance import migrate
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.settings import Settings
from tests.people import SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM
from tests.web.desk.test_drafts import PLACE, keep

NEXT = "9999"
EXPANDED = ("draft", "request", "person", "audit_event", "session")


def expand(office: Office) -> None:
    """What a migration may do: a new table, new columns that nobody has to fill."""
    with office.database.transaction() as session:
        for table in EXPANDED:
            session.execute(text(f"ALTER TABLE {table} ADD COLUMN of_the_next_release TEXT"))
        session.execute(text("CREATE TABLE of_the_next_release (id INTEGER PRIMARY KEY)"))
        session.execute(text(f"UPDATE alembic_version SET version_num = '{NEXT}'"))


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
def test_a_draft_outlives_an_upgrade(
    client: Browser, login: Login, people: SmallOffice, office: Office, settings: Settings
) -> None:
    login(client, RoleName.CLERK)
    for typed in ("H", "Ha", "Had", "Hadd", "Hadda", "Haddad"):  # so often that PostgreSQL keeps the plan
        keep(client, family_name=typed)
    expand(office)

    assert client.get("/readyz").json["checks"]["migrations"] is False
    assert client.get("/drafts", query_string={"place": PLACE}).json["fields"] == [["family_name", "Haddad"]]
    keep(client, family_name="Haddad", given_names="Karim")
    with pytest.raises(SystemExit) as refused:
        create_app(settings)
    assert refused.value.code == NOT_LOADED

    with office.database.transaction() as session:  # the next release is this one, one migration later
        session.execute(text(f"UPDATE alembic_version SET version_num = '{migrate.head()}'"))
    found = client.get("/drafts", query_string={"place": PLACE}).json["fields"]
    assert found == [["family_name", "Haddad"], ["given_names", "Karim"]]
    assert client.submit(PLACE, {**FORM, "draft": PLACE}).status_code == 303
