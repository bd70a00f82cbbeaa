"""Data protection: what persons ask, what was told to whom, restrictions, breaches; and the notice to everybody."""
