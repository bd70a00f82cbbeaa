"""Who may what, what happened, and the proof of it."""
