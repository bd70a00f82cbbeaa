"""Missions abroad, which are centres of their own: what is made there (ADR 0101)."""
