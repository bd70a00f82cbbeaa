"""Statistics that the office gives out."""
