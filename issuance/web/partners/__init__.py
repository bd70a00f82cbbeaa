"""Bodies that act for persons: which there are, whose accounts, and the files that they see."""
