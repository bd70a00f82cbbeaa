"""Who acts for a person: mandates given and ended, what each allows today, and what was done by them (E12, E14)."""
