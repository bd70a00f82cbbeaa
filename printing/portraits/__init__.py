"""Portraits: reading, cropping, measuring, and the drawn ones of specimens."""
