"""Where numbered blanks are and went: places, moves and balances; what suppliers deliver."""

from __future__ import annotations

from issuance.models.supply.deliveries import Delivery
from issuance.models.supply.ledger import Balance, Place, StockMove, Why

__all__ = ["Balance", "Delivery", "Place", "StockMove", "Why"]
