"""Faces: layouts as data, their inks, and the artworks and batches composed from them."""
