"""Pages for case handling's files."""
