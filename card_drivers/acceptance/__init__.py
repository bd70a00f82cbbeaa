"""Whether a printer model that nobody tried yet does what this office needs: a test set, read back, and its report."""
