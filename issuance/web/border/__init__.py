"""Pages of police, border police and missions abroad."""
