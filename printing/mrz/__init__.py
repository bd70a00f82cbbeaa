"""The machine readable zone (ICAO Doc 9303-3 to -6): `Mrz` writes it and reads it."""

from printing.mrz.zone import Mrz, MrzError

__all__ = ["Mrz", "MrzError"]
