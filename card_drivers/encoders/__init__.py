"""One file per chip encoder."""
