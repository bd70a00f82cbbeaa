"""The decision officer's pages."""
