"""Pages of administrators: who works here; and of everybody about the own account."""
