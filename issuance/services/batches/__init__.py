"""Batches of print jobs: chosen, started, paused, moved; how they go; and the trays that come of them."""
