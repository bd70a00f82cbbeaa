"""The station of these tests, with its register, its journal and its simulated machine."""

from __future__ import annotations

from tests.unit.station.workplace import books, journal, simulation, station, url

__all__ = ["books", "journal", "simulation", "station", "url"]
