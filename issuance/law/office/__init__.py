"""The law about the office itself: its centres, roles, terms, texts and what it reports."""
