"""Requests that are in truth another person's: records merged, a merge undone, a record split; by two (ADR 0045)."""
