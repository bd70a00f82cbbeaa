"""Pages of the border police."""
