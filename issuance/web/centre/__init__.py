"""The production room's pages."""
