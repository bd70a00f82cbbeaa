"""The review of a person's status, from its opening to its end (docs/law.md, E8 to E10, E23)."""
