"""The ledger of blanks as tests look at it, and the plain SQL by which it must hold."""

from __future__ import annotations

from sqlalchemy import select, text

from issuance.models.stock import Blank
from issuance.models.supply import StockMove
from issuance.services.stock import accounts
from tests.people import SmallOffice

PLAIN = """
    SELECT p.kind, b.stock, b.came, b.went,
           (SELECT count(*) FROM stock_move m JOIN blank x ON x.id = m.blank_id
             WHERE m.to_id = p.id AND x.stock = b.stock),
           (SELECT count(*) FROM stock_move m JOIN blank x ON x.id = m.blank_id
             WHERE m.from_id = p.id AND x.stock = b.stock),
           (SELECT count(*) FROM blank x WHERE x.place_id = p.id AND x.state = p.kind AND x.stock = b.stock)
      FROM balance b JOIN place p ON p.id = b.place_id
"""
LAST_MOVES = """
    SELECT count(*) FROM blank b JOIN stock_move m ON m.blank_id = b.id AND m.to_id = b.place_id
     WHERE m.number = (SELECT max(number) FROM stock_move WHERE blank_id = b.id) AND m.number = b.moved
"""


def check(office: SmallOffice) -> None:
    """The ledger holds: as the product says, and by plain SQL."""
    with office.reading() as look:
        assert [str(account) for account in accounts.wrong(look)] == []
        rows = look.session.execute(text(PLAIN)).all()
        assert rows
        for kind, stock, came, went, moved_in, moved_out, lies in rows:
            assert (came, went, came - went) == (moved_in, moved_out, lies), (kind, stock)
        total = look.session.scalar(text("SELECT count(*) FROM blank"))
        assert sum(row[-1] for row in rows) == total
        assert look.session.scalar(text(LAST_MOVES)) == total
        assert look.session.scalar(text("SELECT count(*) FROM stock_move WHERE from_id IS NULL")) == total


def blank(office: SmallOffice, serial: str) -> Blank:
    """The blank with this serial."""
    with office.database.reading() as session:
        return session.scalars(select(Blank).where(Blank.serial == serial)).one()


def chain(office: SmallOffice, serial: str) -> list[str]:
    """Why a blank was moved, from its first move on."""
    query = select(StockMove).where(StockMove.blank_id == blank(office, serial).id)
    with office.database.reading() as session:
        return [row.why for row in session.scalars(query.order_by(StockMove.number))]
