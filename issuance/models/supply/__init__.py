"""Where numbered blanks are and went: places, moves and balances; deliveries, orders, parcels; counts; closed days."""

from __future__ import annotations

from issuance.models.supply.counts import CountEntry, CountFinding, CountLot, Finding, Said, StockCount
from issuance.models.supply.days import DayAccount, DayDifference, DayPrinter, StockDay, StockUse
from issuance.models.supply.deliveries import Delivery
from issuance.models.supply.ledger import Balance, Place, StockMove, Why
from issuance.models.supply.orders import StockOrder
from issuance.models.supply.parcels import Parcel, ParcelDifference

__all__ = [
    "Balance",
    "CountEntry",
    "CountFinding",
    "CountLot",
    "DayAccount",
    "DayDifference",
    "DayPrinter",
    "Delivery",
    "Finding",
    "Parcel",
    "ParcelDifference",
    "Place",
    "Said",
    "StockCount",
    "StockDay",
    "StockMove",
    "StockOrder",
    "StockUse",
    "Why",
]
