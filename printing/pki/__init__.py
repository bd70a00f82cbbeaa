"""Certificates, keys and signatures of seals and chips (ICAO Doc 9303-12)."""
