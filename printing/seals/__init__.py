"""Visible digital seals (ICAO Doc 9303-13, BSI TR-03137-1)."""
