"""Interpreters of a centre: who speaks what and when, and at which appointment each is."""
